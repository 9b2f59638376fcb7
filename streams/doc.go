// Package streams is a library for small stream processors with large state,
// exactly once, on Kafka.
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
// Open and App.Run run topologies; package streamstest runs them in a test
// without a broker.
//
// # What lives where
//
//   - streams: the typed API. It compiles a program to package task's untyped one.
//   - task: the pure core: inputs in, rows and records out.
//   - changelog: the on-disk format of rows. store: the local rows, and leases.
//   - assign: which member owns which task. txn: the commit cycle as a table.
//   - effect: calls to the outside. internal/broker: all that talks to Kafka.
//
// State lives in a changelog topic; the local store is a cache with a cursor
// that is filled again from there, so losing a disk loses nothing.
package streams
