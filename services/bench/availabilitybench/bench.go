//go:build linux

package availabilitybench

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// batchSize is how many items a batch asks for.
const batchSize = 100

// Targets that the figures are held against.
const (
	wantOfGet    = 0.8                   // of the rate of GET, by reads of one item
	wantOfMGet   = 0.25                  // of the rate of MGET, by reads of a hundred
	wantHalfPeak = 2 * time.Millisecond  // 99 of 100 reads, at half of the peak
	wantVisible  = 50 * time.Millisecond // 99 of 100 movements
)

// Options say what is measured.
type Options struct {
	Server         string // host:port of the HTTP server
	Redis          string // host:port
	RedisBenchmark string // the program
	Items          int    // different items that are read
	Connections    int
	Span           time.Duration // of each HTTP round
	Rounds         int           // of reads, of which the medians are reported
	PerSecond      int           // movements
	// Move writes a movement that brings one unit of an item to a node.
	Move func(ctx context.Context, sku, node string) error
	// Progress is told what is being measured.
	Progress func(format string, args ...any)
}

// Report has the figures.
type Report struct {
	RedisGet    float64 `json:"redis_get_per_s"`
	HTTPGet     float64 `json:"http_get_per_s"`
	RedisMGet   float64 `json:"redis_mget_per_s"`
	HTTPBatch   float64 `json:"http_batch_per_s"`
	HalfPeakP99 float64 `json:"half_peak_p99_ms"`
	HalfPeakP50 float64 `json:"half_peak_p50_ms"`
	Visible     Visible `json:"movement_to_visible"`
	Connections int     `json:"connections"`
	AnswerBytes int     `json:"answer_bytes"` // the body of one item's, and each value in Redis
}

