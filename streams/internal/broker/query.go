package broker

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/millrace/millrace/streams/store"
)

// ErrRestoring is returned for a task of this process that is not active yet.
var ErrRestoring = errors.New("task is being restored; try again")

// NotOwnerError is returned for a task that another process has.
type NotOwnerError struct {
	// Address of the owner; empty while the task moves or when it told none.
	Address string
}

// Error implements error.
func (e *NotOwnerError) Error() string {
	if e.Address == "" {
		return "task is not owned here, and its owner is not known yet"
	}
	return "task is owned by " + e.Address
}

// Ready returns nil when the group has assigned tasks, the tables are copied
// and every task of this process is active and reads; else what is missing.
func (r *Runtime) Ready() error {
	select {
	case <-r.tablesReady:
	default:
		return fmt.Errorf("topology %s: tables are being copied", r.opts.Topology.App)
	}
	if r.onlyTables() {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.started || r.closing || !r.member.ready() {
		return fmt.Errorf("topology %s: not in its group", r.opts.Topology.App)
	}
	var missing []error
	for _, s := range r.all() {
		if s.phase != active {
			missing = append(missing, fmt.Errorf("task %s/%d is %s%s", s.task.App, s.task.Partition, s.phase, because(s.err)))
		} else if err := s.crowding(); err != nil {
			missing = append(missing, err)
		}
	}
	return errors.Join(missing...)
}

func because(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}

// active returns the slot of a task that is active here.
func (r *Runtime) active(partition int32) (*slot, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.slots[partition]
	switch {
	case s != nil && s.phase == active && !s.lease.Valid():
		return nil, store.ErrLeaseLost
	case s != nil && s.phase == active:
		return s, nil
	case s != nil:
		return nil, ErrRestoring
	case !r.started:
		return nil, ErrRestoring
	}
	if o, ok := r.member.owners().Owner(partition); ok && o.Instance != r.opts.Instance {
		return nil, &NotOwnerError{Address: o.Address}
	}
	return nil, &NotOwnerError{}
}

// Rows returns the committed rows of a task that is active here, else
// ErrRestoring or a NotOwnerError.
func (r *Runtime) Rows(partition int32) (store.Reader, error) {
	s, err := r.active(partition)
	if err != nil {
		return nil, err
	}
	return s.rows, nil
}

// TableRows returns the rows of a partitioned table that a task has, under the
// conditions of Rows.
func (r *Runtime) TableRows(topic string, partition int32) (store.Reader, error) {
	s, err := r.active(partition)
	if err != nil {
		return nil, err
	}
	if c := s.tables[topic]; c != nil {
		return c.rows, nil
	}
	return nil, fmt.Errorf("topology %s has no partitioned table %s", r.opts.Topology.App, topic)
}

// AllRows returns the committed rows of every task that is active here.
func (r *Runtime) AllRows() []store.Reader {
	var list []store.Reader
	for _, s := range r.activeSlots() {
		list = append(list, s.rows)
	}
	return list
}

// activeSlots lists the slots whose tasks are active here, by partition.
func (r *Runtime) activeSlots() []*slot {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(r.all(), func(s *slot) bool { return s.phase != active })
}

// Await returns when the record at offset of an input was handled and committed
// here, else with ctx's error, ErrRestoring or a NotOwnerError.
func (r *Runtime) Await(ctx context.Context, topic string, partition int32, offset int64) error {
	if !slices.Contains(r.opts.inputs, topic) {
		return fmt.Errorf("waiting for offset %d of %s/%d: topology %s does not read it", offset, topic, partition, r.opts.Topology.App)
	}
	for {
		s, err := r.active(partition)
		if err != nil {
			return err
		}
		ok, changed := s.progress.reached(topic, offset)
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-s.gone:
		case <-ctx.Done():
			return fmt.Errorf("waiting for offset %d of %s/%d: %w", offset, topic, partition, context.Cause(ctx))
		}
	}
}

// Partitions is how many tasks the topology has; 0 before Run has started.
func (r *Runtime) Partitions() int32 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.started {
		return 0
	}
	return r.cluster.partitions
}

// Lag returns how many offsets of the inputs the active tasks of this process
// have not committed, markers included.
func (r *Runtime) Lag(ctx context.Context) (int64, error) {
	r.mu.Lock()
	slots, started := r.all(), r.started
	r.mu.Unlock()
	if !started || len(slots) == 0 {
		return 0, nil
	}
	topics := r.opts.inputs
	ends, err := kadm.NewClient(r.tail.client).ListEndOffsets(ctx, topics...)
	if err != nil {
		return 0, fmt.Errorf("listing end offsets: %w", err)
	}
	var lag int64
	for _, s := range slots {
		for _, topic := range topics {
			if end, ok := ends.Lookup(topic, s.task.Partition); ok && end.Err == nil {
				lag += max(0, end.Offset-s.progress.get(topic))
			}
		}
	}
	return lag, nil
}
