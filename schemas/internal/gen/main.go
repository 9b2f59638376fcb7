// Command gen writes package event from the Avro schemas: one file a domain,
// <domain>.gen.go, with a struct for each record and a string type with
// constants for each enum. A name has one meaning in all schemas (the contract
// tests see to it), so a type is written where it first occurs.
package main

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"go/format"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/hamba/avro/v2"
	"github.com/hamba/avro/v2/gen"
	"golang.org/x/tools/imports"
)

//go:embed output.tmpl
var template string

func main() {
	log.SetFlags(0)
	in := flag.String("avro", "avro", "folder of the schemas")
	out := flag.String("out", "event", "folder of the Go files")
	flag.Parse()
	if err := run(*in, *out); err != nil {
		log.Fatalf("generating event types: %v", err)
	}
}

// run writes one Go file to out for each folder of schemas in.
func run(in, out string) error {
	domains, err := os.ReadDir(in)
	if err != nil {
		return err
	}
	written := map[string]bool{}
	for _, d := range domains {
		if !d.IsDir() {
			continue
		}
		source, err := domain(filepath.Join(in, d.Name()), written)
		if err != nil {
			return fmt.Errorf("domain %s: %w", d.Name(), err)
		}
		if err := os.WriteFile(filepath.Join(out, d.Name()+".gen.go"), source, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// domain returns the Go source of the schemas in one folder. Types in
// written stand in an earlier file.
func domain(dir string, written map[string]bool) ([]byte, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.avsc"))
	if err != nil {
		return nil, err
	}
	meta := &metadata{Domain: filepath.Base(dir), docs: map[string]string{}, written: written}
	g := gen.NewGenerator("event", nil, gen.WithEnums(true), gen.WithTemplate(template), gen.WithMetadata(meta))
	for _, file := range files {
		schema, err := parse(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		meta.collect(schema)
		g.Parse(schema)
	}
	var raw bytes.Buffer
	if err := g.Write(&raw); err != nil {
		return nil, err
	}
	tidy, err := imports.Process(dir+".gen.go", raw.Bytes(), nil)
	if err != nil {
		return nil, fmt.Errorf("formatting: %w", err)
	}
	return format.Source(tidy)
}

// parse reads one schema file with a cache of its own, so that files cannot
// see each other's names.
func parse(file string) (avro.Schema, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return avro.ParseBytesWithCache(text, "", &avro.SchemaCache{})
}

// metadata is what the template asks beyond the generator's own data.
type metadata struct {
	Domain  string
	docs    map[string]string // doc of each enum by name
	written map[string]bool   // names whose Go type an earlier line or file holds
}

// First reports whether the Go type of name is still to be written, and marks
// it written.
func (m *metadata) First(name string) bool {
	first := !m.written[name]
	m.written[name] = true
	return first
}

// Comment returns the doc of an enum as a Go comment with an item for each value.
func (m *metadata) Comment(name string) string {
	head, values, ok := strings.Cut(m.docs[name], ". ")
	comment := "// " + strings.TrimSuffix(head, ".") + "."
	if !ok {
		return comment
	}
	for value := range strings.SplitSeq(values, "; ") {
		comment += "\n//   - " + strings.TrimSuffix(value, ".")
	}
	return comment
}

// collect remembers the doc of every enum in schema.
func (m *metadata) collect(schema avro.Schema) {
	switch s := schema.(type) {
	case *avro.RecordSchema:
		for _, f := range s.Fields() {
			m.collect(f.Type())
		}
	case *avro.EnumSchema:
		m.docs[s.Name()] = s.Doc()
	case *avro.ArraySchema:
		m.collect(s.Items())
	case *avro.UnionSchema:
		for _, t := range s.Types() {
			m.collect(t)
		}
	}
}
