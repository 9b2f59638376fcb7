//go:build unix

// Package process runs one server of the test environment as a child process
// and lets a test do to it what a data centre does: stop, kill, freeze, restart.
//
// Only processes started here are ever signalled. Each one leads its own
// process group, so that its children go with it, and on Linux the kernel ends
// it when the test process dies, however that one dies.
package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// ErrNotRunning says that a signal was meant for a server that is stopped.
var ErrNotRunning = errors.New("the server is not running")

const (
	readyPoll     = 100 * time.Millisecond
	startPatience = 2 * time.Minute
	stopPatience  = 30 * time.Second
)

// Command says how to start a server. A restart runs the same command again.
type Command struct {
	Name  string   // what messages call it
	Path  string   // the program, or the Docker client when Image is set
	Args  []string // without the program's own name
	Env   []string // KEY=VALUE, added to the environment of the test
	Dir   string   // working folder: the server's state
	Log   string   // file that takes standard output and error, appended
	Image string   // when set, Path and Args run inside this image, by Docker
}

// Server is one server that can be started and ended many times. Its methods
// may be called from several goroutines; they take turns.
type Server struct {
	command Command
	ready   func(context.Context) error

	mu      sync.Mutex
	child   *exec.Cmd
	exited  chan struct{} // closed when child has ended
	runs    int           // starts so far; makes container names unique
	running string        // name of the container of this run, when in Docker
}

// New describes a server without starting it. ready returns nil once the server
// answers; it is asked again and again while the server starts.
func New(command Command, ready func(context.Context) error) *Server {
	return &Server{command: command, ready: ready}
}

// Start launches the server and waits until it is ready.
// It fails when the server ends before that, or when ctx is over.
func (s *Server) Start(ctx context.Context) error {
	if err := s.Launch(); err != nil {
		return err
	}
	return s.Await(ctx)
}

// Launch starts the process and returns at once. Launching a running server
// changes nothing.
func (s *Server) Launch() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.alive() {
		return nil
	}
	log, err := os.OpenFile(s.command.Log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("opening log of %s: %w", s.command.Name, err)
	}
	defer log.Close()
	s.runs++
	child := s.build()
	child.Dir = s.command.Dir
	child.Stdout, child.Stderr = log, log
	if err := spawn(child); err != nil {
		return fmt.Errorf("starting %s: %w", s.command.Name, err)
	}
	exited := make(chan struct{})
	s.child, s.exited = child, exited
	go func() {
		_ = child.Wait() // how it ended stands in its log
		close(exited)
	}()
	return nil
}

// Await returns nil once the launched server is ready, and an error when that
// takes more than two minutes.
func (s *Server) Await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	s.mu.Lock()
	exited := s.exited
	s.mu.Unlock()
	if exited == nil {
		return fmt.Errorf("%s: %w", s.command.Name, ErrNotRunning)
	}
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for {
		err := s.ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-exited:
			return fmt.Errorf("%s ended while starting; its log ends with:\n%s", s.command.Name, s.Logs())
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready (%w): %w; its log ends with:\n%s", s.command.Name, ctx.Err(), err, s.Logs())
		case <-tick.C:
		}
	}
}

// Stop asks the server to end in good order and waits for it; after 30 s it is
// killed. Stopping a stopped server changes nothing.
func (s *Server) Stop() error {
	return s.end(syscall.SIGTERM)
}

// Kill ends the server at once with SIGKILL, as a crash would, and waits until
// it is gone. What it has written to files stays.
func (s *Server) Kill() error {
	return s.end(syscall.SIGKILL)
}

// Terminate sends SIGTERM and does not wait; Stop afterwards does.
func (s *Server) Terminate() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.alive() {
		return nil
	}
	return s.signal(syscall.SIGTERM)
}

// Restart stops the server in good order, if it runs, and starts it again on
// the same address and state.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.Stop(); err != nil {
		return err
	}
	return s.Start(ctx)
}

// Pause freezes the server with SIGSTOP: it keeps its connections and its
// memory and answers nothing. It can be killed, but not stopped, until Resume.
func (s *Server) Pause() error { return s.pass(syscall.SIGSTOP) }

// Resume lets a paused server go on.
func (s *Server) Resume() error { return s.pass(syscall.SIGCONT) }

// Logs returns the end of the server's log, at most 64 KiB, of all its runs.
func (s *Server) Logs() string {
	return tail(s.command.Log, 64<<10)
}

// Exited is closed when the newest run has ended; nil before the first start.
func (s *Server) Exited() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.exited
}

// ExitCode returns how the newest run ended: the code it exited with, or -1 when
// a signal ended it or it still runs.
func (s *Server) ExitCode() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child == nil || s.alive() {
		return -1
	}
	return s.child.ProcessState.ExitCode()
}

func (s *Server) pass(sig syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.alive() {
		return fmt.Errorf("%s: %w", s.command.Name, ErrNotRunning)
	}
	return s.signal(sig)
}

func (s *Server) end(sig syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.alive() {
		return nil
	}
	if err := s.signal(sig); err != nil && s.alive() {
		return fmt.Errorf("ending %s: %w", s.command.Name, err)
	}
	select {
	case <-s.exited:
		return nil
	case <-time.After(stopPatience):
	}
	if err := s.signal(syscall.SIGKILL); err != nil && s.alive() {
		return fmt.Errorf("killing %s, which did not stop in %v: %w", s.command.Name, stopPatience, err)
	}
	<-s.exited
	return nil
}

// alive must be called with mu held.
func (s *Server) alive() bool {
	if s.child == nil {
		return false
	}
	select {
	case <-s.exited:
		return false
	default:
		return true
	}
}

// signal must be called with mu held and a child that was started.
func (s *Server) signal(sig syscall.Signal) error {
	if s.command.Image != "" {
		return s.signalContainer(sig)
	}
	err := syscall.Kill(-s.child.Process.Pid, sig) // the whole group
	if errors.Is(err, syscall.ESRCH) {
		return nil // ended by itself
	}
	return err
}

// Run runs a command to its end and returns what it printed.
func Run(ctx context.Context, c Command) (output string, err error) {
	s := &Server{command: c}
	child := s.build()
	child.Dir = c.Dir
	var text bytes.Buffer
	child.Stdout, child.Stderr = &text, &text
	if err := spawn(child); err != nil {
		return "", fmt.Errorf("starting %s: %w", c.Name, err)
	}
	stop := context.AfterFunc(ctx, func() { _ = syscall.Kill(-child.Process.Pid, syscall.SIGKILL) })
	defer stop()
	err = child.Wait()
	return text.String(), err
}
