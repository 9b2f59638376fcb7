//go:build unix

package testenv

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/testenv/internal/install"
)

// Data returns the path of a file or folder below MILLRACE_TEST_DATA, for
// example "northwind/orders.csv". A test without its data is skipped.
func Data(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("MILLRACE_TEST_DATA")
	if root == "" {
		unavailable(t, "data", &install.Missing{
			What: "MILLRACE_TEST_DATA is not set",
			Help: "set it to a folder that holds " + name,
		})
	}
	path, err := filepath.Abs(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatalf("testenv: resolving %s: %v", name, err)
	}
	if _, err := os.Stat(path); err != nil {
		unavailable(t, "data", &install.Missing{
			What: err.Error(),
			Help: "MILLRACE_TEST_DATA must name a folder that holds " + name,
		})
	}
	return path
}

// need skips a test that wants a real server when only fast tests are asked for.
func need(t testing.TB, peer string) {
	t.Helper()
	if testing.Short() {
		t.Skipf("testenv: SKIP %s: -short runs no servers", peer)
	}
}

// check ends the test unless err is nil: it is skipped when the machine lacks
// something, and fails for every other reason.
func check(t testing.TB, peer string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if IsMissing(err) {
		unavailable(t, peer, err)
	}
	t.Fatalf("testenv: starting %s: %v", peer, err)
}

// unavailable skips the test, or fails it when MILLRACE_REQUIRE names the peer.
func unavailable(t testing.TB, peer string, reason error) {
	t.Helper()
	if Required(peer) {
		t.Fatalf("testenv: %s is required by MILLRACE_REQUIRE: %v", peer, reason)
	}
	line := fmt.Sprintf("testenv: SKIP %s: %v", peer, reason)
	record(t.Name() + ": " + line)
	t.Skip(line)
}

// Lack skips a test that wants something of the machine that is not there, such
// as the right to mount: name says what MILLRACE_REQUIRE calls it, what is
// missing and help what to do.
func Lack(t testing.TB, name, what, help string) {
	t.Helper()
	unavailable(t, name, &install.Missing{What: what, Help: help})
}

// IsMissing tells whether an error of StartKafka, StartRegistry or StartRedis
// says that this machine lacks something, in contrast to a server that failed.
func IsMissing(err error) bool {
	var missing *install.Missing
	return errors.As(err, &missing)
}

// Required tells whether MILLRACE_REQUIRE names this peer: then its absence is
// a failure and not a reason to skip.
func Required(peer string) bool {
	names := strings.Split(os.Getenv("MILLRACE_REQUIRE"), ",")
	return slices.ContainsFunc(names, func(name string) bool { return strings.TrimSpace(name) == peer })
}

// record adds a line to the file MILLRACE_SKIPS, because `go test` hides what a
// passing package prints.
func record(line string) {
	path := os.Getenv("MILLRACE_SKIPS")
	if path == "" {
		return
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		fmt.Fprintf(os.Stderr, "testenv: MILLRACE_SKIPS: %v\n%s\n", err, line)
		return
	}
	defer file.Close()
	fmt.Fprintln(file, line)
}
