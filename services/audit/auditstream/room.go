package auditstream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/millrace/millrace/platform/kafka"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit"
	"github.com/millrace/millrace/services/audit/canary"
)

// Name is the name of the target and of the group under which offsets are shown.
const Name = "audit"

const (
	// saveEach is how often books are written while there is much to read.
	saveEach = 2 * time.Second
	// rest is how long a failed run waits before it begins again.
	rest = 5 * time.Second
	// maxShown bounds the violations that the interface shows.
	maxShown = 200
)

// Log is the log that is audited; a kafka.Reader is one.
type Log interface {
	Follow(ctx context.Context, what kafka.Following, fn func(*kafka.Batch) error) error
	Ends(ctx context.Context, topics ...string) (map[string]kafka.Ends, error)
	Report(ctx context.Context, group string, next kafka.Offsets) error
}

// Config is what an auditor runs with.
type Config struct {
	Log     Log
	Schemas *codec.Schemas
	// Write writes a record to a topic.
	Write func(ctx context.Context, topic, key string, value []byte) (partition int32, offset int64, err error)
	// Dir is the folder of the books.
	Dir    string
	Limits audit.Limits
	// Freeze are the invariants whose violations freeze the item or order that they
	// are about; none freezes nothing.
	Freeze []audit.Invariant
	// Cache asks the shared cache of availability for the versions of items, 0 for one
	// that it has not; whole says that it holds everything. nil asks nobody.
	Cache func(ctx context.Context, skus ...string) (versions []int64, whole bool, err error)
	// IssueByMovement is as in audit.Config.
	IssueByMovement map[string]bool
	// Endpoints are as in audit.Config.
	Endpoints []audit.Endpoint
	// Canary has orders of its own go the whole way, and tells and logs as the auditor
	// does; nil has none.
	Canary *canary.Config
	Logger zerolog.Logger
}

// Room is a running auditor.
type Room struct {
	config  Config
	values  *codec.Codec[event.AuditViolation]
	freezer freezer
	alive   alive
	flight  *canary.Canary // nil without one

	mu    sync.Mutex // guards what is shown
	shown Account
}

// Account is how far an auditor is and what it found.
type Account struct {
	// Watermark is up to when the log is read.
	Watermark time.Time `json:"watermark"`
	// Partial says that the log did not begin with the installation, so that items
	// and older orders are not judged.
	Partial bool          `json:"partial"`
	Tallies []audit.Tally `json:"invariants"`
	// Violations are the newest, the last found first.
	Violations []audit.Violation `json:"violations"`
	// Failures counts the runs that had to begin again.
	Failures int64 `json:"failures"`
}

// New makes an auditor that does nothing until it is run.
func New(config Config) *Room {
	r := &Room{config: config, values: codec.Of[event.AuditViolation](config.Schemas, topic.AuditViolation), freezer: newFreezer(&config)}
	if config.Canary != nil {
		own := *config.Canary
		own.Tell, own.Logger = alerting(&config), config.Logger
		r.flight = canary.New(own)
	}
	return r
}

// Wants says whether the auditor reads a topic: all of ours, and dead letters.
func Wants(name string) bool {
	_, ours := topic.Find(name)
	return ours || strings.HasSuffix(name, ".dlq")
}

// Account shows how far the auditor is.
func (r *Room) Account() Account {
	r.mu.Lock()
	defer r.mu.Unlock()
	shown := r.shown
	shown.Tallies = slices.Concat([]audit.Tally{}, r.shown.Tallies)
	shown.Violations = slices.Concat([]audit.Violation{}, r.shown.Violations)
	return shown
}

// Run audits until ctx ends. It calls ready when the books are open. An error is
// about the books; all else is tried again.
func (r *Room) Run(ctx context.Context, ready func()) error {
	books, err := openStore(r.config.Dir, r.config.Logger)
	if err != nil {
		return err
	}
	ready()
	ctx, stop := context.WithCancel(ctx)
	var posting sync.WaitGroup
	defer posting.Wait()
	defer stop()
	if r.flight != nil {
		posting.Go(func() { r.flight.Run(ctx) })
	}
	for ctx.Err() == nil {
		if err = r.audit(ctx, books); err == nil || ctx.Err() != nil {
			break
		}
		r.config.Logger.Error().Err(err).Dur("again_in", rest).Msg("auditing failed and begins again from its books")
		r.mu.Lock()
		r.shown.Failures++
		r.mu.Unlock()
		select {
		case <-ctx.Done():
		case <-time.After(rest):
		}
	}
	return books.close()
}

