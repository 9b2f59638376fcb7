package arch

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
	"testing"
)

func TestPureCoresAskNoClock(t *testing.T) {
	forbidden := []string{"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "Tick", "NewTimer", "NewTicker"}
	for _, s := range sources(t) {
		if !pure(s.dir) || s.test {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if name := timeCall(n); slices.Contains(forbidden, name) {
				t.Errorf("%s: time.%s in a pure core: time comes in with the message, so that a replay decides as the first run did",
					s.set.Position(n.Pos()), name)
			}
			return true
		})
	}
}

func TestPureCoresStartNoGoroutine(t *testing.T) {
	for _, s := range sources(t) {
		if !pure(s.dir) || s.test {
			continue
		}
		ast.Inspect(s.syntax, func(n ast.Node) bool {
			if _, ok := n.(*ast.GoStmt); ok {
				t.Errorf("%s: a goroutine in a pure core: its order of events would be the scheduler's", s.set.Position(n.Pos()))
			}
			return true
		})
	}
}

func TestTestsDoNotSleepInsteadOfWaiting(t *testing.T) {
	for _, s := range sources(t) {
		if !s.test || slices.Contains(s.imports, "testing/synctest") { // there time is virtual
			continue
		}
		for _, at := range sleeps(s.syntax) {
			t.Errorf("%s: a test that sleeps is slow when it passes and flaky when it does not; wait for the condition", s.set.Position(at))
		}
	}
}

// sleeps returns where a file sleeps for a fixed time. Two kinds are no waiting
// in hope and left out: the pause of a loop that asks for a condition, and a
// delay that is given in a variable, as a fault that is put in.
func sleeps(file *ast.File) []token.Pos {
	var found []token.Pos
	var loops []*ast.ForStmt
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ForStmt:
			loops = append(loops, n)
		case *ast.CallExpr:
			polling := slices.ContainsFunc(loops, func(l *ast.ForStmt) bool { return l.Pos() < n.Pos() && n.End() <= l.End() })
			if timeCall(n.Fun) == "Sleep" && !polling && fixed(n.Args[0]) {
				found = append(found, n.Pos())
			}
		}
		return true
	})
	return found
}

// fixed tells whether a duration is written out: 5 * time.Second.
func fixed(duration ast.Expr) bool {
	written := true
	ast.Inspect(duration, func(n ast.Node) bool {
		if name, ok := n.(*ast.Ident); ok && name.Name != "time" && !slices.Contains(units, name.Name) {
			written = false
		}
		return true
	})
	return written
}

var units = []string{"Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour"}

func TestSleepsAreToldFromPolls(t *testing.T) {
	s := parse(t, "streams/example_test.go", []byte(`package streams
import "time"
func wrong() { time.Sleep(5 * time.Second); for range 3 { time.Sleep(time.Millisecond) } }
func right(d time.Duration, done func() bool) {
	for !done() { time.Sleep(time.Millisecond) }
	time.Sleep(d)
}`))
	if got := sleeps(s.syntax); len(got) != 2 {
		t.Errorf("found %d sleeps, want the two of wrong", len(got))
	}
}

// timeCall returns "Now" for the expression time.Now, else nothing.
func timeCall(n ast.Node) string {
	selector, ok := n.(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	if from, ok := selector.X.(*ast.Ident); !ok || from.Name != "time" {
		return ""
	}
	return selector.Sel.Name
}

func TestFilesStaySmall(t *testing.T) {
	const limit = 400
	for _, s := range sources(t) {
		if s.written && s.lines > limit {
			t.Errorf("%s has %d lines, more than %d: find the second mechanism in it and give it a file of its own", s.path, s.lines, limit)
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	said, packages := map[string]bool{}, map[string]bool{}
	for _, s := range sources(t) {
		if s.test {
			continue
		}
		packages[s.dir] = true
		if doc := s.syntax.Doc.Text(); strings.HasPrefix(doc, "Package ") || strings.HasPrefix(doc, "Command ") {
			said[s.dir] = true
		}
	}
	for dir := range packages {
		if !said[dir] {
			t.Errorf("%s has no package comment: begin doc.go with what it owns and what a reader may rely on", dir)
		}
	}
}

func TestPackageNamesAreUniqueAndSaySomething(t *testing.T) {
	empty := []string{"util", "utils", "common", "helper", "helpers", "types", "misc", "base", "shared"}
	where := map[string]string{}
	for _, s := range sources(t) {
		if s.test || s.pkg == "main" {
			continue
		}
		if slices.Contains(empty, s.pkg) {
			t.Errorf("%s: a package called %s says nothing of what it owns", s.path, s.pkg)
		}
		if other, ok := where[s.pkg]; ok && other != s.dir {
			t.Errorf("the package name %s is that of %s and of %s: a reader must know from the name which one is meant", s.pkg, other, s.dir)
		}
		where[s.pkg] = s.dir
	}
}
