package broker_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/streams/store"
)

// faults that a run meets at random; none may lose, double or reorder an input.
var faults = []kfake.Fault{
	{Keys: []kmsg.Key{kmsg.EndTxn}, Err: kerr.UnknownServerError, TopLevel: true},
	{Keys: []kmsg.Key{kmsg.EndTxn}, Err: kerr.RequestTimedOut, TopLevel: true},
	{Keys: []kmsg.Key{kmsg.EndTxn}, Err: kerr.InvalidTxnState, TopLevel: true},
	{Keys: []kmsg.Key{kmsg.EndTxn}, Err: kerr.ConcurrentTransactions, TopLevel: true, Count: 3},
	{Keys: []kmsg.Key{kmsg.TxnOffsetCommit}, Err: kerr.IllegalGeneration},
	{Keys: []kmsg.Key{kmsg.TxnOffsetCommit}, Err: kerr.InvalidProducerEpoch},
	{Keys: []kmsg.Key{kmsg.TxnOffsetCommit}, Err: kerr.UnknownMemberID},
	{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.NotEnoughReplicas, Count: 2},
	{Keys: []kmsg.Key{kmsg.Produce}, Topic: "tally.changelog", Err: kerr.InvalidRecord},
	{Keys: []kmsg.Key{kmsg.Heartbeat}, Err: kerr.UnknownMemberID, TopLevel: true},
	{Keys: []kmsg.Key{kmsg.JoinGroup}, Err: kerr.UnknownMemberID, TopLevel: true},
	{Keys: []kmsg.Key{kmsg.OffsetFetch}, Err: kerr.UnstableOffsetCommit, Count: 2},
	{Keys: []kmsg.Key{kmsg.InitProducerID}, Err: kerr.ConcurrentTransactions, TopLevel: true, Count: 2},
}

var answers = []kmsg.Key{kmsg.EndTxn, kmsg.TxnOffsetCommit, kmsg.Produce, kmsg.InitProducerID, kmsg.JoinGroup, kmsg.SyncGroup}

// TestRandomFaultsKeepEveryInputOnce runs two instances through kills, orderly
// ends, faults and lost answers. A failing seed is named; it does not replay
// exactly, so run it many times.
func TestRandomFaultsKeepEveryInputOnce(t *testing.T) {
	t.Parallel()
	for run := range 4 {
		seed := uint64(time.Now().UnixNano())
		t.Run(fmt.Sprintf("run %d", run), func(t *testing.T) {
			t.Parallel()
			t.Logf("seed %d", seed)
			chaos(t, rand.New(rand.NewPCG(seed, 1)))
		})
	}
}

func chaos(t *testing.T, random *rand.Rand) {
	w := newWorld(t, 4)
	names := []string{"a", "b"}
	stores := []store.Store{newStore(), newStore()}
	running := make([]*instance, len(names))
	for i, name := range names {
		running[i] = w.start(name, stores[i])
	}
	running[0].ready()
	for range 40 {
		for range random.IntN(5) {
			w.send(1+random.IntN(60), 13)
		}
		i := random.IntN(len(names))
		switch random.IntN(8) {
		case 0:
			running[i].kill()
			running[i] = w.start(names[i], stores[i])
		case 1:
			running[i].drain()
			running[i] = w.start(names[i], stores[i])
		case 2:
			running[i].kill()
			stores[i] = newStore() // the disk is lost too
			running[i] = w.start(names[i], stores[i])
		case 3, 4:
			w.loseAnswer(int16(answers[random.IntN(len(answers))]))
		default:
			w.fake.Fault(faults[random.IntN(len(faults))])
		}
	}
	w.send(100, 13)
	w.settle()
	for _, i := range running {
		i.drain()
	}
}
