package streams

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/task"
)

// Destination is a place outside that entities call: a partner's system, a mail
// server. Calls are effects: stored with the state, made after the commit, one
// at a time in order per entity, until they answer. The effect's id (EffectID)
// is the same at each repetition: use it as the idempotency key.
type Destination[Q, A any] struct {
	// Name is the destination's in rows and metrics; it must not change.
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
	// CallBatch makes one call for several effects, in place of Call, and returns
	// a result for each: one that fails does not fail the others. At most MaxBatch
	// (default 100), of different entities; the first waits at most MaxWait.
	CallBatch func(ctx context.Context, batch []Request[Q]) []Result[A]
	MaxBatch  int
	MaxWait   time.Duration

	// Concurrent bounds the calls under way (default 8), PerSecond those started
	// in a second and PerDay those of a calendar day in UTC (default unlimited).
	// All are the fleet's: each process has the share of its partitions, at least
	// one call under way, and of PerSecond whole calls, if it comes to one. With
	// Options.Limiter, PerSecond and PerDay are exact, also over restarts.
	Concurrent int
	PerSecond  float64
	PerDay     int
	// Classes share the budget, the most urgent first: each may use what those
	// before it leave, but not more than its share. ClassOf names a request's; the
	// last class takes those without.
	Classes []Class
	ClassOf func(request Q) string

	// Attempts bounds the tries of one effect; 0 tries until it answers.
	Attempts int
	// BackoffMin and BackoffMax bound the wait between tries. Default 100 ms, 1 min.
	BackoffMin, BackoffMax time.Duration
}

// Class is a kind of requests to one destination, with the most that it may use
// of each limit, above 0 to 1; 0 is all.
type Class = task.Class

// Request is one effect of a batch. ID is its idempotency key, as EffectID is for
// a single call.
type Request[Q any] struct {
	ID    string
	Value Q
}

// Result is how a batch ended for one effect. Err may be made by Permanent or
// RetryAfter.
type Result[A any] struct {
	Value A
	Err   error
}

// Calls declares that an entity asks a destination.
func Calls[S, Q, A any](e *Entity[S], d Destination[Q, A]) {
	if fault := d.fault(); fault != "" || e.spec.Destinations[d.Name] != nil {
		e.topology.fault("destination %q of entity %s: it needs %s", d.Name, e.spec.Name, cmp.Or(fault, "a name of its own"))
		return
	}
	answers := d.response()
	e.spec.Destinations[d.Name] = &task.Destination{
		Name: d.Name, Schema: schemaOf(d.request()), Timeout: d.Timeout, Concurrent: d.Concurrent, PerSecond: d.PerSecond, PerDay: d.PerDay, Classes: d.Classes,
		Attempts: d.Attempts, BackoffMin: d.BackoffMin, BackoffMax: d.BackoffMax,
		Call: d.call, CallBatch: d.batch(), MaxBatch: cmp.Or(d.MaxBatch, 100), MaxWait: d.MaxWait,
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

// fault says what the declaration lacks.
func (d Destination[Q, A]) fault() string {
	names := map[string]bool{"": true}
	for _, c := range d.Classes {
		if names[c.Name] {
			return "classes with names of their own"
		}
		names[c.Name] = true
	}
	switch {
	case d.Name == "":
		return "a name of its own"
	case (d.Call == nil) == (d.CallBatch == nil):
		return "either Call or CallBatch"
	case d.MaxBatch < 0 || d.PerDay < 0 || d.PerSecond < 0:
		return "limits that are not below 0"
	}
	return ""
}

// call makes an untyped call for one effect.
func (d Destination[Q, A]) call(ctx context.Context, request []byte) (any, error) {
	q, err := d.read(request)
	if err != nil {
		return nil, err
	}
	if d.Call != nil {
		return d.Call(ctx, q)
	}
	results := d.CallBatch(ctx, []Request[Q]{{ID: EffectID(ctx), Value: q}})
	if len(results) == 0 {
		return nil, fmt.Errorf("calling %s: no result", d.Name)
	}
	return results[0].Value, results[0].Err
}

func (d Destination[Q, A]) read(request []byte) (q Q, err error) {
	if err := d.request().Decode(request, &q); err != nil {
		return q, Permanent(fmt.Errorf("reading request to %s: %w", d.Name, err))
	}
	return q, nil
}

// batch returns the untyped CallBatch, nil when there is none. A request that
// cannot be read fails alone.
func (d Destination[Q, A]) batch() func(context.Context, []task.Request) []task.Outcome {
	if d.CallBatch == nil {
		return nil
	}
	return func(ctx context.Context, batch []task.Request) []task.Outcome {
		outcomes := make([]task.Outcome, len(batch))
		requests, at := make([]Request[Q], 0, len(batch)), make([]int, 0, len(batch))
		for i, r := range batch {
			q, err := d.read(r.Body)
			if err != nil {
				outcomes[i].Err = err
				continue
			}
			requests, at = append(requests, Request[Q]{ID: uuid.UUID(r.ID).String(), Value: q}), append(at, i)
		}
		if len(requests) == 0 {
			return outcomes
		}
		results := d.CallBatch(ctx, requests)
		for n, i := range at {
			if n >= len(results) {
				outcomes[i].Err = fmt.Errorf("calling %s: %d results to %d requests", d.Name, len(results), len(requests))
				continue
			}
			outcomes[i] = task.Outcome{Answer: results[n].Value, Err: results[n].Err}
		}
		return outcomes
	}
}

// Ask stores a request under a name of the entity's own; the Answer comes as an
// input with that name. Asking again under a name that has no answer yet fails
// the handler. It returns the id that the call has by EffectID.
func (d Destination[Q, A]) Ask(ctx Ctx, name string, request Q) string {
	var id changelog.ID
	b, err := d.request().Append(nil, &request)
	if err == nil {
		class := ""
		if d.ClassOf != nil {
			class = d.ClassOf(request)
		}
		id, err = ctx.Ask(d.Name, name, class, b)
	}
	if err != nil {
		ctx.Fail(fmt.Errorf("asking %s: %w", d.Name, err))
	}
	return uuid.UUID(id).String()
}

// Pending says whether what was asked under name has no answer yet.
func (d Destination[Q, A]) Pending(ctx Ctx, name string) bool { return ctx.EffectPending(d.Name, name) }

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
