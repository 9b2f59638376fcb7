// Package txn is the commit cycle of a lane as a table: in which order outputs,
// positions, the end of the transaction and the local rows become durable, and
// what each fault leads to. It decides and does nothing itself; the lane does
// the action and reports the event that came of it.
//
// Two rules carry exactly-once, and the tests of this package prove them over
// the table: rows are applied only after the broker said that the transaction
// committed, and after any doubt the producer is made anew (which ends its
// transaction one way or the other) and the tasks are read back from their
// changelog.
package txn
