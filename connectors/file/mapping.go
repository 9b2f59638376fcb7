package file

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/itchyny/gojq"
	"github.com/millrace/millrace/connectors/partner"
)

// prelude are the functions that mappings have besides jq's own.
//
// net: a unit price after a discount, both in millionths. It is exact, or a
// fraction that strict decoding refuses.
const prelude = `def net(price; discount): price * (1000000 - discount) / 1000000;
`

const (
	mappingTime = 5 * time.Second // longest run of a mapping over one document
	maxOutputs  = 100             // canonical documents made of one
)

// mapping is a compiled jq program. It has no environment, no input but its
// document, and a bound of time.
type mapping struct {
	code   *gojq.Code
	tables map[string]any
}

func compile(f *partner.File, program string) (*mapping, error) {
	query, err := gojq.Parse(prelude + program)
	if err != nil {
		return nil, fmt.Errorf("parsing mapping: %w", err)
	}
	code, err := gojq.Compile(query, gojq.WithVariables([]string{"$tables"}), gojq.WithEnvironLoader(func() []string { return nil }))
	if err != nil {
		return nil, fmt.Errorf("compiling mapping: %w", err)
	}
	m := &mapping{code: code, tables: make(map[string]any)}
	for name, table := range f.Tables {
		values := make(map[string]any, len(table))
		for k, v := range table {
			values[k] = v
		}
		m.tables[name] = values
	}
	return m, nil
}

// run returns what the program makes of a document.
func (m *mapping) run(doc map[string]any) ([]any, error) {
	ctx, cancel := context.WithTimeout(context.Background(), mappingTime)
	defer cancel()
	var out []any
	for iter := m.code.RunWithContext(ctx, doc, m.tables); ; {
		v, ok := iter.Next()
		if !ok {
			return out, nil
		}
		if err, failed := v.(error); failed {
			return nil, fmt.Errorf("mapping document: %w", err)
		}
		if len(out) == maxOutputs {
			return nil, errors.New("mapping document: it makes too many canonical documents")
		}
		out = append(out, v)
	}
}

// cells are a row's cells as jq knows them.
func cells(r Row, into map[string]any) {
	for i, name := range r.names {
		if t, ok := r.cells[i].(time.Time); ok {
			into[name] = t.Format(time.RFC3339)
			continue
		}
		into[name] = r.cells[i]
	}
}

// input is what a mapping sees of rows of one class of a document.
func input(d *document, class Class, rows []judged, kind func(string) string, sku string) map[string]any {
	list := make([]any, len(rows))
	for i, row := range rows {
		m := make(map[string]any, len(row.names)+3)
		cells(row.Row, m)
		m["line"], m["kind"], m["reason"] = row.line, kind(row.Text(sku)), row.reason
		list[i] = m
	}
	return map[string]any{"document": d.number, "kind": string(class), "date": d.date.Format(time.RFC3339), "rows": list}
}
