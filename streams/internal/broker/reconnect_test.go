package broker

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// hooked is a reconnect whose looks fail until they may succeed.
type hooked struct {
	*reconnect
	wait sync.WaitGroup

	mu    sync.Mutex
	good  bool
	looks int
}

func newHooked(ctx context.Context) *hooked {
	h := new(hooked)
	h.reconnect = newReconnect(ctx, func(context.Context, int32) error {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.looks++; !h.good {
			return errors.New("the broker is away")
		}
		return nil
	}, h.wait.Go)
	return h
}

// connects begins a connection to a broker and says when the client may use it.
func (h *hooked) connects(broker int32) (used chan struct{}) {
	used = make(chan struct{})
	h.wait.Go(func() {
		h.OnBrokerConnect(kgo.BrokerMetadata{NodeID: broker}, 0, nil, nil)
		close(used)
	})
	synctest.Wait()
	return used
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestNothingIsSentToABrokerThatWasLostBeforeTheLook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHooked(t.Context())
		h.OnBrokerDisconnect(kgo.BrokerMetadata{NodeID: 1}, nil)
		h.OnBrokerDisconnect(kgo.BrokerMetadata{NodeID: 1}, nil) // its other connection
		used, other := h.connects(1), h.connects(2)
		time.Sleep(3 * time.Second)
		if isClosed(used) || !isClosed(other) {
			t.Errorf("used before the look: %t; another broker is used: %t", isClosed(used), isClosed(other))
		}
		h.mu.Lock()
		h.good = true
		h.mu.Unlock()
		time.Sleep(10 * time.Second)
		if !isClosed(used) {
			t.Error("the broker is not used although nothing is left open")
		}
		looks := h.looks
		if h.wait.Wait(); !isClosed(h.connects(1)) || h.looks != looks {
			t.Errorf("%d looks after the broker was seen, then another", looks)
		}
	})
}

func TestAProducerThatIsGivenUpWaitsForNoBroker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, giveUp := context.WithCancel(t.Context())
		h := newHooked(ctx)
		h.OnBrokerDisconnect(kgo.BrokerMetadata{NodeID: 1}, nil)
		used := h.connects(1)
		giveUp()
		h.wait.Wait() // or the bubble deadlocks
		if !isClosed(used) {
			t.Error("the client cannot be closed")
		}
		looks := h.looks
		h.OnBrokerDisconnect(kgo.BrokerMetadata{NodeID: 2}, nil)
		if h.wait.Wait(); h.looks != looks {
			t.Error("closing its connections has somebody look for a producer that is gone")
		}
	})
}
