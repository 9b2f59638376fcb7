package broker_test

import (
	"testing"
	"time"
)

func TestOneInstanceHandlesEveryInputOnce(t *testing.T) {
	w := newWorld(t, 3)
	rows := newStore()
	w.send(500, 20)
	i := w.start("a", rows)
	i.ready()
	w.send(500, 20)
	w.settle()
	eventually(t, 5*time.Second, func() error {
		lag, err := i.Lag(t.Context())
		if err == nil && lag != 0 {
			return errLag(lag)
		}
		return err
	})
	i.drain()
	w.folded(rows)
}
