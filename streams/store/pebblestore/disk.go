package pebblestore

import (
	"fmt"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// Disk is the state of the disk that the state directory is on.
type Disk struct {
	Free, Total uint64 // bytes
	Mark        uint64 // the free bytes below which it is Low
	// Low says that intake should stop: Pebble ends the process when it cannot
	// write its log.
	Low bool
}

const defaultLow = 2 << 30

// Disk measures the free space. Where that cannot be known, as in memory, the
// answer is zero and not Low.
func (s *Store) Disk() Disk {
	usage, err := s.opts.FS.GetDiskUsage(s.dir.Path())
	if err != nil {
		return Disk{}
	}
	low := s.opts.LowBytes
	if low == 0 {
		low = min(usage.TotalBytes/10, defaultLow)
	}
	return Disk{Free: usage.AvailBytes, Total: usage.TotalBytes, Mark: low, Low: usage.AvailBytes < low}
}

// Err returns what is wrong with the store: nil, ErrDamaged (restart), or
// ErrDisk (make space; it holds as long as a background job failed lately).
func (s *Store) Err() error {
	if err := s.faults.check(); err != nil {
		return err
	}
	return s.faults.recent(10 * time.Second)
}

// Damaged is closed when the store has met damage: from then on every call fails,
// and only the next Open helps.
func (s *Store) Damaged() <-chan struct{} { return s.faults.known }

// flushLoop writes the layers every LayerEvery, and moves rows from the log to
// tables every FlushEvery, which bounds what a damaged log can cost and what Open
// has to read again. After each flush it seals the manifest.
func (s *Store) flushLoop() {
	defer close(s.flushed)
	layers, tables := time.NewTicker(s.opts.LayerEvery), time.NewTicker(s.opts.FlushEvery)
	defer layers.Stop()
	defer tables.Stop()
	for {
		select {
		case <-s.closing:
			return
		case <-layers.C:
			if err := s.sink(); err != nil && s.faults.check() == nil {
				s.faults.background(fmt.Errorf("writing layers: %w", err))
			}
			continue
		case <-s.faults.unsealed:
			s.seal()
			continue
		case <-tables.C:
		}
		if !s.dirty.Swap(false) {
			continue
		}
		if _, err := s.db.AsyncFlush(); err != nil {
			s.faults.background(fmt.Errorf("starting flush: %w", err))
		}
	}
}

// sync makes the log, and with it every batch so far, survive a crash of the
// machine.
func (s *Store) sync() error { return s.db.LogData(nil, pebble.Sync) }
