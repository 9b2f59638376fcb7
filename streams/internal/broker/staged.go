package broker

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"github.com/millrace/millrace/streams/store"
)

// Staged calls fn on the task's lane between two of its inputs, with the rows as
// the transaction under way has them. It returns when fn has, or when fn will
// not be called any more: then with ctx's error, ErrRestoring or a NotOwnerError.
func (r *Runtime) Staged(ctx context.Context, partition int32, fn func(store.Reader) error) error {
	s, err := r.active(partition)
	if err != nil {
		return err
	}
	r.mu.Lock()
	l := s.lane
	r.mu.Unlock()
	if l == nil {
		return ErrRestoring
	}
	var taken atomic.Bool // by the lane, or by whoever waited too long
	done := make(chan error, 1)
	l.post(func() {
		if !taken.CompareAndSwap(false, true) {
			return
		}
		if !l.has(s) || !s.lease.Valid() {
			done <- ErrRestoring
			return
		}
		done <- guarded(func() error { return fn(s.core.Staged()) })
	})
	late := ErrRestoring
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		late = fmt.Errorf("waiting for task %s/%d: %w", s.task.App, partition, context.Cause(ctx))
	case <-s.gone:
	case <-r.ctx.Done():
	}
	if taken.CompareAndSwap(false, true) {
		return late
	}
	return <-done
}

// guarded turns a panic into an error: the lane must go on.
func guarded(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("staged read panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return fn()
}
