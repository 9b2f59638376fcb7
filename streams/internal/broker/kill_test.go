package broker_test

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Whoever kills a runtime that is still starting, because its store is spoilt,
// does not wait until the start gives up.
func TestKillEndsAStartThatWaitsForTheBroker(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	busy := w.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.InitProducerID}, Err: kerr.CoordinatorLoadInProgress, TopLevel: true})
	opts := w.options("a", newStore())
	opts.TransactionTimeout = time.Second // how long one try lasts
	i := w.run(opts)
	eventually(t, 60*time.Second, func() error {
		if busy.Hits() == 0 {
			return errNotStopped{}
		}
		return nil
	})
	began := time.Now()
	i.Kill()
	i.ended()
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it ended %s after the kill", took)
	}
}
