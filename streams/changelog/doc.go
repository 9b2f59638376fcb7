// Package changelog defines what a topology writes to its changelog topic and
// keeps in its store: the keys of rows, the values the runtime itself owns
// (timers, effects, the mark) and how they are encoded.
//
// This is the on-disk format of the runtime. A change here needs a new version
// byte and code that reads the old one, because changelogs live for years.
//
// A topology named app has one changelog topic, app.changelog, with as many
// partitions as its inputs. Partition p holds the rows of task p:
//
//	lp(entity) lp(key) 'S'                        the state of an entity
//	lp(entity) lp(key) 'C' lp(collection) child   one child
//	lp(entity) lp(key) 'T' name                   one timer
//	lp(entity) lp(key) 'E' lp(destination) seq8   one effect that is not answered yet
//	lp(entity) lp(key) 'P' seq8                   one parked input
//	0x00 'P' lp(entity) lp(key)                   the queue of parked inputs of an entity
//	0x00 'M'                                      the mark of the task
//	0x00 'D'                                      the layout: what the rows are
//
// where lp is an unsigned varint length followed by the bytes, and seq8 is a
// big-endian uint64. An empty value (tombstone) deletes the row.
//
// The row of a timer that fired, or of an effect that was answered, while its
// entity has parked inputs stays until its turn comes: a handler may still void
// it. It has the waiting bit in its version byte and is in no index.
//
// Each value begins with its version. Timers and effects have version 1, or 2 if
// there is more to say: behind a timer stands the trace context of the input
// that set it, and an effect has lp(class) lp(trace context) before its request.
package changelog