// audit goes on from the books until something fails.
func (r *Room) audit(ctx context.Context, books *store) error {
	partial, err := r.partial(ctx, books)
	if err != nil {
		return err
	}
	a := audit.New(audit.Config{Schema: r.config.Schemas.Text, Limits: r.config.Limits, IssueByMovement: r.config.IssueByMovement, Endpoints: r.config.Endpoints, Partial: partial})
	from, _, err := books.load(a.Restore)
	if err != nil {
		return err
	}
	cache := shelf{ask: r.config.Cache}
	saved, looked, fresh := time.Now(), time.Time{}, false
	return r.config.Log.Follow(ctx, kafka.Following{Wants: Wants, From: from}, func(b *kafka.Batch) error {
		for i := range b.Records {
			if err := a.Observe(Record(&b.Records[i])); err != nil {
				return err
			}
			if b.Records[i].Topic == topic.InventoryPosition.Name {
				cache.noted(string(b.Records[i].Key))
			}
			if r.flight != nil {
				r.flight.Observe(b.Records[i].Topic, b.Records[i].Key, time.UnixMilli(b.Records[i].Timestamp))
			}
		}
		if r.flight != nil {
			if err := r.flight.Advance(ctx, b.Read); err != nil {
				return err
			}
		}
		if now := time.Now(); now.Sub(looked) >= lookEach {
			looked = now
			r.lookAtCanary(now)
			if err := cache.look(ctx, a, now); err != nil {
				r.config.Logger.Warn().Err(err).Msg("the shared cache cannot be audited now")
			}
		}
		a.Advance(b.Read)
		r.alive.further(time.Now())
		found := a.Violations()
		fresh = fresh || len(b.Records) > 0 || len(found) > 0
		for n := range found {
			if err := r.tell(ctx, &found[n]); err != nil {
				return err
			}
			if err := r.freeze(ctx, &found[n]); err != nil {
				return err
			}
		}
		r.show(a, partial, found)
		if time.Since(saved) < saveEach && len(found) == 0 || !fresh && time.Since(saved) < time.Minute {
			return nil
		}
		saved, fresh = time.Now(), false
		if err := books.save(b.Next, a.Changes); err != nil {
			return err
		}
		if err := r.config.Log.Report(ctx, Name, b.Next); err != nil {
			r.config.Logger.Warn().Err(err).Msg("the auditor's offsets are not shown to the brokers")
		}
		return nil
	})
}

// partial says whether the log was cut off before the first audit of it, which
// stays so.
func (r *Room) partial(ctx context.Context, books *store) (bool, error) {
	var partial bool
	if known, err := books.get(partialKey, &partial); err != nil || known {
		return partial, err
	}
	partial, err := Cut(ctx, r.config.Log)
	if err != nil {
		return false, err
	}
	if partial {
		r.config.Logger.Warn().Msg("the log does not begin with the installation: items and orders from before are not audited")
	}
	return partial, books.put(partialKey, partial)
}

// Cut says whether records of the log were removed by age, so that it does not
// tell everything from the beginning.
func Cut(ctx context.Context, log Log) (bool, error) {
	var names []string
	for _, def := range topic.All() {
		if def.Kind != topic.Compacted {
			names = append(names, def.Name)
		}
	}
	ends, err := log.Ends(ctx, names...)
	if err != nil {
		return false, err
	}
	for _, e := range ends {
		for _, first := range e.First {
			if first > 0 {
				return true, nil
			}
		}
	}
	return false, nil
}

// Record is a record of Kafka as the auditor takes it.
func Record(k *kafka.Record) *audit.Record {
	r := &audit.Record{Topic: k.Topic, Partition: k.Partition, Offset: k.Offset, Key: k.Key, Value: k.Value, Time: time.UnixMilli(k.Timestamp).UTC()}
	for _, h := range k.Headers {
		r.Headers = append(r.Headers, audit.Header(h))
	}
	return r
}

// tell writes a violation to its topic and the log.
func (r *Room) tell(ctx context.Context, v *audit.Violation) error {
	said := event.AuditViolation{ViolationID: v.ID, Invariant: string(v.Invariant), Subject: v.Key, Expected: v.Expected, Seen: v.Seen, FoundAt: v.At}
	for _, p := range v.Records {
		said.Records = append(said.Records, event.AuditedRecord{Topic: p.Topic, Partition: int(p.Partition), Offset: p.Offset})
	}
	value, err := r.values.Append(nil, &said)
	if err == nil {
		_, _, err = r.config.Write(ctx, topic.AuditViolation.Name, v.Key, value)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("writing violation %s of %s: %w", v.Invariant, v.Key, err)
	}
	r.config.Logger.Error().Str("invariant", string(v.Invariant)).Str("key", v.Key).Str("expected", v.Expected).Str("seen", v.Seen).Any("records", v.Records).Msg("an invariant does not hold")
	return err
}

// alerting writes alerts to their topic.
func alerting(config *Config) func(ctx context.Context, alert *event.AlertRaised) error {
	values, write := codec.Of[event.AlertRaised](config.Schemas, topic.AlertRaised), config.Write
	return func(ctx context.Context, alert *event.AlertRaised) error {
		value, err := values.Append(nil, alert)
		if err == nil {
			_, _, err = write(ctx, topic.AlertRaised.Name, alert.Subject, value)
		}
		if err != nil {
			return fmt.Errorf("writing alert %s of %s: %w", alert.Kind, alert.Subject, err)
		}
		return nil
	}
}

func (r *Room) show(a *audit.Auditor, partial bool, found []audit.Violation) {
	tallies := a.Tallies()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.shown.Watermark, r.shown.Partial, r.shown.Tallies = a.Watermark(), partial, tallies
	for _, v := range found {
		r.shown.Violations = slices.Insert(r.shown.Violations, 0, v)
	}
	r.shown.Violations = r.shown.Violations[:min(len(r.shown.Violations), maxShown)]
}
