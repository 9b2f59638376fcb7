package broker_test

import (
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/streams/internal/broker"
)

func TestOneInstanceHandlesEveryInputOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	rows := newStore()
	w.send(500, 20)
	i := w.start("a", rows)
	i.ready()
	w.send(500, 20)
	w.settle()
	eventually(t, 60*time.Second, func() error {
		lag, err := i.Lag(t.Context())
		if err == nil && lag != 0 {
			return errLag(lag)
		}
		return err
	})
	i.drain()
	w.folded(rows)
}

func TestRestartAfterAnOrderlyEndGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	rows := newStore()
	for range 3 {
		i := w.start("a", rows)
		i.ready()
		w.send(100, 5)
		w.settle()
		i.drain()
	}
	w.folded(rows)
}

func TestKilledInstanceGoesOnExactlyOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	rows := newStore()
	for range 6 {
		i := w.start("a", rows)
		i.ready()
		for range 20 {
			w.send(50, 7)
		}
		i.kill()
	}
	i := w.start("a", rows)
	w.settle()
	i.drain()
	w.folded(rows)
}

func TestLostStateDirectoryIsFilledFromTheChangelog(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	i := w.start("a", newStore())
	i.ready()
	w.send(300, 11)
	w.settle()
	i.kill()
	rows := newStore()
	i = w.start("a", rows)
	w.send(300, 11)
	w.settle()
	i.drain()
	w.folded(rows)
}

func TestTasksMoveBetweenInstancesExactlyOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	rowsA, rowsB := newStore(), newStore()
	a := w.start("a", rowsA)
	a.ready()
	w.send(300, 9)
	b := w.start("b", rowsB)
	for range 20 {
		w.send(50, 9)
	}
	eventually(t, 60*time.Second, func() error { return owns(b, 2, 4) })
	w.send(300, 9)
	w.settle()
	b.drain() // static: its tasks wait for it
	b = w.start("b", rowsB)
	w.send(300, 9)
	w.settle()
	a.kill()
	w.send(200, 9)
	eventually(t, 60*time.Second, func() error { return owns(b, 4, 4) })
	w.settle()
	b.drain()
	w.folded(rowsB)
}

// owns requires that an instance has a number of the tasks.
func owns(i *instance, want, of int32) error {
	n := int32(0)
	for p := range of {
		if _, err := i.Rows(p); err == nil {
			n++
		}
	}
	if n != want {
		return errOwned(n)
	}
	return nil
}

// The fault table's row E: whatever EndTxn ends with, the changelog decides.
func TestUnknownOutcomeOfEndTxn(t *testing.T) {
	t.Parallel()
	end := []kmsg.Key{kmsg.EndTxn}
	for name, fault := range map[string]kfake.Fault{
		"refused before the commit":                {Keys: end, Err: kerr.UnknownServerError, TopLevel: true, Count: 3},
		"transaction has timed out":                {Keys: end, Err: kerr.InvalidTxnState, TopLevel: true, Count: 2},
		"fenced":                                   {Keys: end, Err: kerr.ProducerFenced, TopLevel: true, Count: 2},
		"concurrent transactions":                  {Keys: end, Err: kerr.ConcurrentTransactions, TopLevel: true, Count: 5},
		"answered with a timeout after the commit": {Keys: end, Err: kerr.RequestTimedOut, TopLevel: true, Count: 4},
		"id expired at a produce":                  {Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.InvalidProducerIDMapping, Count: 1},
		"id expired at the offsets":                {Keys: []kmsg.Key{kmsg.TxnOffsetCommit}, Err: kerr.InvalidProducerIDMapping, Count: 1},
		"id expired at the end":                    {Keys: end, Err: kerr.InvalidProducerIDMapping, TopLevel: true, Count: 1},
		"offsets refused":                          {Keys: []kmsg.Key{kmsg.TxnOffsetCommit}, Err: kerr.InvalidProducerEpoch, Count: 3},
		"member unknown":                           {Keys: []kmsg.Key{kmsg.TxnOffsetCommit}, Err: kerr.UnknownMemberID, Count: 2},
		"group rebalancing":                        {Keys: []kmsg.Key{kmsg.TxnOffsetCommit}, Err: kerr.RebalanceInProgress, Count: 9},
		"a produce fails":                          {Keys: []kmsg.Key{kmsg.Produce}, Topic: "tally-out", Err: kerr.MessageTooLarge, Count: 3},
		"the changelog refuses":                    {Keys: []kmsg.Key{kmsg.Produce}, Topic: "tally.changelog", Err: kerr.InvalidRecord, Count: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 2)
			rows := newStore()
			i := w.start("a", rows)
			i.ready()
			w.send(200, 5)
			w.settle()
			hits := w.fake.Fault(fault)
			for range 10 {
				w.send(40, 5)
				w.settle()
			}
			if hits.Hits() == 0 {
				t.Error("the fault was never met")
			}
			i.drain()
			w.folded(rows)
		})
	}
}

// The connection is cut after the broker has committed, before it can say so.
func TestAnswerOfEndTxnIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	rows := newStore()
	i := w.start("a", rows)
	i.ready()
	for range 4 {
		w.loseAnswer(int16(kmsg.EndTxn))
		w.send(100, 5)
		w.settle()
	}
	if n := w.lost.Load(); n != 4 {
		t.Errorf("%d answers were lost, want 4", n)
	}
	i.drain()
	w.folded(rows)
}

