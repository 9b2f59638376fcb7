package broker

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

// reconnect looks, when a lane's producer has lost a broker and that broker is
// back, whether it forgot to end transactions, see mend. The producer sends nothing
// there before. It looks also when there is nothing to send, for the sake of those
// who read what was committed.
type reconnect struct {
	ctx  context.Context // ends before the producer is closed
	mend func(ctx context.Context, broker int32) error
	goes func(func())

	mu   sync.Mutex
	lost map[int32]chan struct{} // by broker; closed after the look
}

func newReconnect(ctx context.Context, mend func(context.Context, int32) error, goes func(func())) *reconnect {
	return &reconnect{ctx: ctx, mend: mend, goes: goes, lost: make(map[int32]chan struct{})}
}

// OnBrokerDisconnect implements kgo.HookBrokerDisconnect.
func (r *reconnect) OnBrokerDisconnect(meta kgo.BrokerMetadata, _ net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if meta.NodeID < 0 || r.lost[meta.NodeID] != nil || r.ctx.Err() != nil { // seeds are known by number as well
		return
	}
	r.lost[meta.NodeID] = make(chan struct{})
	r.goes(func() { r.look(meta.NodeID) })
}

// look ends when it has seen that nothing is left open, or the producer is given up.
func (r *reconnect) look(broker int32) {
	for n := 1; r.mend(r.ctx, broker) != nil; n++ {
		if sleep(r.ctx, backoff(n+1)) != nil {
			return
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.lost[broker])
	delete(r.lost, broker)
}

// OnBrokerConnect implements kgo.HookBrokerConnect: the client sends requests to
// the broker when this returns.
func (r *reconnect) OnBrokerConnect(meta kgo.BrokerMetadata, _ time.Duration, _ net.Conn, err error) {
	r.mu.Lock()
	looked := r.lost[meta.NodeID]
	r.mu.Unlock()
	if err != nil || looked == nil {
		return
	}
	select {
	case <-looked:
	case <-r.ctx.Done():
	}
}
