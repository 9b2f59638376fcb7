// Package broker runs one topology against Kafka: it is the shell around the
// pure core of package task.
//
// # What lives where
//
//	Runtime  owns everything of one topology in this process
//	member   the group membership; fetches nothing itself
//	reader   the client that reads the inputs of active tasks
//	tail     the client that follows changelogs (to restore) and tables
//	lane     a goroutine with a transactional producer; runs tasks
//	slot     one assigned task, from its assignment until it is given back
//
// A slot is restored by the tail, then it belongs to one lane until it is
// revoked or the lane has to recover. Only the lane touches its core.
//
// # Lock order
//
// Runtime.mu, then lane.mu. Neither is held over the network, the store or a
// handler. Clients call back into member on goroutines of their own.
//
// # What was not obvious
//
//   - kgo's own transactional session is not used: a member that was thrown out
//     rejoins silently under a new member id and the session commits for it.
//     Each slot remembers the member id it was assigned under, and a lane
//     refuses to commit when the client shows another one.
//   - The group client fetches nothing, because rewinding its cursors races with
//     its own offset loads. Inputs are read by a client without a group, at
//     offsets given by hand, and only the goroutine that polls changes them: so
//     no record of an earlier start can arrive after a later one.
//   - Every consumer keeps control records: the last offset of a log is the
//     marker of a transaction, and without seeing it a restore never ends.
//   - A producer's End reports a commit although an output failed; so promises
//     are checked before.
package broker
