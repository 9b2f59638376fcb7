package streams

import (
	"fmt"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

// Committed gives the committed rows of tasks to readers: an App gives those it
// owns, a test driver all.
type Committed interface {
	// Rows returns the rows of the task that owns key in topology app.
	Rows(app, key string) (store.Reader, error)
	// AllRows returns the rows of every task of topology app that is active here.
	AllRows(app string) ([]store.Reader, error)
	// TableRows returns the rows of a partitioned table that the task has which
	// owns key, and its partition.
	TableRows(app, topic, key string) (rows store.Reader, partition int32, err error)
}

// Get reads the committed state of a key; nil when there is none.
func (e *Entity[S]) Get(from Committed, key string) (*S, error) {
	rows, err := from.Rows(e.topology.Name(), key)
	if err != nil {
		return nil, err
	}
	b, err := rows.Get(append(changelog.AppendEntity(nil, e.spec.Name, key), byte(changelog.State)))
	if err != nil || b == nil {
		return nil, err
	}
	return decodeInto(e.codec, b, e.spec.Name, key)
}

// Scan calls fn with each committed state of this process, in no order that
// means anything, until fn returns false.
func (e *Entity[S]) Scan(from Committed, fn func(key string, state *S) bool) error {
	all, err := from.AllRows(e.topology.Name())
	if err != nil {
		return err
	}
	prefix := changelog.AppendEntityName(nil, e.spec.Name)
	for _, rows := range all {
		var failed error
		more := true
		err := rows.Scan(prefix, nil, func(b, value []byte) bool {
			n := changelog.Prefix(b)
			if n == 0 || changelog.Kind(b[n]) != changelog.State {
				return true
			}
			k, err := changelog.Parse(b)
			if err != nil {
				failed = err
				return false
			}
			state, err := decodeInto(e.codec, value, e.spec.Name, k.Key)
			if err != nil {
				failed = err
				return false
			}
			more = fn(k.Key, state)
			return more
		})
		if failed != nil || err != nil || !more {
			return firstOf(failed, err)
		}
	}
	return nil
}

// Read returns the committed children of a key in the order of ids.
func (c *Children[C]) Read(from Committed, key string) ([]*C, error) {
	rows, err := from.Rows(c.app, key)
	if err != nil {
		return nil, err
	}
	prefix := changelog.AppendChild(changelog.AppendEntity(nil, c.entity, key), c.name, "")
	var all []*C
	var failed error
	err = rows.Scan(prefix, nil, func(b, value []byte) bool {
		child, err := decodeInto(c.codec, value, c.name, string(b[len(prefix):]))
		if err != nil {
			failed = err
			return false
		}
		all = append(all, child)
		return true
	})
	return all, firstOf(failed, err)
}

func decodeInto[T any](codec Codec[T], b []byte, what, key string) (*T, error) {
	v := new(T)
	if err := codec.Decode(b, v); err != nil {
		return nil, fmt.Errorf("decoding %s %q: %w", what, key, err)
	}
	return v, nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
