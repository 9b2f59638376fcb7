//go:build unix

package broker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/testenv"
)

// The same on Apache Kafka: its coordinators write markers in their own time,
// answer CONCURRENT_TRANSACTIONS and keep offsets of open transactions unstable.
func TestKafkaKeepsEveryInputOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("SHORT: needs a Kafka broker and half a minute")
	}
	addrs := testenv.SharedKafka(t)
	w := newWorldAt(t, fmt.Sprintf("tally-%d", time.Now().UnixNano()), addrs, 4)
	rowsA, rowsB := newStore(), newStore()
	a := w.start("a", rowsA)
	a.ready()
	for round := range 6 {
		for range 10 {
			w.send(50, 13)
		}
		switch round {
		case 1, 4:
			a.kill()
			a = w.start("a", rowsA)
		case 2:
			w.loseAnswer(int16(kmsg.EndTxn))
		case 3:
			a.drain()
			a = w.start("a", newStore()) // its disk is lost
		}
	}
	w.settle()
	b := w.start("b", rowsB)
	for range 20 {
		w.send(50, 13)
	}
	eventually(t, 60*time.Second, func() error { return owns(b, 2, 4) })
	w.loseAnswer(int16(kmsg.TxnOffsetCommit))
	w.send(500, 13)
	w.settle()
	a.kill()
	w.send(500, 13)
	eventually(t, 60*time.Second, func() error { return owns(b, 4, 4) })
	w.settle()
	b.drain()
	w.folded(rowsB)
}

// The time from a kill to the first output of the same instance: no session and
// no transaction timeout may be part of it.
func TestKafkaRestartAfterAKillIsFast(t *testing.T) {
	if testing.Short() {
		t.Skip("SHORT: needs a Kafka broker")
	}
	w := newWorldAt(t, fmt.Sprintf("tally-%d", time.Now().UnixNano()), testenv.SharedKafka(t), 4)
	rows := newStore()
	const timeouts = time.Minute // far from what a start costs on a machine with much else to do
	opts := w.options("a", rows)
	opts.SessionTimeout, opts.TransactionTimeout = timeouts, timeouts
	a := w.run(opts)
	a.ready()
	w.send(5000, 1000)
	w.settle()
	w.send(500, 1000)
	a.kill()
	began := time.Now()
	a = w.run(opts)
	a.ready()
	took := time.Since(began)
	t.Logf("ready %s after the start", took)
	if took > timeouts/2 {
		t.Errorf("ready after %s", took)
	}
	w.settle()
	a.drain()
	w.folded(rows)
}

// Only a real coordinator answers a static member that restarts with its former
// assignment, whatever it reads now.
func TestKafkaRestartWithAnotherInputReadsItFromTheStart(t *testing.T) {
	if testing.Short() {
		t.Skip("SHORT: needs a Kafka broker")
	}
	restartWithAnotherInput(newWorldAt(t, fmt.Sprintf("tally-%d", time.Now().UnixNano()), testenv.SharedKafka(t), 2))
}

// On Kafka a static member that joins again is not always a rebalance, and every
// member hears of one by its heartbeat.
func TestKafkaMovesTasksToWarmCopies(t *testing.T) {
	const session = 6 * time.Second // of the world's members
	if testing.Short() {
		t.Skip("SHORT: needs a Kafka broker and half a minute")
	}
	w := newWorldAt(t, fmt.Sprintf("tally-%d", time.Now().UnixNano()), testenv.SharedKafka(t), 4)
	a := w.startWith("a", newStore(), 1)
	a.ready()
	w.send(4000, 40)
	w.settle()
	before := w.counts()
	stopSending := w.keepSending(40)
	rows := newStore()
	b := w.startWith("b", rows, 1)
	eventually(t, 60*time.Second, func() error { return owns(b, 2, 4) })
	eventually(t, 60*time.Second, func() error { return owns(a, 2, 4) })
	moved := w.tasksOf(b)
	stopSending()
	w.settle()
	w.stoodStill(w.stops(before), moved, session) // a planned move costs less than a crash

	eventually(t, 60*time.Second, func() error { return w.complete(rows, 0, 1, 2, 3) })
	before, moved = w.counts(), w.tasksOf(a)
	stopSending = w.keepSending(40)
	a.kill()
	eventually(t, 60*time.Second, func() error { return owns(b, 4, 4) })
	stopSending()
	w.settle()
	w.stoodStill(w.stops(before), moved, session+time.Second)
	b.drain()
	w.folded(rows)
}
