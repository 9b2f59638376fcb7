package sim

import (
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/streams/sim/internal/wire"
)

// Fault is something that Kafka or the network between it and a process does
// wrong once or a few times. A fault is met when a request comes that it is for.
type Fault struct {
	Name string
	// rules are on the network of one process.
	rules func() []*wire.Rule
	// brokers refuse whoever asks, before they did anything.
	brokers func(changelog string) kfake.Fault
}

// Faults is the table of all that a plan can inject.
var Faults = []Fault{
	lose("EndTxn's answer is lost after the commit", kmsg.EndTxn),
	answer(unknownEnd, kmsg.EndTxn, 1, endTxn(kerr.UnknownServerError)),
	answer("EndTxn answers PRODUCER_FENCED after the commit", kmsg.EndTxn, 1, endTxn(kerr.ProducerFenced)),
	answer("EndTxn answers CONCURRENT_TRANSACTIONS after the commit", kmsg.EndTxn, 1, endTxn(kerr.ConcurrentTransactions)),
	answer("EndTxn answers INVALID_TXN_STATE after the commit", kmsg.EndTxn, 1, endTxn(kerr.InvalidTxnState)),
	refuse("EndTxn never arrives", kmsg.EndTxn),
	late("EndTxn's answer takes 12 s", kmsg.EndTxn, 1, 12*time.Second),
	refused("EndTxn is refused with CONCURRENT_TRANSACTIONS thrice", kfake.Fault{Keys: keys(kmsg.EndTxn), Err: kerr.ConcurrentTransactions, TopLevel: true, Count: 3}),
	refused("EndTxn is refused with INVALID_TXN_STATE", kfake.Fault{Keys: keys(kmsg.EndTxn), Err: kerr.InvalidTxnState, TopLevel: true}),

	refused("TxnOffsetCommit is refused with ILLEGAL_GENERATION", kfake.Fault{Keys: keys(kmsg.TxnOffsetCommit), Err: kerr.IllegalGeneration}),
	refused("TxnOffsetCommit is refused with UNKNOWN_MEMBER_ID", kfake.Fault{Keys: keys(kmsg.TxnOffsetCommit), Err: kerr.UnknownMemberID}),
	refused("TxnOffsetCommit is refused with INVALID_PRODUCER_EPOCH", kfake.Fault{Keys: keys(kmsg.TxnOffsetCommit), Err: kerr.InvalidProducerEpoch}),
	refused("TxnOffsetCommit is refused with REBALANCE_IN_PROGRESS for a while", kfake.Fault{Keys: keys(kmsg.TxnOffsetCommit), Err: kerr.RebalanceInProgress, Count: 20}),
	refused("TxnOffsetCommit is refused with CONCURRENT_TRANSACTIONS thrice", kfake.Fault{Keys: keys(kmsg.TxnOffsetCommit), Err: kerr.ConcurrentTransactions, Count: 3}),
	lose("TxnOffsetCommit's answer is lost", kmsg.TxnOffsetCommit),

	refused("Produce lacks replicas twice", kfake.Fault{Keys: keys(kmsg.Produce), Err: kerr.NotEnoughReplicas, Count: 2}),
	refused("Produce is refused with CONCURRENT_TRANSACTIONS thrice", kfake.Fault{Keys: keys(kmsg.Produce), Err: kerr.ConcurrentTransactions, Count: 3}),
	changelogRefuses("the changelog refuses a record", kfake.Fault{Keys: keys(kmsg.Produce), Err: kerr.InvalidRecord}),
	lose("Produce's answer is lost", kmsg.Produce),
	hold("Produce takes 8 s to arrive", kmsg.Produce, 8*time.Second),

	answer(unknownMember, kmsg.Heartbeat, 1, heartbeat(kerr.UnknownMemberID)),
	refused("JoinGroup is refused with UNKNOWN_MEMBER_ID", kfake.Fault{Keys: keys(kmsg.JoinGroup), Err: kerr.UnknownMemberID, TopLevel: true}),
	stalledJoin("JoinGroup stalls past the session while fetching goes on"),
	lose("SyncGroup's answer is lost", kmsg.SyncGroup),

	refused("OffsetFetch is unstable thrice", kfake.Fault{Keys: keys(kmsg.OffsetFetch), Err: kerr.UnstableOffsetCommit, Count: 3}),
	late("OffsetFetch's answers take 6 s", kmsg.OffsetFetch, 4, 6*time.Second),
	answer("OffsetFetch answers -1", kmsg.OffsetFetch, 3, noOffsets),
	answer("ListOffsets answers a stale end", kmsg.ListOffsets, 4, staleEnd),
	refused("InitProducerID is refused with CONCURRENT_TRANSACTIONS twice", kfake.Fault{Keys: keys(kmsg.InitProducerID), Err: kerr.ConcurrentTransactions, TopLevel: true, Count: 2}),
	lose("InitProducerID's answer is lost", kmsg.InitProducerID),
	refused("the coordinator is not available twice", kfake.Fault{Keys: keys(kmsg.FindCoordinator), Err: kerr.CoordinatorNotAvailable, Count: 2}),
	lose("Fetch's answer is lost", kmsg.Fetch),
}

