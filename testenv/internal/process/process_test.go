//go:build unix

package process_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/millrace/millrace/testenv/internal/process"
)

// TestMain lets the test binary play the process that starts a server and is
// killed itself.
func TestMain(m *testing.M) {
	if dir := os.Getenv("PROCESS_TEST_PARENT"); dir != "" {
		parent(dir)
		return
	}
	os.Exit(m.Run())
}

// parent starts a server, prints its process id and waits to be killed.
func parent(dir string) {
	server := shell(dir, `echo $$ >pid; while :; do sleep 60; done`, fileExists(filepath.Join(dir, "pid")))
	if err := server.Start(context.Background()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("started")
	select {}
}

// shell describes a server that is a shell script.
func shell(dir, script string, ready func(context.Context) error) *process.Server {
	return process.New(process.Command{
		Name: "shell", Path: "/bin/sh", Args: []string{"-c", script},
		Dir: dir, Log: filepath.Join(dir, "log"),
	}, ready)
}

func fileExists(path string) func(context.Context) error {
	return func(context.Context) error {
		text, err := os.ReadFile(path)
		if err == nil && !strings.HasSuffix(string(text), "\n") {
			return errors.New("not written to its end")
		}
		return err
	}
}

func readPID(t *testing.T, dir string) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// wantGone waits until no process has this id.
func wantGone(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); syscall.Kill(pid, 0) == nil; {
		if time.Now().After(deadline) {
			t.Fatalf("process %d still lives", pid)
		}
		<-time.After(10 * time.Millisecond)
	}
}

func TestAServerDiesWithAProcessThatIsKilled(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux binds the life of a child to that of its parent")
	}
	dir := t.TempDir()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "PROCESS_TEST_PARENT="+dir)
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(output).ReadString('\n'); line != "started\n" {
		t.Fatalf("the parent says %q (%v)", line, err)
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	wantGone(t, readPID(t, dir))
}

func TestStopEndsAServerThatCatchesTheSignal(t *testing.T) {
	dir := t.TempDir()
	server := shell(dir, `trap 'echo bye; rm pid; exit 0' TERM; echo $$ >pid; while :; do sleep 0.05; done`,
		fileExists(filepath.Join(dir, "pid")))
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := readPID(t, dir)
	for range 2 { // the second finds it stopped
		if err := server.Stop(); err != nil {
			t.Fatalf("stopping: %v", err)
		}
	}
	wantGone(t, first)
	if got := server.Logs(); !strings.Contains(got, "bye") {
		t.Errorf("the log is %q, want the server's farewell", got)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatalf("restarting: %v", err)
	}
	if err := server.Kill(); err != nil {
		t.Fatalf("killing: %v", err)
	}
	if second := readPID(t, dir); second == first {
		t.Errorf("the restarted server has the process id %d of the first", second)
	}
}

func TestAServerThatEndsWhileStartingSaysWhy(t *testing.T) {
	never := func(context.Context) error { return errors.New("no answer") }
	server := shell(t.TempDir(), `echo port is taken >&2; exit 3`, never)
	err := server.Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), "port is taken") {
		t.Errorf("error is %v, want the last words of the server", err)
	}
	if err := server.Pause(); !errors.Is(err, process.ErrNotRunning) {
		t.Errorf("pausing an ended server: %v, want ErrNotRunning", err)
	}
}

func TestHowAProgramEndedIsKnown(t *testing.T) {
	dir := t.TempDir()
	server := shell(dir, `echo $$ >pid; while [ ! -e end ]; do sleep 0.01; done; exit 7`, fileExists(filepath.Join(dir, "pid")))
	if server.Exited() != nil || server.ExitCode() != -1 {
		t.Errorf("before its start it has ended with %d", server.ExitCode())
	}
	for _, end := range []struct {
		by   func() error
		code int
	}{
		{server.Kill, -1},
		{func() error { return os.WriteFile(filepath.Join(dir, "end"), nil, 0o600) }, 7},
	} {
		if err := server.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := end.by(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-server.Exited():
		case <-time.After(10 * time.Second):
			t.Fatal("it does not end")
		}
		if got := server.ExitCode(); got != end.code {
			t.Errorf("exit code %d, want %d", got, end.code)
		}
	}
}

func TestStartGivesUpWithItsContext(t *testing.T) {
	server := shell(t.TempDir(), `while :; do sleep 60; done`, func(context.Context) error { return errors.New("deaf") })
	defer server.Kill()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := server.Start(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "deaf") {
		t.Errorf("error is %v, want the deadline and the last answer", err)
	}
}
