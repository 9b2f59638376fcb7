package broker_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/millrace/millrace/streams/task"
)

// A handler's dependency that is away makes its task start again and again; the
// others go on, and nothing is lost when it is back.
func TestTaskThatCannotGoOnLeavesTheOthersAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	rows := newStore()
	opts := w.options("a", rows)
	opts.Lanes = 1
	var away atomic.Bool
	away.Store(true)
	in := opts.Topology.Inputs[0]
	decode := in.Decode
	in.Decode = func(r *task.Record) (any, error) {
		if r.Partition == 0 && away.Load() {
			return nil, awayError{}
		}
		return decode(r)
	}
	i := w.run(opts)
	i.ready()
	w.send(200, 20)
	other := len(w.log("tally-in")[1])
	eventually(t, 20*time.Second, func() error {
		if n := w.outputs(); n != other {
			return fmt.Errorf("%d outputs, the other task has %d inputs", n, other)
		}
		return nil
	})
	eventually(t, 20*time.Second, func() error {
		if err := i.Ready(); err == nil || !strings.Contains(err.Error(), "registry is away") {
			return errNotStopped{err}
		}
		return nil
	})
	away.Store(false)
	w.settle()
	i.drain()
	w.folded(rows)
}

type awayError struct{}

func (awayError) Error() string   { return "registry is away" }
func (awayError) Temporary() bool { return true }

func TestOversizedOutputStopsItsTaskAndNamesIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	opts := w.options("a", newStore())
	opts.MaxRecordBytes = 40
	i := w.run(opts)
	i.ready()
	w.send(1, 1)
	eventually(t, 20*time.Second, func() error {
		if err := i.Ready(); err == nil || !strings.Contains(err.Error(), "the limit is 40") {
			return errNotStopped{err}
		}
		return nil
	})
	if n := w.outputs(); n != 0 {
		t.Errorf("%d outputs of a transaction that could not commit", n)
	}
}
