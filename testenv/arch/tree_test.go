package arch

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/millrace/millrace/"

// source is one Go file of the project.
type source struct {
	path    string // from the root of the project, with slashes: "streams/task/task.go"
	dir     string // "streams/task"
	test    bool
	written bool // by a person, not by a generator
	lines   int
	pkg     string
	imports []string // import paths; those of the project without the module prefix
	ours    []string // the imports that are of the project
	syntax  *ast.File
	set     *token.FileSet
}

var generatedMark = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

// root returns the top folder of the project.
func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "go.work")); err != nil {
		t.Fatalf("the root of the project is not two folders up: %v", err)
	}
	return dir
}

// walk calls visit for every file of the project, hidden folders aside except
// that of CI.
func walk(t *testing.T, visit func(name string, text []byte)) {
	t.Helper()
	top := root(t)
	err := fs.WalkDir(os.DirFS(top), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if hidden := strings.HasPrefix(entry.Name(), "."); hidden && name != "." && entry.Name() != ".ci" {
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || name == ".git" { // which is a file in a second worktree
			return nil
		}
		text, err := os.ReadFile(filepath.Join(top, name))
		if err != nil {
			return err
		}
		visit(name, text)
		return nil
	})
	if err != nil {
		t.Fatalf("reading the project: %v", err)
	}
}

var loaded struct {
	once  sync.Once
	files []source
}

// sources returns every Go file of the project, parsed once for all rules.
func sources(t *testing.T) []source {
	t.Helper()
	loaded.once.Do(func() {
		walk(t, func(name string, text []byte) {
			if strings.HasSuffix(name, ".go") && !strings.Contains(name, "/testdata/") {
				loaded.files = append(loaded.files, parse(t, name, text))
			}
		})
	})
	if len(loaded.files) == 0 {
		t.Fatal("no Go file found")
	}
	return loaded.files
}

func parse(t *testing.T, name string, text []byte) source {
	t.Helper()
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, name, text, parser.ParseComments)
	if err != nil {
		t.Fatalf("parsing: %v", err)
	}
	s := source{
		path: name, dir: path.Dir(name),
		test:    strings.HasSuffix(name, "_test.go"),
		written: !generatedMark.Match(text),
		lines:   bytes.Count(text, []byte("\n")),
		pkg:     syntax.Name.Name, syntax: syntax, set: set,
	}
	for _, spec := range syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatalf("%s: import %s: %v", name, spec.Path.Value, err)
		}
		if own, ok := strings.CutPrefix(imported, module); ok {
			imported = own
			s.ours = append(s.ours, own)
		}
		s.imports = append(s.imports, imported)
	}
	return s
}

// within tells whether a folder or import path is one of these or lies below.
func within(name string, folders ...string) bool {
	for _, folder := range folders {
		if name == folder || strings.HasPrefix(name, folder+"/") {
			return true
		}
	}
	return false
}

// room returns the room of services that a folder belongs to: "order" for
// "services/order/orderstream". What is no room has none.
func room(dir string) string {
	rest, ok := strings.CutPrefix(dir, "services/")
	if !ok || within(dir, "services/cmd", "services/gateway", "services/target", "services/audit", "services/bench") {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// pure tells whether the code of a folder decides and does nothing else: the
// core of a room with its parts, and the parts of the runtime without goroutine
// and clock.
func pure(dir string) bool {
	return room(dir) != "" && dir == "services/"+room(dir) ||
		within(dir, "services/order/calendar", "services/order/sourcing") || dir == "services/audit" ||
		within(dir, "streams/task", "streams/assign", "schemas/topic", "schemas/event")
}
