package auditstream_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"

	"github.com/millrace/millrace/platform/kafka"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit"
	"github.com/millrace/millrace/services/audit/auditstream"
)

var schemas = codec.NewMemory()

// tape is a log of one partition a topic.
type tape struct {
	mu      sync.Mutex
	records map[string][]kafka.Record
	first   int64 // offset of the first record that is kept
	shown   kafka.Offsets
}

func (l *tape) add(t *testing.T, def topic.Def, key string, at time.Time, value []byte, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	n := int64(len(l.records[def.Name]))
	l.records[def.Name] = append(l.records[def.Name], kafka.Record{Topic: def.Name, Offset: n, Key: []byte(key), Value: value, Timestamp: at.UnixMilli()})
}

func (l *tape) Follow(ctx context.Context, what kafka.Following, fn func(*kafka.Batch) error) error {
	next := make(kafka.Offsets)
	for ctx.Err() == nil {
		b := &kafka.Batch{Next: next, Whole: true}
		l.mu.Lock()
		for name, records := range l.records {
			from := max(what.From[name][0], next[name][0])
			b.Records = append(b.Records, records[from:]...)
			next.Set(name, 0, int64(len(records)))
			for _, r := range records {
				if at := time.UnixMilli(r.Timestamp).Add(time.Hour); at.After(b.Read) {
					b.Read = at
				}
			}
		}
		l.mu.Unlock()
		if err := fn(b); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil
}

func (l *tape) Ends(_ context.Context, topics ...string) (map[string]kafka.Ends, error) {
	return map[string]kafka.Ends{topics[0]: {First: map[int32]int64{0: l.first}, Next: map[int32]int64{0: l.first}}}, nil
}

func (l *tape) Report(_ context.Context, _ string, next kafka.Offsets) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shown = make(kafka.Offsets)
	for name, partitions := range next {
		l.shown.Set(name, 0, partitions[0])
	}
	return nil
}

// run audits a tape until something is so, and returns the violations written.
func run(t *testing.T, l *tape, dir string, until func(*auditstream.Room) bool) (room *auditstream.Room, written []event.AuditViolation) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	values := codec.Of[event.AuditViolation](schemas, topic.AuditViolation)
	room = auditstream.New(auditstream.Config{Log: l, Schemas: schemas, Dir: dir, Logger: zerolog.Nop(), Write: func(_ context.Context, name, _ string, value []byte) (int32, int64, error) {
		var v event.AuditViolation
		err := values.Decode(value, &v)
		if name != topic.AuditViolation.Name {
			err = fmt.Errorf("it goes to %s", name)
		}
		written = append(written, v)
		return 0, 0, err
	}})
	ended := make(chan error, 1)
	go func() { ended <- room.Run(ctx, func() {}) }()
	for !until(room) && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	if ctx.Err() != nil {
		t.Fatalf("it did not come to that: %+v", room.Account())
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return room, written
}

func accepted(version int64) ([]byte, error) {
	return codec.Of[event.OrderAccepted](schemas, topic.OrderAccepted).Append(nil, &event.OrderAccepted{
		OrderID: "o", OrderVersion: version, Currency: "EUR", Shortage: event.ShortagePolicyCancel,
	})
}

func TestAuditGoesOnFromItsBooksAndTellsEachViolationOnce(t *testing.T) {
	l, dir := &tape{records: make(map[string][]kafka.Record)}, t.TempDir()
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	first, err := accepted(1)
	l.add(t, topic.OrderAccepted, "o", at, first, err)
	saved := func(n int64) func(*auditstream.Room) bool {
		return func(*auditstream.Room) bool {
			l.mu.Lock()
			defer l.mu.Unlock()
			return l.shown[topic.OrderAccepted.Name][0] == n
		}
	}
	_, written := run(t, l, dir, saved(1))
	if len(written) != 1 || written[0].Invariant != string(audit.Acceptance) || written[0].Subject != "o" || written[0].Records[0].Topic != topic.OrderAccepted.Name {
		t.Errorf("an acceptance without a submission is told as %+v", written)
	}

	again, err := codec.Of[event.OrderValidated](schemas, topic.OrderValidated).Append(nil, &event.OrderValidated{OrderID: "o", OrderVersion: 1, ValidatedAt: at})
	l.add(t, topic.OrderValidated, "o", at.Add(time.Second), again, err)
	room, written := run(t, l, dir, func(r *auditstream.Room) bool { return len(r.Account().Violations) > 0 })
	if len(written) != 1 || written[0].Invariant != string(audit.Terminal) || len(written[0].Records) != 2 {
		t.Errorf("after a restart, a version that is said twice is told as %+v", written)
	}

	mux := http.NewServeMux()
	room.Routes(mux)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/audit", nil))
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"invariant":"O1"`) {
		t.Errorf("GET /v1/audit: %d %s", w.Code, w.Body)
	}
	metrics := prometheus.NewPedanticRegistry()
	metrics.MustRegister(room)
	if n, err := testutil.GatherAndCount(metrics); err != nil || n < 4*len(audit.Invariants) {
		t.Errorf("%d metrics, %v", n, err)
	}
}

func TestAuditOfALogThatWasCutSaysSo(t *testing.T) {
	l := &tape{records: make(map[string][]kafka.Record), first: 7}
	room, _ := run(t, l, t.TempDir(), func(r *auditstream.Room) bool {
		return len(r.Account().Tallies) == len(audit.Invariants) && r.Account().Partial
	})
	if account := room.Account(); !account.Partial {
		t.Errorf("the account says %+v", account)
	}
}
