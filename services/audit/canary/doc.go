// Package canary has an order of its own go the whole way of an order, one after the
// other, and says how long each stage took and when one takes too long: that orders
// come through is seen before buyers notice that they do not.
//
// The order is posted to the public HTTP interface under a number of its own, again
// under the same number until it is answered, and followed in the topics. The next
// one is posted when it has ended. A stage that takes longer than the limit raises
// CANARY_LATE, an order that ends otherwise than completed CANARY_ENDED; both are
// resolved by the next order that is completed.
//
// It is a real order: it takes units, and the system of record bills it. So it is off
// unless it is configured, and wants a channel that ships from a node of its own, a
// sandbox, and an item that nobody else sells.
//
// course.go is pure; the rest posts and tells. On failure: an order that cannot be
// posted is posted again at the next turn, and is late like one that stands still. A
// restart forgets the order under way and posts another one.
package canary