// Visible is how soon movements are seen, in milliseconds.
type Visible struct {
	PerSecond int     `json:"movements_per_s"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
	Count     int     `json:"samples"`
}

// Check returns a target that is missed.
func (v Visible) Check() error {
	if v.P99 >= millis(wantVisible) {
		return fmt.Errorf("99 of 100 movements are visible after %.1f ms, not %s", v.P99, wantVisible)
	}
	return nil
}

// Markdown is a sentence for people.
func (v Visible) Markdown() string {
	return fmt.Sprintf("At %d movements a second one is visible after %.1f ms, 99 of 100 after up to %.1f ms (wanted: below %s; %d samples).\n",
		v.PerSecond, v.P50, v.P99, wantVisible, v.Count)
}

// SKU is the name of the n-th item that is read.
func SKU(n int) string { return fmt.Sprintf("BENCH-%06d", n) }

// nodes is where the items are.
var nodes = []string{"north", "south", "harbor"}

// Run measures.
func Run(ctx context.Context, o Options) (*Report, error) {
	o.Progress("bringing %d items to %d nodes", o.Items, len(nodes))
	if err := o.stock(ctx); err != nil {
		return nil, err
	}
	size, err := o.answerSize(ctx, SKU(0))
	if err != nil {
		return nil, err
	}
	r := &Report{Connections: o.Connections, AnswerBytes: size}
	var gets, redisGets, batches, redisBatches []float64
	for round := range o.Rounds {
		o.Progress("round %d of %d: one item", round+1, o.Rounds)
		// Random keys: so many that hardly any is left out. Values as long as an answer.
		if _, err := o.redisRate(ctx, 10*o.Items, "-r", fmt.Sprint(o.Items), "-d", fmt.Sprint(size), "-t", "set"); err != nil {
			return nil, err
		}
		rate, err := o.redisRate(ctx, 300_000, "-r", fmt.Sprint(o.Items), "-t", "get")
		if err != nil {
			return nil, err
		}
		redisGets = append(redisGets, rate)
		got, err := o.load(o.single(), 0).run(ctx)
		if err != nil {
			return nil, err
		}
		gets = append(gets, got.perSec)
		o.Progress("round %d of %d: %d items", round+1, o.Rounds, batchSize)
		if rate, err = o.redisRate(ctx, 50_000, mget()...); err != nil {
			return nil, err
		}
		redisBatches = append(redisBatches, rate)
		if got, err = o.load(o.batch(), 0).run(ctx); err != nil {
			return nil, err
		}
		batches = append(batches, got.perSec)
	}
	r.HTTPGet, r.RedisGet, r.HTTPBatch, r.RedisMGet = median(gets), median(redisGets), median(batches), median(redisBatches)
	o.Progress("half of the peak: %.0f reads a second", r.HTTPGet/2)
	paced, err := o.load(o.single(), r.HTTPGet/2).run(ctx)
	if err != nil {
		return nil, err
	}
	r.HalfPeakP50, r.HalfPeakP99 = millis(paced.percentile(0.5)), millis(paced.percentile(0.99))
	r.Visible, err = o.Movements(ctx)
	return r, err
}

// Movements measures how soon movements are seen, without anything else.
func (o *Options) Movements(ctx context.Context) (Visible, error) {
	o.Progress("%d movements a second", o.PerSecond)
	seen, err := o.visible(ctx)
	return Visible{PerSecond: o.PerSecond, P50: millis(seen.percentile(0.5)), P99: millis(seen.percentile(0.99)), Count: len(seen.late)}, err
}

// stock brings a unit of each item to each node and waits until all are seen.
func (o *Options) stock(ctx context.Context) error {
	group, moved := errgroup.WithContext(ctx)
	group.SetLimit(moving)
	for n := range o.Items {
		for _, node := range nodes {
			group.Go(func() error { return o.Move(moved, SKU(n), node) })
		}
	}
	if err := group.Wait(); err != nil {
		return err
	}
	skus := make([]string, o.Items)
	for n := range skus {
		skus[n] = SKU(n)
	}
	return o.Await(ctx, skus...)
}

// Await returns when each item can be sold, a unit for each node at least.
func (o *Options) Await(ctx context.Context, skus ...string) error {
	for _, sku := range skus {
		if err := o.await(ctx, sku, int64(len(nodes))); err != nil {
			return err
		}
	}
	return nil
}

func (o *Options) load(requests [][]byte, perSec float64) load {
	return load{addr: o.Server, requests: requests, conns: o.Connections, perSec: perSec, span: o.Span}
}

// single asks for each item alone.
func (o *Options) single() [][]byte {
	requests := make([][]byte, o.Items)
	for n := range requests {
		requests[n] = o.get(SKU(n))
	}
	return requests
}

func (o *Options) get(sku string) []byte {
	return fmt.Appendf(nil, "GET /v1/availability?sku=%s HTTP/1.1\r\nHost: %s\r\n\r\n", url.QueryEscape(sku), o.Server)
}

// batch asks for a hundred items at once.
func (o *Options) batch() [][]byte {
	var requests [][]byte
	for first := 0; first+batchSize <= o.Items; first += batchSize {
		skus := make([]string, batchSize)
		for n := range skus {
			skus[n] = SKU(first + n)
		}
		body := `{"skus":["` + strings.Join(skus, `","`) + `"]}`
		requests = append(requests, fmt.Appendf(nil,
			"POST /v1/availability:batchGet HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", o.Server, len(body), body))
	}
	return requests
}

// mget asks Redis for a hundred keys that redis-benchmark wrote.
func mget() []string {
	command := []string{"mget"}
	for n := range batchSize {
		command = append(command, fmt.Sprintf("key:%012d", n))
	}
	return command
}

func median(of []float64) float64 {
	slices.SortFunc(of, cmp.Compare)
	return of[len(of)/2]
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// Check returns what misses its target.
func (r *Report) Check() error {
	var missed []error
	want := func(ok bool, format string, args ...any) {
		if !ok {
			missed = append(missed, fmt.Errorf(format, args...))
		}
	}
	want(r.HTTPGet >= wantOfGet*r.RedisGet, "reads of one item are %.2f of Redis GET, not %.2f", r.HTTPGet/r.RedisGet, wantOfGet)
	want(r.HTTPBatch >= wantOfMGet*r.RedisMGet, "reads of %d items are %.2f of Redis MGET, not %.2f", batchSize, r.HTTPBatch/r.RedisMGet, wantOfMGet)
	want(r.HalfPeakP99 < millis(wantHalfPeak), "at half of the peak 99 of 100 reads take up to %.2f ms, not %s", r.HalfPeakP99, wantHalfPeak)
	return errors.Join(append(missed, r.Visible.Check())...)
}

// Markdown is the report for people.
func (r *Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %d connections, no pipelining, %d bytes an item | Redis /s | HTTP /s | ratio | wanted |\n|---|---|---|---|---|\n", r.Connections, r.AnswerBytes)
	fmt.Fprintf(&b, "| one item | %.0f | %.0f | %.2f | %.2f |\n", r.RedisGet, r.HTTPGet, r.HTTPGet/r.RedisGet, wantOfGet)
	fmt.Fprintf(&b, "| %d items | %.0f | %.0f | %.2f | %.2f |\n\n", batchSize, r.RedisMGet, r.HTTPBatch, r.HTTPBatch/r.RedisMGet, wantOfMGet)
	fmt.Fprintf(&b, "At half of the peak a read takes %.2f ms, 99 of 100 up to %.2f ms (wanted: below %s).\n", r.HalfPeakP50, r.HalfPeakP99, wantHalfPeak)
	b.WriteString(r.Visible.Markdown())
	return b.String()
}
