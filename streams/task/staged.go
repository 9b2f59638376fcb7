package task

import (
	"bytes"
	"slices"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

// Staged returns the rows as the transaction under way has made them so far,
// until the task handles its next input.
func (t *Task) Staged() store.Reader { return staged{t} }

type staged struct{ task *Task }

// Get implements store.Reader.
func (s staged) Get(key []byte) ([]byte, error) {
	t := s.task
	if bytes.Equal(key, changelog.MarkKey) {
		return t.mark.Append(nil), nil
	}
	if n := changelog.Prefix(key); n > 0 && n < len(key) {
		if inst := t.cache.get(key[:n]); inst != nil && inst.touched {
			if value, changed, err := inst.staged(string(key[n:])); changed || err != nil {
				return value, err
			}
		}
	}
	return t.rows.Get(key)
}

// staged returns a row that the transaction has changed.
func (i *instance) staged(sub string) (value []byte, changed bool, err error) {
	if sub == string(changelog.State) && i.dirty {
		value, err = i.encode()
		return value, true, err
	}
	value, changed = i.rows[sub]
	return bytes.Clone(value), changed, nil
}

// Scan implements store.Reader: the committed rows, with those of the
// transaction in their places.
func (s staged) Scan(prefix, from []byte, fn func(key, value []byte) bool) error {
	over, err := s.overlay(prefix, from)
	if err != nil {
		return err
	}
	more := true
	give := func(row changelog.Row) {
		if more && row.Value != nil {
			more = fn(row.Key, row.Value)
		}
	}
	err = s.task.rows.Scan(prefix, from, func(key, value []byte) bool {
		for len(over) > 0 && bytes.Compare(over[0].Key, key) < 0 {
			give(over[0])
			over = over[1:]
		}
		if len(over) > 0 && bytes.Equal(over[0].Key, key) {
			give(over[0])
			over = over[1:]
		} else if more {
			more = fn(key, value)
		}
		return more
	})
	if err != nil {
		return err
	}
	for _, row := range over {
		give(row)
	}
	return nil
}

// overlay lists the rows that the transaction has changed, in key order; a nil
// value is a deletion.
func (s staged) overlay(prefix, from []byte) ([]changelog.Row, error) {
	var rows []changelog.Row
	add := func(inst *instance, sub string) error {
		key := inst.rowKey(sub)
		if !bytes.HasPrefix(key, prefix) || bytes.Compare(key, from) < 0 {
			return nil
		}
		value, _, err := inst.staged(sub)
		rows = append(rows, changelog.Row{Key: key, Value: value})
		return err
	}
	for _, inst := range s.task.touched {
		if inst.dirty {
			if err := add(inst, string(changelog.State)); err != nil {
				return nil, err
			}
		}
		for sub := range inst.rows {
			if err := add(inst, sub); err != nil {
				return nil, err
			}
		}
	}
	slices.SortFunc(rows, func(a, b changelog.Row) int { return bytes.Compare(a.Key, b.Key) })
	return rows, nil
}
