// Package pebblestore keeps the rows of every task of a process in one Pebble
// in the state directory.
//
//	<dir>/LOCK, instance, transactional-ids   package statedir
//	<dir>/rows/                               Pebble
//	<dir>/rows.bad                            why rows must not be opened again
//	<dir>/rows.seal                           what the manifest began with, see seal.go
//	<dir>/quarantine/<time>/                  the newest two that were bad
//
// Local keys, where app is a number that the dictionary gives to a topology:
//
//	'a' name                            the dictionary: app4
//	'c' app4 partition4                 the cursor
//	'r' app4 partition4 changelog key   a row
//	't' app4 partition4 timer entry     package derive
//	'e' app4 partition4 changelog key   an unanswered effect
//
// The store is a cache: the changelog fills it again. So batches are written to
// the log of Pebble without waiting for the disk, and a directory that is
// damaged is put aside and replaced by an empty one at the next Open. What a
// batch wrote appears whole or not at all, and batches vanish only from the end.
//
// Memory: memtables and cached blocks together stay below Options.CacheBytes,
// plus the index blocks of open tables and one batch of each task in flight.
//
// When something is wrong with the disk:
//
//	no space for a table     writes stall, Err says ErrDisk, tries go on, slowly
//	no space for the log     the process ends: Options.Fatal, or Pebble's own
//	                         panic when it was to begin a new log
//	damaged table            the directory is marked; every call says ErrDamaged
//	damaged log or manifest  Open puts the directory aside
package pebblestore
