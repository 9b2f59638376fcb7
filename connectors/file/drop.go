package file

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/millrace/millrace/connectors/partner"
)

// Drop is a set of files that belong together, in one folder.
type Drop struct {
	Run   string   // id of the run; part of every id that the files do not give
	Dir   string   // where the files are
	Files []string // their names
	Seed  int64    // of generated stock
}

// Bounds of what is held in memory.
const (
	maxJoined = 1_000_000 // rows of a joined file
	maxSKUs   = 1_000_000
)

// find returns the one file of a drop that is an input.
func (d Drop) find(name string, in partner.Input) (string, error) {
	var found []string
	for _, file := range d.Files {
		if ok, err := path.Match(in.Match, file); err == nil && ok {
			found = append(found, file)
		}
	}
	if len(found) != 1 {
		return "", fmt.Errorf("input %s wants one file that matches %q, got %d (%s)", name, in.Match, len(found), strings.Join(found, ", "))
	}
	return filepath.Join(d.Dir, filepath.Base(found[0])), nil
}

// open starts to read an input.
func (d Drop) open(name string, in partner.Input) (Rows, error) {
	at, err := d.find(name, in)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(at)
	if err != nil {
		return nil, fmt.Errorf("opening input %s: %w", name, err)
	}
	rows, err := openFormat(f, in)
	if err != nil {
		return nil, fmt.Errorf("input %s, file %s: %w", name, filepath.Base(at), err)
	}
	return rows, nil
}

func openFormat(f *os.File, in partner.Input) (Rows, error) {
	if in.Format == "parquet" {
		return openParquet(f, in)
	}
	return openCSV(f, in)
}

// each calls fn with every row of an input.
func (d Drop) each(name string, in partner.Input, fn func(Row) error) (err error) {
	rows, err := d.open(name, in)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = fn(row)
		}
		if err != nil {
			return fmt.Errorf("input %s: %w", name, err)
		}
	}
}

// join looks up the rows of another input.
type join struct {
	on     string
	names  []string
	byText map[string]Row
}

// joins reads the inputs that are looked up, whole.
func (d Drop) joins(f *partner.File) ([]join, error) {
	var all []join
	for _, j := range f.Joins {
		table := join{on: j.On, byText: make(map[string]Row)}
		err := d.each(j.Input, f.Inputs[j.Input], func(row Row) error {
			if len(table.byText) == maxJoined {
				return fmt.Errorf("more than %d rows to join", maxJoined)
			}
			if table.names == nil {
				table.names = without(row.names, j.On)
			}
			if row.Fault == nil {
				table.byText[row.Text(j.On)] = row
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		all = append(all, table)
	}
	return all, nil
}

func without(names []string, name string) []string {
	var rest []string
	for _, n := range names {
		if n != name {
			rest = append(rest, n)
		}
	}
	return rest
}

// joined adds the fields of other inputs. A row without its partner is faulty:
// an order line without its order says nothing.
func joined(row Row, all []join) Row {
	for _, j := range all {
		other, ok := j.byText[row.Text(j.on)]
		if !ok {
			if row.Fault == nil {
				row.Fault = fmt.Errorf("no row to join has %s %q", j.on, row.Text(j.on))
			}
			continue
		}
		row.names = append(row.names[:len(row.names):len(row.names)], j.names...)
		cells := row.cells[:len(row.cells):len(row.cells)]
		for _, name := range j.names {
			cells = append(cells, other.Get(name))
		}
		row.cells = cells
	}
	return row
}
