// Package store holds the committed rows of tasks on the local disk. A store is
// a cache with a cursor: the changelog topic is the truth, and a store that
// lost its tail, or all of it, is filled again from there.
//
// pebblestore keeps rows in Pebble, memstore in memory; storetest is the
// contract as a test suite that both pass.
package store

import (
	"errors"
	"time"

	"github.com/millrace/millrace/streams/changelog"
)

// ErrLeaseLost is returned by writes whose lease is no longer the current one:
// the task was revoked meanwhile. The batch was dropped; the changelog has it.
var ErrLeaseLost = errors.New("lease lost")

// Store holds the rows of every task of a process.
type Store interface {
	// Open returns the space of one task of the topology app, making it when it
	// is new.
	Open(app string, partition int32) (Partition, error)
	// Tasks lists the tasks whose spaces have a cursor, in no order.
	Tasks() ([]Task, error)
	// Flush makes everything written so far survive a crash of the machine.
	Flush() error
	// Size is the disk space used, in bytes.
	Size() int64
	Close() error
}

// Identity names the changelog partition a space was filled from. Rows filled
// from one changelog must never be completed from another.
type Identity struct {
	Cluster string
	TopicID [16]byte
	Format  int // version of the local layout
}

// Cursor says how far a space has followed its changelog.
type Cursor struct {
	Identity Identity
	// Next is the offset of the first changelog record that is not applied.
	Next int64
	// AppliedAt is when the last batch was applied: a copy older than the
	// changelog's delete.retention.ms may miss tombstones.
	AppliedAt time.Time
}

// Batch is one step along the changelog: rows, and the cursor after them. Rows
// are applied in order, all or none. Their values are the store's from Apply on
// and must not be changed any more; keys and the slice are not kept.
type Batch struct {
	Rows   []changelog.Row
	Cursor Cursor
}

// Reader reads the committed rows of one task.
type Reader interface {
	// Get returns a copy of the row's value, or nil when there is none.
	Get(key []byte) ([]byte, error)
	// Scan calls fn with each row whose key begins with prefix and is not below
	// from (nil for the start), in key order, until fn returns false. The slices
	// are valid only inside fn and not to be changed; fn may read and write the
	// store, and the scan goes on over the rows as they were when it began.
	Scan(prefix, from []byte, fn func(key, value []byte) bool) error
}

// Partition is the space of one task.
type Partition interface {
	Reader
	// Cursor returns how far the space is; ok is false for a new or wiped one.
	Cursor() (c Cursor, ok bool, err error)
	// Apply writes b in one atomic batch, together with the derived indexes, if
	// lease is still current; else it returns ErrLeaseLost and writes nothing. A
	// row that cannot be understood fails the whole batch with
	// changelog.ErrFormat.
	Apply(lease Lease, b Batch) error
	// DueTimers calls fn with the keys of timer rows that the index has due at
	// or before until, earliest first, until fn returns false; key is valid only
	// inside fn. An entry whose row is gone or says otherwise is void: the caller
	// compares and passes it to DropTimers. next is when the first entry is due
	// that fn did not get, zero when there is none.
	DueTimers(clock changelog.Clock, until time.Time, fn func(due time.Time, key []byte) bool) (next time.Time, err error)
	// DropTimers removes those of the index entries that are void; one whose row
	// asks for it again meanwhile stays.
	DropTimers(clock changelog.Clock, void []DueTimer) error
	// Effects calls fn with each unanswered effect row, in key order, until fn
	// returns false. The slices are valid only inside fn.
	Effects(fn func(key, value []byte) bool) error
	// Wipe removes every row, index and the cursor, if lease is current.
	Wipe(lease Lease) error
}

// DueTimer is an entry of the timer index.
type DueTimer struct {
	Due time.Time
	Key []byte
}
