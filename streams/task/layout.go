package task

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

// ErrIncompatible is wrapped by the refusal of rows that this program cannot
// read, or would leave behind unread.
var ErrIncompatible = errors.New("the rows do not fit this program")

// Schema is what a codec tells about the bytes it writes.
type Schema struct {
	// Text is empty when the codec tells nothing.
	Text string
	// CanRead returns why bytes of another schema cannot be read; nil never
	// refuses.
	CanRead func(written string) error
}

// layout lists what the topology keeps.
func (t *Topology) layout() changelog.Layout {
	var l changelog.Layout
	for _, e := range t.Entities {
		if e.Stateless {
			continue
		}
		l.Parts = append(l.Parts, changelog.Part{Kind: changelog.State, Entity: e.Name, Schema: e.Schema.Text})
		for _, c := range e.Children {
			l.Parts = append(l.Parts, changelog.Part{Kind: changelog.Child, Entity: e.Name, Name: c.Name, Schema: c.Schema.Text})
		}
		for name, d := range e.Destinations {
			l.Parts = append(l.Parts, changelog.Part{Kind: changelog.Effect, Entity: e.Name, Name: name, Schema: d.Schema.Text})
		}
	}
	slices.SortFunc(l.Parts, changelog.Part.Compare)
	return l
}

// schema finds how the topology reads a part; declared is false when it does not
// keep such a thing.
func (t *Topology) schema(p changelog.Part) (s Schema, declared bool) {
	e := t.Entity(p.Entity)
	if e == nil || e.Stateless {
		return s, false
	}
	switch p.Kind {
	case changelog.State:
		return e.Schema, true
	case changelog.Child:
		at := slices.IndexFunc(e.Children, func(c Collection) bool { return c.Name == p.Name })
		if at >= 0 {
			return e.Children[at].Schema, true
		}
	case changelog.Effect:
		if d := e.Destinations[p.Name]; d != nil {
			return d.Schema, true
		}
	}
	return s, false
}

// Declares says whether the topology keeps such a thing.
func (t *Topology) Declares(p changelog.Part) bool {
	_, declared := t.schema(p)
	return declared
}

// retires says whether a part is to be deleted.
func (t *Topology) retires(p changelog.Part) bool {
	return slices.ContainsFunc(t.Retired, func(r changelog.Part) bool { return r.Compare(p) == 0 })
}

// adapt compares the layout that the rows were written by with the topology's
// own. It refuses what the topology cannot read, and prepares the deletion of
// what it retires. Rows without a layout are of a program older than layouts.
func (t *Task) adapt() error {
	t.layout = t.topology.layout().Append(nil)
	var err error
	if t.written, err = t.rows.Get(changelog.LayoutKey); err != nil {
		return fmt.Errorf("reading layout of %s/%d: %w", t.topology.App, t.opts.Partition, err)
	}
	if t.written == nil {
		t.sweep.parts = t.topology.Retired
		return nil
	}
	written, err := changelog.ReadLayout(t.written)
	if err != nil {
		return fmt.Errorf("layout of %s/%d: %w: %w: run the newer program, or one that reads what it wrote", t.topology.App, t.opts.Partition, ErrIncompatible, err)
	}
	for _, part := range written.Parts {
		if t.topology.retires(part) {
			t.sweep.parts = append(t.sweep.parts, part)
			continue
		}
		if err := t.judge(part); err != nil {
			return err
		}
	}
	return nil
}

// judge refuses a part whose rows the topology would misread or not read at all.
func (t *Task) judge(p changelog.Part) error {
	s, declared := t.topology.schema(p)
	_, whole := t.topology.schema(changelog.Part{Kind: changelog.State, Entity: p.Entity})
	switch {
	case p.Kind != changelog.State && !whole:
		return nil // the entity itself is judged
	case !declared:
		some, err := anyRow(t.rows, p)
		if err != nil || !some {
			return err
		}
		return fmt.Errorf("%s: %w: it has rows but is not declared; declare it again, under the name it had, or delete its rows with %s",
			describe(p), ErrIncompatible, retirement(p))
	case p.Schema == s.Text:
		return nil
	case p.Schema == "" && t.topology.Entity(p.Entity).Windows != nil:
		return fmt.Errorf("%s: %w: its rows are of no windows; give the windows a name of their own", describe(p), ErrIncompatible)
	case p.Schema == "":
		return nil
	case s.Text == "":
		return fmt.Errorf("%s: %w: its rows have a schema (%.80q) of which this program's codec knows nothing; use the codec they were written by", describe(p), ErrIncompatible, p.Schema)
	case s.CanRead == nil:
		return nil
	}
	if err := s.CanRead(p.Schema); err != nil {
		return fmt.Errorf("%s: %w: %w; run a program that reads its rows, or write them anew", describe(p), ErrIncompatible, err)
	}
	return nil
}

