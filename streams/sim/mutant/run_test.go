//go:build synctests

package mutant

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// limit bounds one run of tests.
const limit = 3 * time.Minute

// attempts is how often tests may pass over a mistake that needs a certain order
// of events to show, before it counts as unseen.
const attempts = "6"

// TestEveryMistakeIsSeen also runs the same tests without the mistakes.
func TestEveryMistakeIsSeen(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the runtime once for each mistake: run make sim")
	}
	sound := make(map[string][]selection)
	for _, m := range mutants {
		if !slices.Contains(sound[m.tests.dir], m.tests) {
			sound[m.tests.dir] = append(sound[m.tests.dir], m.tests)
		}
	}
	for dir, selections := range sound {
		t.Run("none in "+dir, func(t *testing.T) {
			t.Parallel()
			binary := build(t, dir, nil)
			for _, tests := range selections {
				if failure := tests.failure(t, binary, "1"); failure != "" {
					t.Errorf("without a mistake, %s: %s", tests.run, failure)
				}
			}
		})
	}
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			failure := m.tests.failure(t, build(t, m.tests.dir, &m), attempts)
			if failure == "" {
				t.Fatalf("%s in %s passed, but %s", m.tests.run, m.tests.dir, m.why)
			}
			t.Logf("seen after %s by %s", time.Since(begun).Round(time.Second), failure)
		})
	}
}

// build compiles the tests of a package, with a mistake or without.
func build(t *testing.T, dir string, m *mutant) (binary string) {
	t.Helper()
	out := t.TempDir()
	binary = filepath.Join(out, "tests")
	args := []string{"test", "-c", "-vet=off", "-tags", "synctests", "-ldflags=-s -w", "-o", binary}
	if m != nil {
		args = append(args, "-overlay", overlay(t, out, m))
	}
	cmd := exec.CommandContext(t.Context(), "go", append(args, "./"+dir)...)
	cmd.Dir = root
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", dir, err, text)
	}
	return binary
}

// overlay writes what makes the compiler read the mutated text in place of the
// file.
func overlay(t *testing.T, out string, m *mutant) string {
	t.Helper()
	source, err := filepath.Abs(filepath.Join(root, m.file))
	if err != nil {
		t.Fatal(err)
	}
	text, list := filepath.Join(out, "mutated.go"), filepath.Join(out, "overlay.json")
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {source: text}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(text, m.mutated(t), 0o600), os.WriteFile(list, replace, 0o600)); err != nil {
		t.Fatal(err)
	}
	return list
}

// failure runs the tests until the first one fails, and returns what said so;
// nothing when all pass.
func (s selection) failure(t *testing.T, binary, count string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "-test.run", s.run, "-test.v", "-test.failfast", "-test.count", count)
	cmd.Dir = filepath.Join(root, s.dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	failure, passed := "", false
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		passed = passed || strings.HasPrefix(line, "--- PASS")
		if strings.Contains(line, "no tests to run") {
			t.Errorf("%s in %s names no test", s.run, s.dir)
		}
		if strings.Contains(line, "VIOLATION") || strings.HasPrefix(line, "--- FAIL") || strings.HasPrefix(line, "panic:") {
			failure = line
			cancel() // the rest would say the same
			break
		}
	}
	err = cmd.Wait()
	switch {
	case failure != "":
		return failure
	case ctx.Err() != nil:
		t.Fatalf("%s did not end within %s", s.run, limit)
	case err != nil:
		return err.Error()
	case !passed:
		t.Fatalf("%s in %s ran no test", s.run, s.dir)
	}
	return ""
}
