// Package task is the core of the runtime: what one task does with records,
// timers and answers. It has no goroutine, no clock and no client. Inputs go in
// together with the time, rows and records come out, and the shell around it
// (internal/broker, streamstest) commits them or drops them.
//
// The course of one transaction:
//
//	Record, Answer, FireTimers   any number of times, in any order
//	Prepare                      outputs, changelog rows and the mark
//	Committed | Aborted          exactly one of them
//
// What comes in for an entity goes one way: take hands it to the handler, or
// behind the inputs of the entity that are parked. Parked inputs are rows; which
// entities have some is in memory (parking), so that all others pay nothing.
//
// A handler that fails, or panics, leaves no trace but a dead letter: state,
// children, timers, effects and outputs of that one input are rolled back to
// the savepoint before it, and the transaction goes on.
package task
