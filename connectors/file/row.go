package file

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"
	"github.com/millrace/millrace/connectors/partner"
)

// Row is one row with typed cells: string, int (also decimals, in millionths),
// time.Time or nil.
type Row struct {
	names []string // shared by all rows of a reader
	cells []any
	// Number is the row's place in its file, the first is 1.
	Number int64
	// Fault says why the row cannot be read; its cells are then text.
	Fault error
}

// Get returns a cell; nil when it is empty or not there.
func (r Row) Get(name string) any {
	for i, n := range r.names {
		if n == name {
			return r.cells[i]
		}
	}
	return nil
}

// Text returns a cell of text, "" when it is empty.
func (r Row) Text(name string) string {
	s, _ := r.Get(name).(string)
	return s
}

// Int returns a number, 0 when it is empty.
func (r Row) Int(name string) int64 {
	n, _ := r.Get(name).(int)
	return int64(n)
}

// Time returns a time, zero when it is empty.
func (r Row) Time(name string) time.Time {
	t, _ := r.Get(name).(time.Time)
	return t
}

// JSON is the row for people.
func (r Row) JSON() string {
	m := make(map[string]any, len(r.names))
	for i, n := range r.names {
		m[n] = r.cells[i]
	}
	b, err := json.Marshal(m)
	if err != nil { // text, numbers and times always marshal
		return err.Error()
	}
	return string(b)
}

// Rows gives the rows of one file until io.EOF.
type Rows interface {
	Next() (Row, error)
	// Total is the number of rows, 0 when it is not known before the end.
	Total() int64
	Close() error
}

// column reads one column's text.
type column struct {
	partner.Column
	name string
}

// errEmpty is a cell that must not be empty.
var errEmpty = errors.New("is empty")

// cell turns text into a typed value.
func (c column) cell(text string) (any, error) {
	if c.Trim {
		text = strings.TrimSpace(text)
	}
	if text == "" {
		if c.Empty {
			return nil, nil
		}
		return nil, fmt.Errorf("%s %w", c.name, errEmpty)
	}
	switch c.Type {
	case "integer":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s %q is no integer", c.name, text)
		}
		return int(n), nil
	case "decimal":
		return c.decimal(text)
	case "time":
		t, err := time.ParseInLocation(c.Layout, text, time.UTC)
		if err != nil {
			return nil, fmt.Errorf("%s %q is no time like %q", c.name, text, c.Layout)
		}
		return t.UTC(), nil
	default:
		if c.Upper {
			text = strings.ToUpper(text)
		}
		return text, nil
	}
}

// decimal reads millionths, exactly or not at all.
func (c column) decimal(text string) (any, error) {
	if c.Float32 {
		f, err := strconv.ParseFloat(text, 32)
		if err != nil {
			return nil, fmt.Errorf("%s %q is no number", c.name, text)
		}
		text = strconv.FormatFloat(f, 'f', -1, 32)
	}
	d, err := decimal.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s %q is no number", c.name, text)
	}
	whole, millionths, ok := d.Int64(6)
	if !ok || d.Trim(0).Scale() > 6 || whole > 1e12 || whole < -1e12 {
		return nil, fmt.Errorf("%s %q has more than 6 decimals or is too large", c.name, text)
	}
	return int(whole*1_000_000 + millionths), nil
}
