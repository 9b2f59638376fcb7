// Package effect makes the calls that entities asked for: after the commit,
// within the budget of the destination, until they answer.
//
// Effects of one entity to one destination form a queue and are called one at a
// time, in the order in which they were asked. Queues move between these places,
// all under the executor's lock:
//
//	ready     its first effect may be called now
//	held      its first effect waits: for a retry, or for its earliest start
//	running   its first effect is being called, or its answer delivered
//	idle      empty, and forgotten
//
// A destination takes ready queues as long as its budget and its breaker allow,
// the most urgent class first and each class in turn, and has one timer for
// whatever comes next. So a waiting effect costs memory and nothing else;
// goroutines exist only for calls under way. Where the destination can, one call
// is made for the first effects of several queues.
//
// The budget is the fleet's. Each process accounts for its share of it alone, or
// asks a Limiter that all processes have in common.
//
// No two processes call one effect at the same time, as far as this one can see
// to it: a call starts under the lease of its task and within the session of
// this process, is cut when the session runs out, and waits for what a former
// owner may have under way. An instance that was killed and comes back waits too: its
// own calls died with it, but the mark that names it as the last owner does not prove
// that it was. Another instance may have had the task meanwhile, have waited and called,
// and have been frozen before its first commit, and nothing that is kept tells of that.
//
// What is called is known here only. A process that dies forgets it, and the
// next owner of the task calls again under the same id: the other side must know
// the id, or be asked first.
//
// The hooks Options.Status and deliver are called without the lock. For one
// effect they come in order: asked, failed any number of times, answered, and
// then its answer; or dropped, when it was cancelled.
package effect
