package pebblestore

import (
	"os"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/rs/zerolog"
)

// format is the layout of Pebble's files. It is named, not "newest", so that a
// newer library does not change files unasked; it may only ever grow.
const format = pebble.FormatValueSeparation

// Options tunes a store; the zero value is ready for production.
type Options struct {
	// FS is the file system. Default vfs.Default.
	FS vfs.FS
	// Logger takes what Pebble has to say, at most 10 lines a second.
	Logger zerolog.Logger
	// CacheBytes bounds memtables and cached blocks together, in bytes. Default
	// 256 MiB, at least four memtables.
	CacheBytes int64
	// MemTableBytes is the size of one memtable, of which at most two exist.
	// Default 64 MiB.
	MemTableBytes uint64
	// LayerBytes bounds the committed rows that wait in memory to be written to
	// Pebble, all spaces together, in bytes. Default 64 MiB.
	LayerBytes int64
	// LayerEvery bounds how long they wait. Default 1 s.
	LayerEvery time.Duration
	// FlushEvery bounds how long a row stays in the log only. Default 30 s.
	FlushEvery time.Duration
	// LowBytes is the free space, in bytes, under which Disk says Low. Default
	// 2 GiB, or a tenth of the disk if that is less.
	LowBytes uint64
	// Fatal is called after Pebble has met an error it cannot go on from, and
	// must not return. Default: os.Exit(1); the changelog heals what is lost.
	Fatal func(reason string)
}

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.MemTableBytes == 0 {
		o.MemTableBytes = 64 << 20
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = 256 << 20
	}
	o.CacheBytes = max(o.CacheBytes, 4*int64(o.MemTableBytes))
	if o.LayerBytes == 0 {
		o.LayerBytes = 64 << 20
	}
	if o.LayerEvery == 0 {
		o.LayerEvery = time.Second
	}
	if o.FlushEvery == 0 {
		o.FlushEvery = 30 * time.Second
	}
	if o.Fatal == nil {
		o.Fatal = func(string) { os.Exit(1) }
	}
	return o
}

// pebble returns Pebble's own options; faults hear of what goes wrong.
func (o Options) pebble(f *faults) *pebble.Options {
	p := &pebble.Options{
		FS:                          o.FS,
		FormatMajorVersion:          format,
		CacheSize:                   o.CacheBytes,
		MemTableSize:                o.MemTableBytes,
		MemTableStopWritesThreshold: 2,
		CompactionConcurrencyRange:  func() (int, int) { return 1, 2 },
		BytesPerSync:                1 << 20, // smooth out writes of tables
		WALBytesPerSync:             1 << 20,
		Logger:                      f.logger,
		EventListener: &pebble.EventListener{
			BackgroundError: f.background,
			DataCorruption:  f.corruption,
			FlushEnd:        f.flushed,
		},
	}
	// Get never asks the filters of the last level, so that level has none.
	last := len(p.Levels) - 1
	for i := range p.Levels[:last] {
		p.Levels[i].FilterPolicy = bloom.FilterPolicy(10)
	}
	p.Levels[last].FilterPolicy = pebble.NoFilterPolicy
	return p
}
