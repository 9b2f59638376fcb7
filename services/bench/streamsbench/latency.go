//go:build linux

package streamsbench

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Latency is how old records are when a reader of committed outputs gets them.
type Latency struct {
	P50  float64 `json:"p50_ms"`
	P99  float64 `json:"p99_ms"`
	P999 float64 `json:"p999_ms"`
	// CPUShare is the CPU time of the contestant in a second, in cores.
	CPUShare float64 `json:"cpu_share"`
	Records  int     `json:"records"`
}

// warmUp is how long a contestant runs under load before it is measured.
const warmUp = 8 * time.Second

// latency feeds the contestant at a steady rate for a while.
func (b *bench) latency(ctx context.Context, c contestant, w Work) (Latency, error) {
	perSecond, span := b.PerSecond, b.Span
	out, err := b.cluster.watch(ctx, b.Brokers, w.Out)
	if err != nil {
		return Latency{}, err
	}
	defer out.close()
	p, err := b.spawn(c, w)
	if err != nil {
		return Latency{}, err
	}
	defer p.kill()
	feeding, stop := context.WithCancel(ctx)
	defer stop()
	fed := make(chan error, 1)
	go func() { fed <- b.cluster.feed(feeding, w.In, perSecond, b.Keys, b.ValueSize) }()
	began, end := context.WithTimeout(ctx, 2*time.Minute)
	defer end()
	if _, err := out.next(began, time.Now()); err != nil {
		return Latency{}, errors.Join(err, p.alive())
	}
	if err := pause(ctx, warmUp); err != nil {
		return Latency{}, err
	}
	out.reset()
	before, err := p.cpu()
	if err != nil {
		return Latency{}, err
	}
	if err := pause(ctx, span); err != nil {
		return Latency{}, err
	}
	after, err := p.cpu()
	if err != nil {
		return Latency{}, err
	}
	all, _ := out.seen()
	stop()
	if err := errors.Join(<-fed, p.alive()); err != nil {
		return Latency{}, err
	}
	if len(all) < perSecond*int(span.Seconds())*9/10 {
		return Latency{}, fmt.Errorf("%s made %d outputs in %s of %d inputs a second: it does not keep up", c.name, len(all), span, perSecond)
	}
	sorted := ages(all)
	return Latency{
		P50: millis(percentile(sorted, 0.5)), P99: millis(percentile(sorted, 0.99)), P999: millis(percentile(sorted, 0.999)),
		CPUShare: (after - before).Seconds() / span.Seconds(), Records: len(all),
	}, nil
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
