package connector

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/effect"
)

// TellSettled has an entity say on effect.status how its calls ended that did not
// go at once, in the transaction that takes the answer.
func TellSettled[S any](e *streams.Entity[S], schemas *codec.Schemas) {
	courses := streams.Topic[event.EffectStatus]{Name: topic.EffectStatus.Name, Value: codec.Of[event.EffectStatus](schemas, topic.EffectStatus)}
	streams.SendSettled(e, courses, func(s streams.Settled) (string, event.EffectStatus) {
		v := event.EffectStatus{
			EffectID: s.ID, App: s.App, Entity: s.Entity, Key: s.Key, Destination: s.Destination, Name: s.Name,
			State: event.EffectStateAnswered, Attempt: s.Attempts, Cause: effect.Cause(s.Err), At: s.At,
		}
		if s.Err != nil {
			v.State = event.EffectStateRefused
		}
		return s.Key, v
	})
}

// maxNotes bounds the steps that wait to be written; more are counted and left out.
const maxNotes = 1024

// Courses writes to effect.status what happens to calls between their begin and
// their end: failures, and destinations that are down. It is written outside of
// transactions, so none is made for it, and one that is lost is no harm: the end
// comes with the answer. Make it with NewCourses.
type Courses struct {
	write func(ctx context.Context, topic, key string, value []byte) (partition int32, offset int64, err error)
	codec *codec.Codec[event.EffectStatus]
	notes chan note
	lost  prometheus.Counter
	log   zerolog.Logger
}

type note struct {
	key   string
	value event.EffectStatus
}

// NewCourses makes the writer of an installation's courses.
func NewCourses(schemas *codec.Schemas, write func(ctx context.Context, topic, key string, value []byte) (partition int32, offset int64, err error), metrics prometheus.Registerer, log zerolog.Logger) *Courses {
	c := &Courses{
		write: write, codec: codec.Of[event.EffectStatus](schemas, topic.EffectStatus), notes: make(chan note, maxNotes), log: log,
		lost: prometheus.NewCounter(prometheus.CounterOpts{Name: "millrace_effect_status_lost_total", Help: "Steps of calls to the outside that could not be written to effect.status."}),
	}
	metrics.MustRegister(c.lost)
	return c
}

// Note takes a step; it never blocks. It is for streams.Options.EffectStatus.
func (c *Courses) Note(s effect.Status) {
	key, value, tells := courseOf(s, time.Now())
	if !tells {
		return
	}
	select {
	case c.notes <- note{key, value}:
	default:
		c.lost.Inc()
	}
}

// Run writes what is noted until ctx ends.
func (c *Courses) Run(ctx context.Context, ready func()) error {
	ready()
	for {
		select {
		case <-ctx.Done():
			return nil
		case n := <-c.notes:
			c.put(ctx, &n)
		}
	}
}

func (c *Courses) put(ctx context.Context, n *note) {
	value, err := c.codec.Append(nil, &n.value)
	if err == nil {
		_, _, err = c.write(ctx, topic.EffectStatus.Name, n.key, value)
	}
	if err != nil {
		c.lost.Inc()
		c.log.Warn().Err(err).Str("destination", n.value.Destination).Str("key", n.key).Msg("a step of a call to the outside could not be written")
	}
}

// courseOf is what others are told of a step, and under which key.
func courseOf(s effect.Status, now time.Time) (key string, v event.EffectStatus, tells bool) {
	states := map[effect.Event]event.EffectState{
		effect.Failed: event.EffectStateFailed, effect.Dropped: event.EffectStateCancelled,
		effect.Waiting: event.EffectStateWaiting, effect.Flowing: event.EffectStateFlowing,
	}
	state, known := states[s.Event]
	about := s.Event == effect.Waiting || s.Event == effect.Flowing
	if !known || !about && !s.News {
		return "", v, false
	}
	v = event.EffectStatus{
		App: s.Task.App, Entity: s.Entity, Key: s.Key, Destination: s.Destination, Name: s.Name, State: state, Attempt: s.Attempt,
		Cause: effect.Cause(s.Err), Waiting: int64(s.Waiting), At: now.UTC().Truncate(time.Microsecond),
	}
	if !s.RetryAt.IsZero() {
		retry := s.RetryAt.UTC().Truncate(time.Microsecond)
		v.RetryAt = &retry
	}
	if about {
		return s.Destination, v, true
	}
	v.EffectID = uuid.UUID(s.ID).String()
	return s.Key, v, true
}
