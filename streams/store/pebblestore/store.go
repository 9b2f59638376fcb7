package pebblestore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/statedir"
)

// Store is a store.Store on disk. Make it with Open; its methods may be called
// from any goroutine.
type Store struct {
	opts   Options
	dir    *statedir.Dir
	db     *pebble.DB
	faults *faults
	gate   *gate
	dirty  atomic.Bool // something was written since the last flush
	// layered is the size of all layers, in bytes.
	layered atomic.Int64

	closing, flushed chan struct{}

	mu     sync.Mutex
	apps   map[string]uint32 // the dictionary
	spaces map[store.Task]*space
}

var _ store.Store = (*Store)(nil)

// Open opens the store in dir, making it when it is new. Damaged files are put
// aside and replaced by an empty store. It returns statedir.ErrInUse when
// another process has the directory.
func Open(dir string, opts Options) (*Store, error) {
	opts = opts.withDefaults()
	locked, err := statedir.Open(opts.FS, dir)
	if err != nil {
		return nil, err
	}
	s := &Store{
		opts: opts, dir: locked, faults: newFaults(dir, opts), gate: newGate(),
		closing: make(chan struct{}), flushed: make(chan struct{}),
		spaces: make(map[store.Task]*space),
	}
	if s.db, s.apps, err = openRows(dir, opts, s.faults); err != nil {
		return nil, errors.Join(fmt.Errorf("opening state in %s: %w", dir, err), locked.Close())
	}
	go s.flushLoop()
	return s, nil
}

// Instance is statedir.Dir.Instance of the state directory.
func (s *Store) Instance() string { return s.dir.Instance() }

// TransactionalIDs is statedir.Dir.TransactionalIDs of the state directory.
func (s *Store) TransactionalIDs() []string { return s.dir.TransactionalIDs() }

// RememberTransactionalID is statedir.Dir.RememberTransactionalID of the state
// directory.
func (s *Store) RememberTransactionalID(id string) error {
	return s.dir.RememberTransactionalID(id)
}

// Open implements store.Store. Opening a task twice gives the same space.
func (s *Store) Open(app string, partition int32) (store.Partition, error) {
	if app == "" || partition < 0 {
		return nil, fmt.Errorf("opening space %q/%d: the name must not be empty and the partition not negative", app, partition)
	}
	if err := s.gate.enter(); err != nil {
		return nil, err
	}
	defer s.gate.leave()
	s.mu.Lock()
	defer s.mu.Unlock()
	task := store.Task{App: app, Partition: partition}
	if p := s.spaces[task]; p != nil {
		return p, nil
	}
	number, err := s.appNumber(app)
	if err != nil {
		return nil, err
	}
	p := newSpace(s, task, makeHeads(number, task))
	s.spaces[task] = p
	return p, nil
}

// Tasks implements store.Store.
func (s *Store) Tasks() ([]store.Task, error) {
	if err := s.gate.enter(); err != nil {
		return nil, err
	}
	defer s.gate.leave()
	if err := s.sink(); err != nil {
		return nil, err
	}
	names := make(map[uint32]string)
	s.mu.Lock()
	for name, number := range s.apps {
		names[number] = name
	}
	s.mu.Unlock()
	var tasks []store.Task
	err := scan(s.db, []byte{cursorSpace}, []byte{cursorSpace + 1}, func(it *pebble.Iterator) (bool, error) {
		if number, partition, ok := cutHead(it.Key()); ok {
			tasks = append(tasks, store.Task{App: names[number], Partition: partition})
		}
		return true, nil
	})
	return tasks, s.faults.wrap("listing tasks", err)
}

// Flush implements store.Store.
func (s *Store) Flush() error {
	if err := s.gate.enter(); err != nil {
		return err
	}
	defer s.gate.leave()
	return errors.Join(s.sink(), s.faults.wrap("flushing state", s.sync()))
}

// sink writes the layers of all spaces.
func (s *Store) sink() error {
	s.mu.Lock()
	spaces := slices.Collect(maps.Values(s.spaces))
	s.mu.Unlock()
	var errs []error
	for _, p := range spaces {
		errs = append(errs, p.sink())
	}
	return errors.Join(errs...)
}

// Size implements store.Store.
func (s *Store) Size() int64 {
	if s.gate.enter() != nil {
		return 0
	}
	defer s.gate.leave()
	return int64(s.db.Metrics().DiskSpaceUsage())
}

// Close waits for the calls under way, makes everything durable and gives the
// directory back. Later calls return ErrClosed; closing again does nothing.
func (s *Store) Close() error {
	if !s.gate.shut() {
		return nil
	}
	close(s.closing)
	<-s.flushed
	err := errors.Join(s.sink(), s.faults.wrap("closing state", s.db.Close()))
	s.seal()
	return errors.Join(err, s.dir.Close())
}

// appNumber returns the number of a topology, giving it one when it is new. It
// is on disk no later than the first row that uses it, since a log loses only
// its end. s.mu is held.
func (s *Store) appNumber(app string) (uint32, error) {
	if number, ok := s.apps[app]; ok {
		return number, nil
	}
	number := uint32(len(s.apps))
	value := binary.BigEndian.AppendUint32(nil, number)
	if err := s.db.Set(appKey(app), value, pebble.NoSync); err != nil {
		return 0, s.faults.wrap("naming topology "+app, err)
	}
	s.apps[app] = number
	return number, nil
}

// readApps reads the dictionary.
func readApps(db *pebble.DB) (map[string]uint32, error) {
	apps := make(map[string]uint32)
	err := scan(db, []byte{appSpace}, []byte{appSpace + 1}, func(it *pebble.Iterator) (bool, error) {
		value, err := it.ValueAndErr()
		if err != nil {
			return false, err
		}
		if len(value) != 4 {
			return false, fmt.Errorf("reading number of topology %q: %w", it.Key()[1:], errRecord)
		}
		apps[string(it.Key()[1:])] = binary.BigEndian.Uint32(value)
		return true, nil
	})
	return apps, err
}

// scan calls fn at each key in [from, to) until fn returns false or an error.
func scan(db *pebble.DB, from, to []byte, fn func(it *pebble.Iterator) (bool, error)) (err error) {
	it, err := db.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: to})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, it.Close()) }()
	for ok := it.First(); ok; ok = it.Next() {
		if more, err := fn(it); err != nil || !more {
			return err
		}
	}
	return it.Error()
}
