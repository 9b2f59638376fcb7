// Package streamsbench measures the runtime of package streams beside other
// programs that do the same work, on the same broker, topics, keys and commit
// interval, in one run.
//
// The work is that of a stock ledger at its smallest: for each record, read the
// 100-byte state of its key, add one to the counter in its first 8 bytes, write
// it back under a changelog, and send the record on; exactly once.
//
// Every contestant is a process of its own, watched from outside: what it has
// committed is asked of the broker (the group's offsets), its CPU time of the
// operating system, and latency is the age of a record when a read_committed
// consumer of the output gets it. Nothing that a contestant says of itself
// counts.
package streamsbench
