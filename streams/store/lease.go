package store

import (
	"fmt"
	"sync"
)

// Role says what the holder of a lease does with its task's space.
type Role byte

const (
	// Warm spaces belong to nobody; they are kept for a later owner.
	Warm Role = iota
	// Standby spaces follow the changelog of a task that another process owns.
	Standby
	// Restoring spaces catch up before their task becomes active.
	Restoring
	// Active spaces are written by the task's transactions.
	Active
)

// Task names one task of one topology.
type Task struct {
	App       string
	Partition int32
}

// Lease is the right to write a task's space, start its effects and publish its
// views, until somebody takes the next one.
type Lease struct {
	Task    Task
	Role    Role
	Counter uint64
	table   *Leases
}

// Leases is the table of leases of a process: at most one is current per task.
// The zero value is ready.
type Leases struct {
	mu      sync.RWMutex
	current map[Task]Lease
	counter uint64
}

// Take makes a new current lease for task; the one before it is void from then
// on, also for writes that were begun and wait for the table.
func (l *Leases) Take(task Task, role Role) Lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.take(task, role)
}

func (l *Leases) take(task Task, role Role) Lease {
	if l.current == nil {
		l.current = make(map[Task]Lease)
	}
	l.counter++
	lease := Lease{Task: task, Role: role, Counter: l.counter, table: l}
	l.current[task] = lease
	return lease
}

// TakeWarm is Take for a space that nobody uses; free is false when somebody does.
func (l *Leases) TakeWarm(task Task) (lease Lease, free bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current[task].Role != Warm {
		return Lease{}, false
	}
	return l.take(task, Warm), true
}

// Current returns the current lease of task; its role is Warm when there is none.
func (l *Leases) Current(task Task) Lease {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.current[task]
}

// Hold runs fn while no other lease of the table can be taken, if this lease is
// current; else it returns ErrLeaseLost. fn must not wait for the network.
func (l Lease) Hold(fn func() error) error {
	if l.table == nil {
		return ErrLeaseLost
	}
	l.table.mu.RLock()
	defer l.table.mu.RUnlock()
	if l.table.current[l.Task].Counter != l.Counter {
		return ErrLeaseLost
	}
	return fn()
}

// HoldFor is Hold for a write to the space of task, which must be the lease's own.
func (l Lease) HoldFor(task Task, fn func() error) error {
	if l.Task != task {
		return fmt.Errorf("writing %s/%d under the lease of %s/%d: %w", task.App, task.Partition, l.Task.App, l.Task.Partition, ErrLeaseLost)
	}
	return l.Hold(fn)
}

// Valid says whether the lease is still current.
func (l Lease) Valid() bool { return l.Hold(func() error { return nil }) == nil }
