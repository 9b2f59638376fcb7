//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
)

// sample is what was seen of the instance at a moment.
type sample struct {
	at      time.Duration // since the start
	memory  int64         // resident, in bytes
	handled int64         // inputs committed
}

// watch samples until all inputs are committed, and shows each tenth sample. The
// first one beyond the bound makes the instance write its heap profile.
func watch(ctx context.Context, p *process, adm *kadm.Client, app string, o options, loaded <-chan error) ([]sample, error) {
	began := time.Now()
	want := int64(o.keys + o.updates)
	var samples []sample
	beyond := false
	for tick := time.NewTicker(time.Second); ; {
		select {
		case <-ctx.Done():
			return samples, fmt.Errorf("the load was not handled in time: %w", context.Cause(ctx))
		case <-p.ended:
			return samples, errors.New("the instance ended by itself")
		case err := <-loaded:
			if err != nil {
				return samples, err
			}
			loaded = nil
			continue
		case <-tick.C:
		}
		s, err := look(ctx, p, adm, app)
		if err != nil {
			return samples, err
		}
		s.at = time.Since(began)
		samples = append(samples, s)
		if len(samples)%10 == 0 {
			fmt.Fprintf(os.Stderr, "%5.0f s: %d of %d inputs, %d MiB\n", s.at.Seconds(), s.handled, want, s.memory/mib)
		}
		if s.memory > o.bound && !beyond {
			beyond = true
			fmt.Fprintf(os.Stderr, "%5.0f s: %d MiB, the bound is %d MiB: writing %s\n", s.at.Seconds(), s.memory/mib, o.bound/mib, o.profile)
			if err := p.cmd.Process.Signal(syscall.SIGUSR1); err != nil {
				return samples, fmt.Errorf("asking for a heap profile: %w", err)
			}
		}
		if s.handled >= want {
			return samples, nil
		}
	}
}

func look(ctx context.Context, p *process, adm *kadm.Client, app string) (s sample, err error) {
	if s.memory, err = resident(p.cmd.Process.Pid); err != nil {
		return s, err
	}
	offsets, err := adm.FetchOffsets(ctx, app)
	if err != nil {
		return s, nil // a broker that is busy for a moment; the next look tells
	}
	offsets.Each(func(o kadm.OffsetResponse) {
		if o.Topic == app+"-in" {
			s.handled += o.At
		}
	})
	return s, nil
}

// resident is how much memory the system has given a process, in bytes.
func resident(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("reading the memory of the instance (only Linux tells it so): %w", err)
	}
	for line := range strings.Lines(string(status)) {
		var kib int64
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kib); n == 1 {
			return kib << 10, nil
		}
	}
	return 0, errors.New("the instance has no memory: it has ended")
}

// judge prints the samples as a table with bars and compares them with the bound.
func judge(samples []sample, bound int64) error {
	const lines, width = 30, 50
	var highest sample
	fmt.Printf("%8s %12s %10s %8s\n", "second", "inputs", "inputs/s", "MiB")
	for i, s := range samples {
		if s.memory > highest.memory {
			highest = s
		}
		if step := max(1, len(samples)/lines); i%step == 0 || i == len(samples)-1 {
			rate := float64(s.handled) / s.at.Seconds()
			fmt.Printf("%8.0f %12d %10.0f %8d %s\n", s.at.Seconds(), s.handled, rate, s.memory/mib,
				strings.Repeat("#", int(min(2*width, s.memory*width/bound))))
		}
	}
	fmt.Printf("highest %d MiB after %.0f s, bound %d MiB\n", highest.memory/mib, highest.at.Seconds(), bound/mib)
	if highest.memory > bound {
		return fmt.Errorf("the instance used %d MiB, the bound is %d MiB", highest.memory/mib, bound/mib)
	}
	return nil
}
