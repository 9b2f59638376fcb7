// Package memstore keeps the rows of tasks in memory, in order. It serves the
// test driver and simulations, which make thousands of stores: an empty one
// costs two small maps. Spaces outlive Close, so that a test can open the same
// store again after its process "crashed".
package memstore

import (
	"sync"

	"github.com/millrace/millrace/streams/store"
)

// Store is a store.Store in memory. Make it with New.
type Store struct {
	mu     sync.Mutex
	spaces map[store.Task]*space
}

var _ store.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store { return &Store{spaces: make(map[store.Task]*space)} }

// Open implements store.Store; it never fails.
func (s *Store) Open(app string, partition int32) (store.Partition, error) {
	task := store.Task{App: app, Partition: partition}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.spaces[task]
	if p == nil {
		p = &space{task: task}
		s.spaces[task] = p
	}
	return p, nil
}

// Tasks implements store.Store.
func (s *Store) Tasks() ([]store.Task, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var tasks []store.Task
	for task, p := range s.spaces {
		if _, ok, _ := p.Cursor(); ok {
			tasks = append(tasks, task)
		}
	}
	return tasks, nil
}

// Flush implements store.Store; memory has nothing to flush.
func (s *Store) Flush() error { return nil }

// Size implements store.Store: the bytes of all rows, keys and values. It walks
// over every row.
func (s *Store) Size() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n int64
	for _, p := range s.spaces {
		n += p.size()
	}
	return n
}

// Close implements store.Store; the rows stay for the next user of s.
func (s *Store) Close() error { return nil }
