package file

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/millrace/millrace/connectors/partner"
)

// maxCell bounds a cell; longer ones refuse their row.
const maxCell = 64 << 10

type csvRows struct {
	closer  io.Closer
	reader  *csv.Reader
	names   []string
	columns []column
	at      []int // where each column stands in a record
	number  int64
}

// openCSV reads the header line; every configured column must be in it.
func openCSV(f io.ReadCloser, in partner.Input) (Rows, error) {
	reader := csv.NewReader(f)
	reader.ReuseRecord = true
	header, err := reader.Read()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reading header: %w", err), f.Close())
	}
	header = slices.Clone(header)
	if len(header) > 0 {
		header[0] = strings.TrimPrefix(header[0], "\ufeff")
	}
	rows := &csvRows{closer: f, reader: reader}
	for _, name := range slices.Sorted(maps.Keys(in.Columns)) {
		at := slices.Index(header, name)
		if at < 0 {
			return nil, errors.Join(fmt.Errorf("the file has no column %q; it has %s", name, strings.Join(header, ", ")), f.Close())
		}
		rows.names = append(rows.names, name)
		rows.columns = append(rows.columns, column{in.Columns[name], name})
		rows.at = append(rows.at, at)
	}
	return rows, nil
}

func (r *csvRows) Next() (Row, error) {
	record, err := r.reader.Read()
	var parse *csv.ParseError
	if err != nil && !errors.As(err, &parse) {
		return Row{}, err // io.EOF too
	}
	r.number++
	row := Row{names: r.names, cells: make([]any, len(r.names)), Number: r.number, Fault: err}
	for i, c := range r.columns {
		if r.at[i] >= len(record) {
			continue
		}
		text := record[r.at[i]]
		if len(text) > maxCell {
			row.Fault, text = fmt.Errorf("%s is longer than %d bytes", c.name, maxCell), text[:100]
		}
		text = strings.Clone(text)
		value, fault := c.cell(text)
		if fault != nil {
			value = text
			row.Fault = errors.Join(row.Fault, fault)
		}
		row.cells[i] = value
	}
	return row, nil
}

func (r *csvRows) Total() int64 { return 0 }
func (r *csvRows) Close() error { return r.closer.Close() }
