// Package codec turns the records of package event into bytes and back: Avro in
// Confluent's wire format (a zero byte, four bytes of schema id, the body), so
// that every SQL engine and client that knows a schema registry can read them.
//
// Two libraries share the work. hamba/avro writes. twmb/avro reads and judges
// compatibility, because hamba's decoder accepts truncated records and can be
// made to allocate without bound, and its compatibility check misses breaking
// changes. So every round trip is also a test of two independent
// implementations. This package is the only one on the way of a record that
// imports either.
//
// A process makes one Schemas for its registry, calls RegisterAll at its start
// and hands codecs to whoever reads or writes:
//
//	schemas := codec.New(client)
//	err := schemas.RegisterAll(ctx, topic.All())
//	submits := codec.Of[event.OrderSubmit](schemas, topic.OrderSubmit)
//
// The rows an entity keeps are Avro too. To add one: write
// schemas/avro/state/<name>.avsc with namespace state.v1 and a record name that
// no other schema uses, run go generate ./... in the schemas module, and take
// codec.State[event.<Record>](schemas, "<name>").
package codec
