// Package audit holds the log of a running installation against what must be true
// of it. It reads committed records as any stranger would, keeps books of its own
// for each order and item, and says which invariant does not hold, with the
// records that show it. It decodes and folds by itself and shares no business
// code with the rooms, so that a mistake there is not repeated here. It is pure:
// no clock, no goroutine, no client; package auditstream feeds it from Kafka.
//
// # Time
//
// Topics are read independently, so what two topics say about one thing arrives
// in any order, and a record that has not come yet is no violation. The caller
// says by Advance how far all topics are read (the watermark). What one partition
// alone shows is judged at once. A rule that compares topics makes an appointment
// at the record's time plus Limits.Skew, which is longer than a transaction stays
// open and clocks differ: when the watermark has passed that, everything that was
// written because of the record's causes, or in its transaction, has been read.
// A rule that only holds in the end makes its appointment later by the rule's own
// limit. One topic may be read far ahead of another: what a judgement is about is
// only what was written by its record's time, and what may speak for it is
// everything that is read. So the order in which topics are read changes nothing.
//
// # Rules
//
// Each rule stands in a file of its own with what must hold, from which topics
// and within which limit:
//
//	I1 conservation.go   on hand follows from entries and baselines
//	I2 oversell.go       nothing is granted that is not available
//	I3 reservation.go    reserved units are open reservations, and these end
//	O1 terminal.go       an accepted order ends once, its events are numbered
//	O2 line.go           each ordered unit is in one place, what left was ordered
//	O3 leftover.go       nothing is kept for an order that has ended
//	M1 money.go          bills add up, units are credited once, the books balance
//	M2 giveback.go       goods without an order are credited on a person's word, no unit twice
//	E1 effect.go         the outside has each document once
//	E2 webhook.go        endpoints are told what can be sold, in order, until they know
//	K1 provenance.go     no event is written twice
//	K2 accounting.go     every request is answered or a dead letter
//	K3 fold.go           the state of an order says how it ended
//	K4 cache.go          the shared cache shows what stock said, and not too old
//	A1 acceptance.go     what was accepted is what was asked
//
// # Memory
//
// order.go, item.go, entry.go and telling.go are the books. The book of an order is
// closed and forgotten Limits.Keep after its end, that of a return after its last
// word; of an item remain sums and open reservations, of an endpoint and an item the
// newest message. Identities of events are remembered as hashes, in two generations
// of bounded size.
//
// On failure: a record that cannot be read is a violation of K2; when only its
// schema cannot be had now, Observe says so, has noted nothing, and can be called
// again.
package audit
