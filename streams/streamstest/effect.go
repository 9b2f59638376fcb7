package streamstest

import (
	"context"
	"time"

	"github.com/millrace/millrace/streams/effect"
	"github.com/millrace/millrace/streams/internal/span"
	"github.com/millrace/millrace/streams/task"
)

// untraced puts the trace of an effect into the context of its call.
var untraced = span.New(nil, "")

// waiting is an effect that is not answered yet.
type waiting struct {
	task.Effect
	attempts  int
	notBefore time.Time
}

// Hold makes effects wait from now on; Release lets them go.
func (d *Driver) Hold() { d.held = true }

// Release lets held effects be called by the next Run.
func (d *Driver) Release() { d.held = false }

// Waiting counts the effects without an answer, by destination.
func (d *Driver) Waiting() map[string]int {
	count := make(map[string]int)
	for _, p := range d.programs {
		for _, r := range p.tasks {
			for _, e := range r.effects {
				count[e.Destination.Name]++
			}
		}
	}
	return count
}

// readyEffect returns an effect that may be called now: the first one of its
// entity and destination, or -1.
func (d *Driver) readyEffect(r *running) int {
	if d.held {
		return -1
	}
	type line struct{ entity, key, destination string }
	behind := make(map[line]bool)
	for i, e := range r.effects {
		l := line{e.Entity, e.EntityKey, e.Destination.Name}
		if !behind[l] && !e.notBefore.After(d.now) {
			return i
		}
		behind[l] = true
	}
	return -1
}

// callEffect makes one attempt; a failure is tried again after a second of the
// driver's clock, or as long as the destination asked for.
func (d *Driver) callEffect(r *running, at int) {
	e := &r.effects[at]
	e.attempts++
	ctx := effect.WithID(context.Background(), e.Row.ID)
	if e.Row.Trace.Valid() {
		ctx, _ = untraced.Call(ctx, &e.Effect, e.attempts)
	}
	value, err := e.Destination.Call(ctx, e.Row.Request)
	final := err == nil || effect.IsPermanent(err) || (e.Destination.Attempts > 0 && e.attempts >= e.Destination.Attempts)
	if !final {
		wait, asked := effect.Wait(err)
		if !asked {
			wait = time.Second
		}
		e.notBefore = d.now.Add(wait)
		return
	}
	r.answers = append(r.answers, task.Answer{Key: e.Key, ID: e.Row.ID, Value: value, Err: err, Attempts: e.attempts})
	r.effects = append(r.effects[:at], r.effects[at+1:]...)
}
