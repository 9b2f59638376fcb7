package streams

import (
	"context"
	"fmt"
	"time"

	"github.com/millrace/millrace/streams/task"
)

// Destination is a place outside that entities call: a partner's system, a mail
// server. Calls are effects: stored with the state, made after the commit, one
// at a time in order per entity, until they answer. The effect's id (EffectID)
// is the same at each repetition: use it as the idempotency key.
type Destination[Q, A any] struct {
	Name string
	// Call makes one attempt. Return Permanent(err) for a refusal that no
	// repetition will change and RetryAfter(err, d) when told to wait.
	Call func(ctx context.Context, request Q) (A, error)
	// Request is the codec of stored requests. Default JSON.
	Request Codec[Q]
	// Response is the codec of answers that have to wait behind a parked input of
	// their entity, or become dead letters. Default JSON.
	Response Codec[A]
	// Timeout bounds one attempt. Default 10 s.
	Timeout time.Duration
	// Concurrent bounds the calls under way in a process. Default 8.
	Concurrent int
	// PerSecond bounds the calls a second of the whole fleet; 0 is unlimited.
	PerSecond float64
	// Attempts bounds the tries of one effect; 0 tries until it answers.
	Attempts int
	// BackoffMin and BackoffMax bound the wait between tries. Default 100 ms, 1 min.
	BackoffMin, BackoffMax time.Duration
}

// Calls declares that an entity asks a destination.
func Calls[S, Q, A any](e *Entity[S], d Destination[Q, A]) {
	if d.Name == "" || d.Call == nil || e.spec.Destinations[d.Name] != nil {
		e.topology.fault("destination %q of entity %s: it needs a name of its own and a Call", d.Name, e.spec.Name)
		return
	}
	codec, answers := d.request(), d.response()
	e.spec.Destinations[d.Name] = &task.Destination{
		Name: d.Name, Timeout: d.Timeout, Concurrent: d.Concurrent, PerSecond: d.PerSecond,
		Attempts: d.Attempts, BackoffMin: d.BackoffMin, BackoffMax: d.BackoffMax,
		Call: func(ctx context.Context, request []byte) (any, error) {
			var q Q
			if err := codec.Decode(request, &q); err != nil {
				return nil, Permanent(fmt.Errorf("reading request to %s: %w", d.Name, err))
			}
			return d.Call(ctx, q)
		},
		Append: func(dst []byte, answer any) ([]byte, error) {
			a, ok := answer.(A)
			if !ok {
				return dst, fmt.Errorf("answer of %s is a %T", d.Name, answer)
			}
			return answers.Append(dst, &a)
		},
		Decode: func(b []byte) (any, error) {
			var a A
			err := answers.Decode(b, &a)
			return a, err
		},
		Answer: func(name string, answer any, err error, attempts int) any {
			a := Answer[A]{Name: name, Err: err, Attempts: attempts}
			if v, ok := answer.(A); ok {
				a.Value = v
			}
			return a
		},
	}
}

// Ask stores a request under a name of the entity's own; the Answer comes as an
// input with that name. Asking again under a name that has no answer yet fails
// the handler.
func (d Destination[Q, A]) Ask(ctx Ctx, name string, request Q) {
	b, err := d.request().Append(nil, &request)
	if err == nil {
		err = ctx.Ask(d.Name, name, b)
	}
	if err != nil {
		ctx.Fail(fmt.Errorf("asking %s: %w", d.Name, err))
	}
}

// Cancel withdraws what was asked under name and says whether anything was
// pending. A call that has begun goes on, and its answer is dropped.
func (d Destination[Q, A]) Cancel(ctx Ctx, name string) bool { return ctx.CancelEffect(d.Name, name) }

func (d Destination[Q, A]) request() Codec[Q] {
	if d.Request != nil {
		return d.Request
	}
	return JSON[Q]()
}

func (d Destination[Q, A]) response() Codec[A] {
	if d.Response != nil {
		return d.Response
	}
	return JSON[A]()
}