func TestMisuseIsRefusedWithWhatToDo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		prepare func(*world)
		want    string
	}{
		"changelog is not compacted": {func(w *world) { w.create("tally.changelog", 2) }, "cleanup.policy"},
		"changelog has other partitions": {func(w *world) {
			compact := map[string]*string{"cleanup.policy": kadm.StringPtr("compact")}
			if _, err := kadm.NewClient(w.client).CreateTopic(w.Context(), 5, 1, compact, "tally.changelog"); err != nil {
				w.Fatal(err)
			}
		}, "5 partitions"},
		"input is missing": {func(w *world) {
			if _, err := kadm.NewClient(w.client).DeleteTopic(w.Context(), "tally-in"); err != nil {
				w.Fatal(err)
			}
		}, "does not exist"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 2)
			c.prepare(w)
			err := broker.New(w.options("a", newStore())).Run(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("started with %v, want an error about %q", err, c.want)
			}
		})
	}
}

// The fault table's row G: a former owner's transaction is open.
func TestStartWaitsForOffsetsToBecomeStable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	rows := newStore()
	w.send(100, 5)
	hits := w.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.OffsetFetch}, Err: kerr.UnstableOffsetCommit, Count: 5})
	i := w.start("a", rows)
	w.settle()
	if hits.Hits() != 5 {
		t.Errorf("%d answers were unstable, want 5", hits.Hits())
	}
	i.drain()
}

// The fault table's row L: an offset that is missing for a moment is no reason
// to begin again.
func TestMissingOffsetsAreTakenFromTheMark(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	rows := newStore()
	i := w.start("a", rows)
	i.ready()
	w.send(100, 5)
	w.settle()
	i.drain()
	hits := w.forgetOffsets()
	i = w.start("a", rows)
	w.send(100, 5)
	w.settle()
	if hits.Load() == 0 {
		t.Error("offsets were never missing")
	}
	i.drain()
	w.folded(rows)
}

func TestChangelogOfAnotherHistoryStopsTheTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	rows := newStore()
	i := w.start("a", rows)
	i.ready()
	w.send(50, 5)
	w.settle()
	i.drain()
	if _, err := kadm.NewClient(w.client).DeleteTopic(t.Context(), "tally.changelog"); err != nil {
		t.Fatal(err)
	}
	i = w.start("a", newStore())
	eventually(t, 60*time.Second, func() error {
		if err := i.Ready(); err == nil || !strings.Contains(err.Error(), "the changelog is empty") {
			return errNotStopped{err}
		}
		return nil
	})
	w.send(10, 5)
	if n := w.outputs(); n != 50 {
		t.Errorf("a stopped task made %d outputs", n-50)
	}
}

// A member that was thrown out rejoins silently under a new id, with no
// callback that its tasks were lost.
func TestNewMemberIDLosesEveryTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	rowsA, rowsB := newStore(), newStore()
	a := w.start("a", rowsA)
	a.ready()
	hits := w.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.JoinGroup}, Err: kerr.UnknownMemberID, TopLevel: true, Count: 2, When: func(r kmsg.Request) bool {
		return r.(*kmsg.JoinGroupRequest).MemberID != ""
	}})
	b := w.start("b", rowsB)
	for range 30 {
		w.send(30, 9)
	}
	eventually(t, 60*time.Second, func() error { return owns(b, 2, 4) })
	w.send(100, 9)
	w.settle()
	if hits.Hits() == 0 {
		t.Error("no member lost its id")
	}
	a.drain()
	b.drain()
}

func TestHeartbeatOfAnUnknownMemberLosesEveryTask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	rows := newStore()
	i := w.start("a", rows)
	i.ready()
	for range 3 {
		hits := w.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Heartbeat}, Err: kerr.UnknownMemberID, TopLevel: true})
		for hits.Hits() == 0 {
			w.send(20, 5)
		}
		w.send(100, 5)
		w.settle()
	}
	i.drain()
	w.folded(rows)
}

// A member whose join is held up past its session goes on reading and handling,
// while its tasks go to another; then it rejoins under a new id. The transaction
// that was under way all the time must not be committed under that id.
func TestStalledMemberCommitsNothingOfItsFormerTasks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	rowsA, rowsB := newStore(), newStore()
	slow := new(wire)
	opts := w.options("a", rowsA)
	opts.Client = []kgo.Opt{kgo.Dialer(slow.dial)}
	opts.TransactionTimeout = 30 * time.Second // it keeps trying all the while
	a := w.run(opts)
	a.ready()
	w.send(100, 9)
	w.settle()
	slow.stall(int16(kmsg.JoinGroup), 9*time.Second)
	slow.stall(int16(kmsg.Produce), 12*time.Second)
	w.send(100, 9)
	b := w.start("b", rowsB)
	stopSending := w.keepSending(9)
	eventually(t, 60*time.Second, func() error { return owns(b, 4, 4) })
	eventually(t, 60*time.Second, func() error { return owns(b, 2, 4) })
	stopSending()
	w.settle()
	a.drain()
	b.drain()
}
