//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// soak runs the instance under load and samples it each second until all inputs
// are committed.
func soak(ctx context.Context, o options) ([]sample, error) {
	app := fmt.Sprintf("soak-%d", time.Now().UnixNano())
	cl, err := kgo.NewClient(kgo.SeedBrokers(o.brokers...), kgo.ProducerBatchCompression(kgo.Lz4Compression()))
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	defer cl.Close()
	adm := kadm.NewClient(cl)
	created, err := adm.CreateTopics(ctx, partitions, -1, nil, app+"-in", app+"-out")
	if err = errors.Join(err, created.Error()); err != nil {
		return nil, fmt.Errorf("creating topics: %w", err)
	}
	if err := known(ctx, adm, app+"-in", app+"-out"); err != nil {
		return nil, err
	}
	child, err := start(o, app)
	if err != nil {
		return nil, err
	}
	defer func() { _ = child.stop() }()
	loaded := make(chan error, 1)
	go func() { loaded <- load(ctx, cl, app+"-in", o) }()
	samples, err := watch(ctx, child, adm, app, o, loaded)
	return samples, errors.Join(err, child.stop())
}

// known waits until the brokers know topics that were just made.
func known(ctx context.Context, adm *kadm.Client, topics ...string) error {
	for {
		listed, err := adm.ListTopics(ctx, topics...)
		if err = errors.Join(err, listed.Error()); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for topics: %w", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// process is the running instance.
type process struct {
	cmd   *exec.Cmd
	ended chan struct{} // closed when it has ended
	log   string
}

func start(o options, app string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	p := &process{cmd: exec.Command(self), ended: make(chan struct{}), log: filepath.Join(o.dir, "log")}
	log, err := os.Create(p.log)
	if err != nil {
		return nil, fmt.Errorf("making the instance's log: %w", err)
	}
	defer log.Close()
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.Env = append(os.Environ(),
		instanceVariable+"="+app, brokersVariable+"="+strings.Join(o.brokers, ","), stateVariable+"="+filepath.Join(o.dir, "state"),
		profileVariable+"="+o.profile,
		fmt.Sprintf("GOMEMLIMIT=%d", memory().limit()))
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the instance: %w", err)
	}
	go func() {
		_ = p.cmd.Wait() // how it ended stands in ProcessState
		close(p.ended)
	}()
	return p, nil
}

// stop ends the instance in order, or within a minute. Stopping twice is fine.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails only when it has ended
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("the instance ended with code %d:\n%s", code, p.tail())
	}
	return nil
}

// tail returns the end of the instance's log.
func (p *process) tail() string {
	const limit = 4 << 10
	text, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-limit):])
}

// load sends an input for every key, then the updates to keys all over.
func load(ctx context.Context, cl *kgo.Client, topic string, o options) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	step := 7919*104_729 + 1 // spreads the updates
	for n := range o.keys + o.updates {
		key := n
		if n >= o.keys {
			key = n * step % o.keys
		}
		r := &kgo.Record{Topic: topic, Key: fmt.Appendf(nil, "key-%09d", key), Value: fmt.Append(nil, n)}
		cl.Produce(ctx, r, func(_ *kgo.Record, err error) { //nolint:forbidigo // the load comes from outside of the topology
			if err != nil {
				cancel(err)
			}
		})
		if ctx.Err() != nil {
			break
		}
	}
	if err := cl.Flush(ctx); err != nil {
		return fmt.Errorf("loading: %w", context.Cause(ctx))
	}
	return nil
}
