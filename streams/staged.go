package streams

import (
	"context"
	"fmt"

	"github.com/millrace/millrace/streams/store"
)

// Staged calls fn between two records of the task that owns key in topology app.
// What fn reads from its argument is what the task has made so far, committed or
// not, and nothing changes meanwhile: rows that belong together are seen
// together. What is seen may yet be dropped and made anew, so a promise to
// anybody outside needs a committed read. fn keeps the task from its records: it
// must be quick, and must not keep what it is given. It returns fn's error, ctx's
// error when fn was not called in time, ErrRestoring or a NotOwnerError.
func (a *App) Staged(ctx context.Context, app, key string, fn func(Committed) error) error {
	r, err := a.runtime(app)
	if err != nil {
		return err
	}
	p := a.Partition(app, []byte(key))
	if p < 0 {
		return ErrRestoring
	}
	return r.Staged(ctx, p, func(rows store.Reader) error {
		return fn(&staged{app: a, name: app, partition: p, rows: rows})
	})
}

// staged reads the rows of one task.
type staged struct {
	app       *App
	name      string
	partition int32
	rows      store.Reader
}

func (s *staged) check(app, key string) error {
	if app != s.name || s.app.Partition(app, []byte(key)) != s.partition {
		return fmt.Errorf("reading %q of %s in a staged read of %s/%d: it is of another task", key, app, s.name, s.partition)
	}
	return nil
}

// Rows implements Committed.
func (s *staged) Rows(app, key string) (store.Reader, error) {
	return s.rows, s.check(app, key)
}

// AllRows implements Committed: those of the one task.
func (s *staged) AllRows(app string) ([]store.Reader, error) {
	if app != s.name {
		return nil, fmt.Errorf("reading %s in a staged read of %s", app, s.name)
	}
	return []store.Reader{s.rows}, nil
}

// TableRows implements Committed.
func (s *staged) TableRows(app, topic, key string) (store.Reader, int32, error) {
	if err := s.check(app, key); err != nil {
		return nil, 0, err
	}
	return s.app.TableRows(app, topic, key)
}
