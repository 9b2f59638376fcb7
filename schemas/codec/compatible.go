package codec

import (
	"fmt"

	twmb "github.com/twmb/avro"
)

// CanRead reports whether every value written with one schema can be read with
// another and means the same. Beyond the wire format it compares logical types,
// which Avro's own rules ignore: microseconds read as milliseconds are no error
// there and a wrong date here. The error names the field.
func CanRead(reader, writer []byte) error {
	r, err := twmb.Parse(string(reader))
	if err != nil {
		return fmt.Errorf("parsing reader schema: %w", err)
	}
	w, err := twmb.Parse(string(writer))
	if err != nil {
		return fmt.Errorf("parsing writer schema: %w", err)
	}
	return canRead(r, w)
}

// Parse reports whether text is a valid Avro schema for both libraries' needs:
// known types, unique names, defaults that fit.
func Parse(text []byte) error {
	_, err := twmb.Parse(string(text))
	return err
}

// canRead is CanRead of parsed schemas.
func canRead(reader, writer *twmb.Schema) error {
	if err := twmb.CheckCompatibility(writer, reader); err != nil {
		return fmt.Errorf("comparing schemas: %w", err)
	}
	r, w := reader.Root(), writer.Root()
	m := meanings{reader: map[string]*twmb.SchemaNode{}, writer: map[string]*twmb.SchemaNode{}, seen: map[string]bool{}}
	collect(m.reader, r)
	collect(m.writer, w)
	return m.compare(r.Name, r, w)
}

// meanings compares the logical types of two schemas that match on the wire.
type meanings struct {
	reader, writer map[string]*twmb.SchemaNode // named types
	seen           map[string]bool             // records under comparison, for schemas that contain themselves
}

// compare walks both schemas side by side; path names the place in errors.
func (m meanings) compare(path string, r, w *twmb.SchemaNode) error {
	r, w = resolve(m.reader, r), resolve(m.writer, w)
	if r.LogicalType != w.LogicalType {
		return fmt.Errorf("comparing schemas: %s is written as %q and read as %q", path, w.LogicalType, r.LogicalType)
	}
	switch {
	case r.Items != nil && w.Items != nil:
		return m.compare(path+"[]", r.Items, w.Items)
	case r.Values != nil && w.Values != nil:
		return m.compare(path+"{}", r.Values, w.Values)
	case len(r.Branches) > 0 && len(w.Branches) > 0:
		return m.branches(path, r, w)
	case len(r.Branches) > 0:
		return m.branches(path, r, &twmb.SchemaNode{Branches: []twmb.SchemaNode{*w}})
	case len(r.Fields) > 0 && !m.seen[r.Name]:
		m.seen[r.Name] = true
		return m.fields(path, r, w)
	}
	return nil
}

// branches compares the branches of two unions that have the same type.
func (m meanings) branches(path string, r, w *twmb.SchemaNode) error {
	for i := range w.Branches {
		written := resolve(m.writer, &w.Branches[i])
		for j := range r.Branches {
			read := resolve(m.reader, &r.Branches[j])
			if read.Type == written.Type && read.Name == written.Name {
				if err := m.compare(path, read, written); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// fields compares the fields that both records have.
func (m meanings) fields(path string, r, w *twmb.SchemaNode) error {
	for i := range r.Fields {
		for j := range w.Fields {
			if r.Fields[i].Name != w.Fields[j].Name {
				continue
			}
			if err := m.compare(path+"."+r.Fields[i].Name, &r.Fields[i].Type, &w.Fields[j].Type); err != nil {
				return err
			}
		}
	}
	return nil
}

// collect remembers the named types in n under both their names.
func collect(names map[string]*twmb.SchemaNode, n *twmb.SchemaNode) {
	if n == nil {
		return
	}
	if n.Name != "" {
		names[n.Name] = n
		names[n.Namespace+"."+n.Name] = n
	}
	collect(names, n.Items)
	collect(names, n.Values)
	for i := range n.Branches {
		collect(names, &n.Branches[i])
	}
	for i := range n.Fields {
		collect(names, &n.Fields[i].Type)
	}
}

// resolve returns the definition behind a reference, or n itself.
func resolve(names map[string]*twmb.SchemaNode, n *twmb.SchemaNode) *twmb.SchemaNode {
	if def, ok := names[n.Type]; ok && n.Name == "" {
		return def
	}
	return n
}