func describe(p changelog.Part) string {
	switch p.Kind {
	case changelog.Child:
		return fmt.Sprintf("collection %s of entity %s", p.Name, p.Entity)
	case changelog.Effect:
		return fmt.Sprintf("destination %s of entity %s", p.Name, p.Entity)
	}
	return "entity " + p.Entity
}

func retirement(p changelog.Part) string {
	switch p.Kind {
	case changelog.Child:
		return "Entity.RetireChildren"
	case changelog.Effect:
		return "Entity.RetireDestination"
	}
	return "Topology.Retire"
}

// anyRow says whether a part has rows. It walks over the entity's rows until it
// finds one.
func anyRow(rows store.Reader, p changelog.Part) (some bool, err error) {
	err = rows.Scan(changelog.AppendEntityName(nil, p.Entity), nil, func(key, _ []byte) bool {
		some = p.Has(key)
		return !some
	})
	if err != nil {
		return false, fmt.Errorf("looking for rows of %s: %w", describe(p), err)
	}
	return some, nil
}

// sweep deletes the rows of retired parts, some in each transaction.
type sweep struct {
	parts []changelog.Part
	// at and from say where to go on; the committed ones, where to begin after an
	// abort. at counts each part twice: rows, then queues of parked inputs.
	at, committedAt     int
	from, committedFrom []byte
	rows                []changelog.Row // deletions of the transaction
}

// sweepVisits bounds the rows that one Sweep looks at: those of a retired
// collection stand among the others of its entity.
const sweepVisits = 20_000

// Sweep deletes rows of retired parts, at most limit, and says whether any may
// be left. As long as there are, the task must handle nothing.
func (t *Task) Sweep(limit int) (more bool, err error) {
	s := &t.sweep
	for s.at < 2*len(s.parts) {
		part, visits := s.parts[s.at/2], sweepVisits
		var next []byte
		err := t.rows.Scan(part.Prefix(s.at%2 == 1), s.from, func(key, _ []byte) bool {
			if visits == 0 || limit == 0 {
				next = bytes.Clone(key)
				return false
			}
			visits--
			if part.Has(key) {
				limit--
				s.rows = append(s.rows, changelog.Row{Key: bytes.Clone(key)})
			}
			return true
		})
		if err != nil {
			return true, fmt.Errorf("deleting rows of %s: %w", describe(part), err)
		}
		if s.from = next; next != nil {
			return true, nil
		}
		s.at++
	}
	return false, nil
}

// sweeps says whether a row is of a retired part.
func (t *Task) sweeps(key []byte) bool {
	return slices.ContainsFunc(t.sweep.parts, func(p changelog.Part) bool { return p.Has(key) })
}

// layoutRow appends the topology's layout, when the rows are all of it and say
// otherwise.
func (t *Task) layoutRow(dst []changelog.Row) []changelog.Row {
	if t.sweep.at < 2*len(t.sweep.parts) || bytes.Equal(t.layout, t.written) {
		return dst
	}
	t.describes = true
	return append(dst, changelog.Row{Key: changelog.LayoutKey, Value: t.layout})
}

// settleLayout ends the transaction for layout and sweep.
func (t *Task) settleLayout(committed bool) {
	s := &t.sweep
	s.rows = nil
	if !committed {
		s.at, s.from = s.committedAt, s.committedFrom
	} else if t.describes {
		t.written = t.layout
	}
	s.committedAt, s.committedFrom = s.at, s.from
	t.describes = false
}
