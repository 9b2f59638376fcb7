// Package kafka is how a process reaches its Kafka: options for plain clients,
// topics that are as they were declared, and an embedded broker for
// development.
//
// The embedded broker is franz-go's kfake with its data directory. It answers
// transactions, groups and static membership like Kafka, but five things about
// it decide how this package treats it:
//
//   - It reopens a folder by reading all of it, so the folder must stay small.
//   - It trims only when told, and only by what a topic's own retention says.
//     The broker defaults here are unlimited, because it also trims compacted
//     topics by age.
//   - It compacts without looking at open transactions: a record that a later
//     abort takes back would already have displaced the committed one. Its own
//     timer is therefore off, and compaction runs only while the broker itself
//     shows that no transaction is open.
//   - It compacts by deleting a partition's files and writing them again. A
//     second set of hard links stands beside them meanwhile, and a folder that
//     still has it at the start is put back.
//   - It moves a compacted partition's log start up to the first record kept.
//     A reader below it gets OFFSET_OUT_OF_RANGE and must start from the log
//     start.
package kafka
