// Package chaos holds the proof, on a real Apache Kafka and with real processes,
// that the runtime keeps exactly-once under faults. It has tests only.
//
// # What lives where
//
//	model     the topology under test: a tally with children, timers and effects
//	child     the process that runs it: this test binary, started again
//	instance  the parent's hold on such a process
//	world     topics, steady load, and all that was committed
//	oracle    what must have been committed, recomputed from the inputs
//	twin      the outside that effects call; it may do and not answer
//	fault     a fault, repeated in rounds, with a table of what was seen
//
// # What a run proves
//
// Every input has exactly one output, in its partition's order, with the running
// values recomputed from the inputs alone; no provenance appears twice; every
// timer rang once; the twin has one document for each effect; committed offsets
// are the ends of the logs; no transaction is open; every copy of the state on a
// disk is the fold of the changelog up to its cursor; and a restart after a kill
// restored a tail, not the whole.
//
// # Variables
//
//	MILLRACE_CHAOS_ROUNDS  rounds of each fault, however long they take; without it
//	                       up to 20, as many as fit into a budget of time
//	MILLRACE_CHAOS_SEED    seed of all that is random, else the clock's
package chaos
