package file

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace/millrace/connectors/partner"
	"github.com/parquet-go/parquet-go"
)

// parquetRows reads flat files: columns of numbers and texts, each optional.
type parquetRows struct {
	file    *os.File
	groups  []parquet.RowGroup
	rows    parquet.Rows // of the first of groups
	total   int64
	names   []string
	columns []column
	place   []int // by the file's column: place in our cells, or -1
	buffer  []parquet.Row
	ready   []parquet.Row // of buffer, read and not given yet
	number  int64
}

const parquetBatch = 512 // rows decoded at once

func openParquet(f *os.File, in partner.Input) (Rows, error) {
	r := &parquetRows{file: f, buffer: make([]parquet.Row, parquetBatch)}
	if err := r.open(in); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return r, nil
}

func (r *parquetRows) open(in partner.Input) error {
	stat, err := r.file.Stat()
	if err != nil {
		return err
	}
	p, err := parquet.OpenFile(r.file, stat.Size())
	if err != nil {
		return fmt.Errorf("reading Parquet footer: %w", err)
	}
	r.total, r.groups = p.NumRows(), p.RowGroups()
	leaves := p.Schema().Columns()
	r.place = make([]int, len(leaves))
	for i, path := range leaves {
		r.place[i] = -1
		if len(path) != 1 {
			return fmt.Errorf("column %s is nested; only flat files are read", strings.Join(path, "."))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(in.Columns)) {
		at := slices.IndexFunc(leaves, func(path []string) bool { return path[0] == name })
		if at < 0 {
			return fmt.Errorf("the file has no column %q", name)
		}
		r.place[at] = len(r.names)
		r.names = append(r.names, name)
		r.columns = append(r.columns, column{in.Columns[name], name})
	}
	return nil
}

func (r *parquetRows) Next() (Row, error) {
	for len(r.ready) == 0 {
		if err := r.fill(); err != nil {
			return Row{}, err
		}
	}
	values := r.ready[0]
	r.ready = r.ready[1:]
	r.number++
	row := Row{names: r.names, cells: make([]any, len(r.names)), Number: r.number}
	for _, v := range values {
		if place := r.place[v.Column()]; place >= 0 {
			value, fault := r.columns[place].value(v)
			if fault != nil {
				value = clip(v.String())
				row.Fault = errors.Join(row.Fault, fault)
			}
			row.cells[place] = value
		}
	}
	return row, nil
}

// fill reads the next batch, over the ends of row groups.
func (r *parquetRows) fill() error {
	if r.rows == nil {
		if len(r.groups) == 0 {
			return io.EOF
		}
		r.rows = r.groups[0].Rows()
	}
	n, err := r.rows.ReadRows(r.buffer)
	r.ready = r.buffer[:n]
	if errors.Is(err, io.EOF) {
		err = r.rows.Close()
		r.rows, r.groups = nil, r.groups[1:]
	}
	if err != nil {
		return fmt.Errorf("reading rows after %d: %w", r.number, err)
	}
	return nil
}

func (r *parquetRows) Total() int64 { return r.total }

func (r *parquetRows) Close() error {
	var err error
	if r.rows != nil {
		err = r.rows.Close()
	}
	return errors.Join(err, r.file.Close())
}

// value turns a Parquet value into a cell. A double is what its shortest
// decimal says.
func (c column) value(v parquet.Value) (any, error) {
	if v.IsNull() {
		return c.cell("")
	}
	switch v.Kind() {
	case parquet.ByteArray, parquet.FixedLenByteArray:
		if len(v.ByteArray()) > maxCell {
			return nil, fmt.Errorf("%s is longer than %d bytes", c.name, maxCell)
		}
		return c.cell(string(v.ByteArray()))
	case parquet.Int32, parquet.Int64:
		if c.Type == "integer" {
			return int(v.Int64()), nil
		}
		return c.cell(strconv.FormatInt(v.Int64(), 10))
	case parquet.Double:
		return c.cell(strconv.FormatFloat(v.Double(), 'f', -1, 64))
	case parquet.Float:
		return c.cell(strconv.FormatFloat(float64(v.Float()), 'f', -1, 32))
	default:
		return nil, fmt.Errorf("%s has the Parquet type %s, which is not read", c.name, v.Kind())
	}
}

func clip(s string) string {
	if len(s) > 100 {
		return s[:100]
	}
	return s
}