// Faults that plans are made of by name.
const (
	unknownEnd    = "EndTxn answers UNKNOWN_SERVER_ERROR after the commit"
	unknownMember = "Heartbeat answers UNKNOWN_MEMBER_ID"
)

func faultNamed(name string) (Fault, bool) {
	for _, f := range Faults {
		if f.Name == name {
			return f, true
		}
	}
	return Fault{}, false
}

func keys(k kmsg.Key) []kmsg.Key { return []kmsg.Key{k} }

func refused(name string, f kfake.Fault) Fault {
	return Fault{Name: name, brokers: func(string) kfake.Fault { return f }}
}

func changelogRefuses(name string, f kfake.Fault) Fault {
	return Fault{Name: name, brokers: func(topic string) kfake.Fault { f.Topic = topic; return f }}
}

// fromProcess spares the transactions of the fleet's own client, which aborts
// inputs: a plan tests the processes, and its own client would not recover.
func fromProcess(r kmsg.Request) bool {
	switch r := r.(type) {
	case *kmsg.InitProducerIDRequest:
		return r.TransactionalID == nil || *r.TransactionalID != ownTransactions
	case *kmsg.ProduceRequest:
		return r.TransactionID == nil || *r.TransactionID != ownTransactions
	case *kmsg.EndTxnRequest:
		return r.TransactionalID != ownTransactions
	default:
		return true
	}
}

func rule(r wire.Rule) Fault {
	return Fault{Name: r.Name, rules: func() []*wire.Rule { mine := r; return []*wire.Rule{&mine} }}
}

func lose(name string, key kmsg.Key) Fault { return rule(wire.Rule{Name: name, Key: key, Lose: true}) }

func refuse(name string, key kmsg.Key) Fault {
	return rule(wire.Rule{Name: name, Key: key, Refuse: true})
}

func hold(name string, key kmsg.Key, d time.Duration) Fault {
	return rule(wire.Rule{Name: name, Key: key, Hold: d})
}

func late(name string, key kmsg.Key, count int, d time.Duration) Fault {
	return rule(wire.Rule{Name: name, Key: key, Count: count, Late: d})
}

func answer(name string, key kmsg.Key, count int, change func(kmsg.Response)) Fault {
	return rule(wire.Rule{Name: name, Key: key, Count: count, Answer: change})
}

// stalledJoin makes a process rejoin and holds the request up for longer than
// its session, with no heartbeat meanwhile. A transaction is under way all the
// time: its records arrive when the process is another member already, and
// before it hears which tasks that one has.
func stalledJoin(name string) Fault {
	return Fault{Name: name, rules: func() []*wire.Rule {
		return []*wire.Rule{
			{Name: name, Key: kmsg.Heartbeat, Answer: heartbeat(kerr.RebalanceInProgress)},
			{Key: kmsg.JoinGroup, Hold: session + time.Second},
			{Key: kmsg.Produce, Hold: session + 3500*time.Millisecond},
			{Key: kmsg.SyncGroup, Late: 5 * time.Second},
		}
	}}
}

func endTxn(err *kerr.Error) func(kmsg.Response) {
	return func(r kmsg.Response) { r.(*kmsg.EndTxnResponse).ErrorCode = err.Code }
}

func heartbeat(err *kerr.Error) func(kmsg.Response) {
	return func(r kmsg.Response) { r.(*kmsg.HeartbeatResponse).ErrorCode = err.Code }
}

func noOffsets(r kmsg.Response) {
	for _, g := range r.(*kmsg.OffsetFetchResponse).Groups {
		for _, t := range g.Topics {
			for i := range t.Partitions {
				t.Partitions[i].Offset, t.Partitions[i].Metadata = -1, nil
			}
		}
	}
}

// staleEnd takes a few records off each end.
func staleEnd(r kmsg.Response) {
	for _, t := range r.(*kmsg.ListOffsetsResponse).Topics {
		for i := range t.Partitions {
			t.Partitions[i].Offset = max(0, t.Partitions[i].Offset-5)
		}
	}
}
