package main

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGeneratedTypesAreCurrent(t *testing.T) {
	out := t.TempDir()
	if err := run("../../avro", out); err != nil {
		t.Fatal(err)
	}
	fresh := read(t, out)
	kept := read(t, "../../event")
	for name, want := range fresh {
		if kept[name] != want {
			t.Errorf("event/%s differs from its schemas: run go generate ./... in the schemas module", name)
		}
		delete(kept, name)
	}
	for name := range kept {
		t.Errorf("event/%s has no schemas any more: remove it", name)
	}
}

func TestEventTypesImportNoAvroLibrary(t *testing.T) {
	files, err := filepath.Glob("../../event/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			if strings.Contains(i.Path.Value, "avro") {
				t.Errorf("%s imports %s: pure cores use these types and must not link a codec", file, i.Path.Value)
			}
		}
	}
}

func TestSchemaThatCannotBeParsedIsNamed(t *testing.T) {
	in := t.TempDir()
	if err := os.MkdirAll(filepath.Join(in, "order"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(in, "order", "bad.avsc"), []byte(`{"type": "order"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := run(in, t.TempDir()); err == nil || !strings.Contains(err.Error(), "bad.avsc") {
		t.Errorf("run = %v", err)
	}
}

// read returns the generated files of a folder by name.
func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.Base(file)] = string(text)
	}
	return texts
}
