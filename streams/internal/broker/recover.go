package broker

import (
	"context"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams/failpoint"
	"github.com/millrace/millrace/streams/txn"
)

// recover gives the transaction up: it drops what is in memory and makes the
// producer anew, which ends the old transaction one way or the other. Tasks are
// kept for reopen, unless they are forfeit.
func (l *lane) recover(forfeit bool) (on txn.Event, more bool) {
	l.out = new(outgoing)
	l.parts = nil
	for len(l.slots) > 0 {
		l.setAside(l.slots[0], forfeit)
	}
	l.rt.opts.Metrics.recovered(l.rt.opts.Topology.App)
	if l.failures++; l.failures > 1 {
		_ = sleep(l.rt.ctx, backoff(l.failures))
	}
	l.held = l.rt.wanted(l.held)
	if l.rt.ctx.Err() != nil {
		return 0, false
	}
	l.pass(failpoint.BeforeRenew)
	if err := l.renew(); err != nil {
		return l.trouble(txn.Unreachable, err, "making a new producer failed"), true
	}
	l.pass(failpoint.AfterRenew)
	return txn.Recreated, true
}

func (l *lane) setAside(s *slot, forfeit bool) {
	l.remove(s)
	if forfeit {
		l.rt.expel(s)
		return
	}
	l.held = append(l.held, s)
}

// renew replaces the producer; when it returns nil, every transaction of the
// lane's id has ended and its markers are written.
func (l *lane) renew() error {
	if l.producer != nil {
		l.giveUp()
		l.producer.Close()
	}
	ctx, cancel := context.WithTimeout(l.rt.ctx, 2*l.rt.opts.TransactionTimeout)
	defer cancel()
	alive, giveUp := context.WithCancel(l.rt.ctx)
	l.giveUp = giveUp
	cl, err := l.rt.opts.newProducer(l.id, kgo.WithHooks(newReconnect(alive, l.mendAt, l.rt.goes)))
	if err != nil {
		return err
	}
	l.rt.setProducer(l, cl)
	if err := fence(ctx, l.rt.tail.client, &l.rt.opts, l.rt.log, l.id); err != nil {
		return err
	}
	_, _, err = cl.ProducerID(ctx)
	return err
}

// mendAt ends what a broker that was away has left open of the lane's transactions.
func (l *lane) mendAt(ctx context.Context, broker int32) error {
	ctx, cancel := context.WithTimeout(ctx, l.rt.opts.TransactionTimeout)
	defer cancel()
	last, err := decidedTransaction(ctx, l.rt.tail.client, l.id)
	if err != nil || last.State == "" {
		return err
	}
	return mend(ctx, l.rt.tail.client, &l.rt.opts, l.rt.log, last, broker)
}

// reopen hands the tasks back to be restored.
func (l *lane) reopen() {
	held := l.held
	l.held = nil
	l.rt.reactivate(held)
}

// trouble logs what ended a transaction and passes the event on.
func (l *lane) trouble(on txn.Event, err error, what string) txn.Event {
	if l.rt.ctx.Err() == nil {
		l.rt.log.Warn().Err(err).Str("transactional_id", l.id).Stringer("state", l.state).Stringer("event", on).Msg(what)
	}
	return on
}

// backoff is how long to wait before try n, from the second one on.
func backoff(n int) time.Duration {
	return min(100*time.Millisecond<<min(n-2, 10), 10*time.Second)
}
