package broker_test

import (
	"bytes"
	"slices"
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"github.com/millrace/millrace/streams/failpoint"
)

// Whoever kills or freezes the runtime at a point relies on where it is.
func TestFailpointsArePassedInTheirOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	opts := w.options("a", newStore())
	opts.Lanes = 1
	var log bytes.Buffer // tells why a transaction was given up that nothing disturbs
	opts.Logger = zerolog.New(zerolog.SyncWriter(&log))
	var mu sync.Mutex
	var passed []failpoint.Point
	opts.Failpoint = func(at failpoint.Point, place failpoint.Place) {
		mu.Lock()
		defer mu.Unlock()
		if place.App != "tally" {
			t.Errorf("passed %q at %+v", at, place)
		}
		passed = append(passed, at)
	}
	i := w.run(opts)
	i.ready()
	w.send(1, 1)
	w.settle()
	i.drain()
	mu.Lock()
	defer mu.Unlock()
	want := slices.Concat(
		[]failpoint.Point{failpoint.BeforeFence, failpoint.BeforeRestore, failpoint.AfterRestore},
		failpoint.Cycle[:7],
		[]failpoint.Point{failpoint.BeforeRevoke}, failpoint.Cycle[:7], []failpoint.Point{failpoint.AfterRevoke},
	)
	if !slices.Equal(passed, want) {
		t.Errorf("passed %q, want %q\n%s", passed, want, log.String())
	}
}
