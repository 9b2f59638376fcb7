//go:build unix

package testenv_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/testenv"
)

// redisCommand sends one command and returns the first line of the answer, or
// the value when the answer is a string.
func redisCommand(t *testing.T, addr, command string) string {
	t.Helper()
	connection, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		t.Fatalf("connecting: %v", err)
	}
	defer connection.Close()
	fmt.Fprintf(connection, "%s\r\n", command)
	answers := bufio.NewReader(connection)
	line, err := answers.ReadString('\n')
	if err == nil && strings.HasPrefix(line, "$") && line != "$-1\r\n" {
		line, err = answers.ReadString('\n')
	}
	if err != nil {
		t.Fatalf("reading the answer to %q: %v", command, err)
	}
	return strings.TrimSpace(line)
}

func TestRedisKeepsDataWhenStoppedAndStartedAgain(t *testing.T) {
	redis := testenv.Redis(t)
	if got := redisCommand(t, redis.Addr(), "SET sku 7"); got != "+OK" {
		t.Fatalf("SET answers %q", got)
	}
	if err := redis.Restart(t.Context()); err != nil {
		t.Fatalf("restarting: %v", err)
	}
	if got := redisCommand(t, redis.Addr(), "GET sku"); got != "7" {
		t.Errorf("after a restart GET answers %q, want 7", got)
	}
	if err := redis.Kill(); err != nil {
		t.Fatalf("killing: %v", err)
	}
	if _, err := net.DialTimeout("tcp", redis.Addr(), time.Second); err == nil {
		t.Error("a killed Redis takes connections")
	}
	if err := redis.Pause(); err == nil {
		t.Error("pausing a killed Redis succeeded")
	}
	if err := redis.Start(t.Context()); err != nil {
		t.Fatalf("starting again: %v", err)
	}
}

func register(t *testing.T, url, subject string) string {
	t.Helper()
	body := strings.NewReader(`{"schema":"\"string\""}`)
	response, err := http.Post(url+"/subjects/"+subject+"/versions", "application/json", body)
	if err != nil {
		t.Fatalf("registering: %v", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("registering: %s %s %v", response.Status, text, err)
	}
	return string(text)
}

func TestTheRegistryKeepsSchemasWhenKilled(t *testing.T) {
	registry := testenv.Registry(t)
	first := register(t, registry.URL(), "kept-value")
	if err := registry.Kill(); err != nil {
		t.Fatalf("killing: %v", err)
	}
	if err := registry.Start(t.Context()); err != nil {
		t.Fatalf("starting again: %v", err)
	}
	if again := register(t, registry.URL(), "kept-value"); again != first {
		t.Errorf("the same schema got %s, before the kill %s", again, first)
	}
}

func TestSharedAddressesComeFromTheEnvironment(t *testing.T) {
	// A process asks once, so only what no other test here asks for can be set.
	t.Setenv("MILLRACE_TEST_REGISTRY", "http://127.0.0.1:1/given")
	if testing.Short() {
		t.Skip("testenv: SKIP registry: -short runs no servers")
	}
	if got := testenv.SharedRegistry(t); got != "http://127.0.0.1:1/given" {
		t.Errorf("SharedRegistry = %q, want the address given", got)
	}
}

func TestPythonSeesThePackagesAskedFor(t *testing.T) {
	script := filepath.Join(t.TempDir(), "show.py")
	if err := os.WriteFile(script, []byte("import sys, six\nprint(six.__version__, sys.argv[1])\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	command := testenv.Python(t, script, "six==1.17.0")
	command.Args = append(command.Args, "argument")
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("running python: %v\n%s", err, out)
	}
	if got := strings.TrimSpace(string(out)); got != "1.17.0 argument" {
		t.Errorf("python printed %q", got)
	}
}

func TestDataIsFoundBelowTheFolderGiven(t *testing.T) {
	root := t.TempDir()
	t.Setenv("MILLRACE_TEST_DATA", root)
	if err := os.WriteFile(filepath.Join(root, "rows.csv"), []byte("a,b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, want := testenv.Data(t, "rows.csv"), filepath.Join(root, "rows.csv"); got != want {
		t.Errorf("Data = %q, want %q", got, want)
	}
}

// outcome is what a probe test did that runs inside another test.
func outcome(t *testing.T, probe func(*testing.T)) (skipped, failed bool) {
	t.Helper()
	result := make(chan [2]bool, 1)
	t.Run("probe", func(t *testing.T) {
		defer func() { result <- [2]bool{t.Skipped(), t.Failed()} }()
		probe(t)
	})
	r := <-result
	return r[0], r[1]
}

func TestMissingDataSkipsAndIsWrittenDown(t *testing.T) {
	skips := filepath.Join(t.TempDir(), "skips")
	t.Setenv("MILLRACE_SKIPS", skips)
	t.Setenv("MILLRACE_REQUIRE", "")
	t.Setenv("MILLRACE_TEST_DATA", t.TempDir())
	skipped, failed := outcome(t, func(t *testing.T) { testenv.Data(t, "absent.csv") })
	if !skipped || failed {
		t.Errorf("skipped %t, failed %t; want a skip", skipped, failed)
	}
	text, err := os.ReadFile(skips)
	if err != nil || !strings.Contains(string(text), "SKIP data") || !strings.Contains(string(text), "absent.csv") {
		t.Errorf("the file of skips holds %q (%v), want the reason", text, err)
	}
}
