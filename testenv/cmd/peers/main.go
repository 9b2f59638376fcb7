//go:build unix

// Command peers starts the real neighbours of Millrace once, so that many test
// processes can share them.
//
//	peers                 prints KEY=VALUE lines, runs until SIGINT, SIGTERM or the end of its input
//	peers -- go test ...  runs the command with these variables, then ends with its exit code
//
// The variables are MILLRACE_TEST_KAFKA, MILLRACE_TEST_REGISTRY and MILLRACE_TEST_REDIS. One
// that is set already is left alone. What this machine cannot run is named on
// standard error and left out; with MILLRACE_REQUIRE that is a failure.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"sync"
	"syscall"

	"github.com/millrace/millrace/testenv"
)

// peer is one server that can be started.
type peer struct {
	name, key string
	start     func(context.Context) (server, error)
}

// server is a peer that runs; addr is what the variable gets.
type server struct {
	addr string
	kill func() error
}

func peers() []peer {
	return []peer{
		{"kafka", "MILLRACE_TEST_KAFKA", func(ctx context.Context) (server, error) {
			cluster, err := testenv.StartKafka(ctx, testenv.KafkaOptions{})
			if err != nil {
				return server{}, err
			}
			return server{cluster.Addr(), cluster.Kill}, nil
		}},
		{"registry", "MILLRACE_TEST_REGISTRY", func(ctx context.Context) (server, error) {
			registry, err := testenv.StartRegistry(ctx)
			if err != nil {
				return server{}, err
			}
			return server{registry.URL(), registry.Kill}, nil
		}},
		{"redis", "MILLRACE_TEST_REDIS", func(ctx context.Context) (server, error) {
			redis, err := testenv.StartRedis(ctx)
			if err != nil {
				return server{}, err
			}
			return server{redis.Addr(), redis.Kill}, nil
		}},
	}
}

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
	}
	os.Exit(code)
}

func run(args []string) (int, error) {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	running, err := startAll(ctx, peers())
	defer func() {
		for _, s := range running {
			if err := s.kill(); err != nil {
				fmt.Fprintln(os.Stderr, "peers:", err)
			}
		}
	}()
	if err != nil {
		return 1, err
	}
	variables := make([]string, 0, len(running))
	for key, s := range running {
		variables = append(variables, key+"="+s.addr)
	}
	slices.Sort(variables)
	if len(args) > 0 {
		return execute(ctx, args, variables)
	}
	for _, pair := range variables {
		fmt.Println(pair)
	}
	wait(ctx)
	return 0, nil
}

// startAll starts what is not given already, all at once, and returns what runs
// by the name of its variable, also when it fails.
func startAll(ctx context.Context, all []peer) (map[string]server, error) {
	servers, errs := make([]server, len(all)), make([]error, len(all))
	var starting sync.WaitGroup
	for i, p := range all {
		if os.Getenv(p.key) == "" {
			starting.Go(func() { servers[i], errs[i] = p.start(ctx) })
		}
	}
	starting.Wait()
	running := map[string]server{}
	for i, p := range all {
		switch err := errs[i]; {
		case err == nil && servers[i].kill != nil:
			running[p.key] = servers[i]
		case testenv.IsMissing(err) && !testenv.Required(p.name):
			fmt.Fprintf(os.Stderr, "testenv: SKIP %s: %v\n", p.name, err)
			errs[i] = nil
		case err != nil:
			errs[i] = fmt.Errorf("starting %s: %w", p.name, err)
		}
	}
	return running, errors.Join(errs...)
}

// execute runs a command and returns its exit code. SIGINT from a terminal
// reaches the command by itself; SIGTERM is handed on.
func execute(ctx context.Context, args, variables []string) (int, error) {
	command := exec.CommandContext(ctx, args[0], args[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.Env = append(os.Environ(), variables...)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	err := command.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return max(1, exit.ExitCode()), nil // its own output says why
	}
	if err != nil {
		return 1, fmt.Errorf("running %s: %w", args[0], err)
	}
	return 0, nil
}

// wait returns when the program is told to end, or when whoever started it has
// closed its input.
func wait(ctx context.Context) {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_, _ = io.Copy(io.Discard, os.Stdin)
	}()
	select {
	case <-ctx.Done():
	case <-closed:
	}
}
