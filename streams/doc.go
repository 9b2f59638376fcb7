// Package streams is a library for small stream processors with large state,
// exactly once, on Kafka.
//
// README.md beside this file is the place to start: a program to paste, the model,
// what exactly-once means here, operation and limits. The folder examples has
// programs that run with nothing but Go.
//
// A program is a Topology of entities. An Entity is a key with a state and a
// pure Handler; records of input topics, timers that come due and answers of
// effects go in, and a new state, children, records to output topics, timers and
// effects (calls to the outside, made after the commit) come out. All that one
// input made is committed together with the input's offset in one Kafka
// transaction, or not at all.
//
//	var (
//		orders = streams.Topic[Order]{Name: "orders", Value: streams.JSON[Order]()}
//		totals = streams.Topic[Total]{Name: "totals", Value: streams.JSON[Total]()}
//	)
//
//	func Topology() *streams.Topology {
//		t := streams.NewTopology("totals")
//		customers := streams.NewEntity(t, "customer", streams.JSON[Total](), func(ctx streams.Ctx, sum *Total, in streams.Input) error {
//			switch in := in.(type) {
//			case streams.Record[Order]:
//				sum.Amount += in.Value.Amount
//				totals.Send(ctx, ctx.Key(), sum)
//			}
//			return nil
//		})
//		streams.Receive(customers, orders)
//		streams.SendLatest(customers, totals)
//		return t
//	}
//
// Beside entities a topology has processors, which keep nothing (NewProcessor: map,
// filter, branch, rekey), windows of event time (NewWindow), tables to look things
// up in, whole or by partition (NewTable, NewPartitionedTable), and topics to hand
// records on under another key (Repartition). A handler that fails makes its input
// a dead letter, or parks it in its entity if the failure may pass (Retry); dead
// letters can be brought back (ReadDeadLetter).
//
// Committed rows are read through an App, by Entity.Get and its like; AtLeast
// reads one's own write, App.Staged what is not committed yet, and RefusalOf is
// what an HTTP edge answers when the rows are elsewhere. A program that would
// misread the rows of an earlier one is stopped with what to do: Versioned and
// Upgrade convert, Topology.Retire deletes.
//
// Open and App.Run run topologies; package streamstest runs them in a test
// without a broker, and package sim in a simulated fleet with faults.
//
// # What lives where
//
//   - streams: the typed API. It compiles a program to package task's untyped one.
//   - task: the pure core: inputs in, rows and records out.
//   - changelog: the on-disk format of rows. store: the local rows, and leases.
//   - assign: which member owns which task. txn: the commit cycle as a table.
//   - effect: calls to the outside. trace: W3C trace context.
//   - internal/broker: all that talks to Kafka. failpoint: where tests stop it.
//
// State lives in a changelog topic; the local store is a cache with a cursor
// that is filled again from there, so losing a disk loses nothing.
package streams
