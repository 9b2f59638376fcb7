//go:build unix

package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// stopWithin is how long a server may take to end when it is asked to: what the chart
// grants. Its parts have limits of their own, and one that misses them is an error.
const stopWithin = time.Minute

// built is where the command stands for the tests of this run.
var built struct {
	once sync.Once
	dir  string
	path string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// binary builds the command at its first call.
func binary(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "millrace-e2e-"); built.err != nil {
			return
		}
		built.path = filepath.Join(built.dir, "millrace")
		if out, err := exec.Command("go", "build", "-o", built.path, ".").CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w: %s", err, out)
		}
	})
	if built.err != nil {
		t.Fatalf("building millrace: %v", built.err)
	}
	return built.path
}

// server is a running millrace process in a process group of its own.
type server struct {
	client
	kafka, registry string // of dev: the embedded neighbours

	cmd   *exec.Cmd
	log   *tail
	ended chan struct{} // closed when the process is gone
	exit  error         // of Wait, once ended
}

var (
	greetedHTTP     = regexp.MustCompile(`(?m)^ *HTTP +(http://\S+)`)
	greetedKafka    = regexp.MustCompile(`(?m)^ *Kafka +(\S+)`)
	greetedRegistry = regexp.MustCompile(`(?m)^ *Registry +(http://\S+)`)
)

// startDev runs `millrace dev` on free ports and returns when it has greeted.
func startDev(t *testing.T, data string, args ...string) *server {
	t.Helper()
	s := launch(t, append([]string{"dev", "--data", data, "--http", "127.0.0.1:0", "--kafka", "127.0.0.1:0", "--registry", "127.0.0.1:0"}, args...)...)
	s.await(t, "its greeting", func(log string) bool {
		if !strings.Contains(log, "Ctrl-C ends it") {
			return false
		}
		s.url, s.kafka, s.registry = first(greetedHTTP, log), first(greetedKafka, log), first(greetedRegistry, log)
		return s.url != "" && s.kafka != "" && s.registry != ""
	})
	return s
}

// startRun runs `millrace run` on a free port and returns when it is ready.
func startRun(t *testing.T, args ...string) *server {
	t.Helper()
	s := launchRun(t, args...)
	s.ready(t)
	return s
}

// launchRun runs `millrace run` on a free port.
func launchRun(t *testing.T, args ...string) *server {
	t.Helper()
	return launch(t, append([]string{"run", "--http", "127.0.0.1:0", "--log", "info"}, args...)...)
}

// ready waits until a server that was launched is ready.
func (s *server) ready(t *testing.T) {
	t.Helper()
	s.await(t, "its address", func(log string) bool {
		s.url = announced(log)
		return s.url != ""
	})
	until(t, "the server is ready", func() error { // a new Kafka makes its own topics first
		if s.gone() {
			t.Fatalf("the server ended: %v", s.exit)
		}
		return s.get("/readyz", nil)
	})
}

// announced finds the address in the log line of the start.
func announced(log string) string {
	for line := range strings.Lines(log) {
		var start struct{ HTTP, Message string }
		if json.Unmarshal([]byte(line), &start) == nil && start.Message == "starting" {
			return "http://" + start.HTTP
		}
	}
	return ""
}

func first(pattern *regexp.Regexp, text string) string {
	if match := pattern.FindStringSubmatch(text); match != nil {
		return match[1]
	}
	return ""
}

// launch starts the binary; what it prints is shown when the test fails.
func launch(t *testing.T, args ...string) *server {
	t.Helper()
	s := &server{log: &tail{}, ended: make(chan struct{})}
	s.cmd = exec.Command(binary(t), args...)
	s.cmd.Dir, s.cmd.Stdout, s.cmd.Stderr = t.TempDir(), s.log, s.log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := s.cmd.Start(); err != nil {
		t.Fatalf("starting millrace %s: %v", args[0], err)
	}
	go func() {
		s.exit = s.cmd.Wait()
		close(s.ended)
	}()
	t.Cleanup(func() {
		if t.Failed() {
			s.dump()
		}
		s.kill()
		if t.Failed() {
			t.Logf("millrace %s, process %d, printed:\n%s", strings.Join(args, " "), s.cmd.Process.Pid, s.log)
		}
	})
	return s
}

// await waits until what the process has printed satisfies done.
func (s *server) await(t *testing.T, what string, done func(log string) bool) {
	t.Helper()
	until(t, "the server prints "+what, func() error {
		if s.gone() {
			t.Fatalf("the server ended before it printed %s: %v", what, s.exit)
		}
		if !done(s.log.String()) {
			return errors.New("not yet")
		}
		return nil
	})
}

func (s *server) gone() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// kill ends the process and its children with SIGKILL, as a crash would.
func (s *server) kill() {
	if !s.gone() {
		_ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL)
		<-s.ended
	}
}

// dump has the process print its goroutines, if it still runs, and end.
func (s *server) dump() {
	if s.gone() {
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGQUIT)
	select {
	case <-s.ended:
	case <-time.After(5 * time.Second):
	}
}

// stop interrupts the process, which must end in good order and in time.
func (s *server) stop(t *testing.T) {
	t.Helper()
	began := time.Now()
	if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatalf("interrupting: %v", err)
	}
	select {
	case <-s.ended:
	case <-time.After(stopWithin):
		t.Fatalf("the server has not ended %s after an interrupt", stopWithin)
	}
	if s.exit != nil {
		t.Fatalf("after an interrupt the server ended with %v, want exit code 0", s.exit)
	}
	t.Logf("ended %.1f s after the interrupt", time.Since(began).Seconds())
}

// failures returns the lines of the log that say error, fatal or panic.
func (s *server) failures() []string {
	var found []string
	for line := range strings.Lines(s.log.String()) {
		var entry struct{ Level string }
		bad := json.Unmarshal([]byte(line), &entry) == nil && (entry.Level == "error" || entry.Level == "fatal")
		if bad || strings.HasPrefix(line, "panic:") || strings.Contains(line, "DATA RACE") {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found
}

// command runs a millrace command against the server and returns what it prints.
func (s *server) command(t *testing.T, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary(t), append(args, "--server", s.url)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("millrace %s: %v\n%s%s", strings.Join(args, " "), err, out, stderr.Bytes())
	}
	return out
}

// tail keeps the beginning and the end of what a process prints.
type tail struct {
	mu          sync.Mutex
	begin, rest bytes.Buffer
}

const keptBytes = 256 << 10

// Write implements io.Writer.
func (l *tail) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.begin.Len() < keptBytes {
		return l.begin.Write(b)
	}
	l.rest.Write(b)
	if over := l.rest.Len() - 2*keptBytes; over > 0 {
		l.rest.Next(over + keptBytes)
	}
	return len(b), nil
}

// String returns what is kept.
func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.begin.String() + l.rest.String()
}

// patience is how long a condition may take: so long that a machine with much else to
// do meets it, and only what never comes does not. How long things took is logged.
const patience = 3 * time.Minute

// until waits for a condition, which returns nil when it holds.
func until(t *testing.T, what string, holds func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := holds()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("waited %s until %s: %v", patience, what, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// lines decodes JSON lines.
func lines[T any](t *testing.T, from io.Reader) []T {
	t.Helper()
	var all []T
	decoder := json.NewDecoder(bufio.NewReader(from))
	for {
		var v T
		err := decoder.Decode(&v)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("reading JSON line %d: %v", len(all)+1, err)
		}
		all = append(all, v)
	}
}
