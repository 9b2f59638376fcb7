//go:build unix

package testenv

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/millrace/millrace/testenv/internal/process"
)

// Program is a program of ours that a test runs as a process of its own, to end
// it as a machine would. It may be ended and started again many times.
type Program struct {
	server *process.Server
	name   string
}

// NewSelf describes the running test binary as a program, in folder dir, with
// variables (KEY=VALUE) by which TestMain knows what to be. Its output goes to
// the file log in dir. It ends with the test, whose log then shows the end of
// that file if the test failed.
func NewSelf(t testing.TB, name, dir string, env ...string) *Program {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatalf("testenv: making the folder of %s: %v", name, err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatalf("testenv: finding the test binary: %v", err)
	}
	p := &Program{name: name, server: process.New(process.Command{
		Name: name, Path: self, Env: env, Dir: dir, Log: filepath.Join(dir, "log"),
	}, nil)}
	endWith(t, name, p.server)
	return p
}

// Start runs the program and returns at once; starting a running one changes
// nothing.
func (p *Program) Start() error { return p.server.Launch() }

// Stop sends SIGTERM and waits for the end; after 30 s it kills.
func (p *Program) Stop() error { return p.server.Stop() }

// Kill ends the program with SIGKILL and waits until it is gone.
func (p *Program) Kill() error { return p.server.Kill() }

// Pause freezes the program with SIGSTOP until Resume or Kill.
func (p *Program) Pause() error { return p.server.Pause() }

// Resume lets a paused program go on.
func (p *Program) Resume() error { return p.server.Resume() }

// Exited is closed when the newest run has ended; nil before the first Start.
func (p *Program) Exited() <-chan struct{} { return p.server.Exited() }

// ExitCode is the code the newest run exited with, or -1 when a signal ended it
// or it still runs.
func (p *Program) ExitCode() int { return p.server.ExitCode() }

// Logs returns the end of what all runs have written, at most 64 KiB.
func (p *Program) Logs() string { return p.server.Logs() }

// String names the program and how it ended.
func (p *Program) String() string { return fmt.Sprintf("%s (exit code %d)", p.name, p.ExitCode()) }
