package flowbench

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/platform/kafka"
)

// wantAllocated is what 99 of 100 orders may take from accepted to allocated.
const wantAllocated = 150 * time.Millisecond

// Options say what is measured.
type Options struct {
	Server    string        // host:port of the HTTP server
	Reader    *kafka.Reader // of the topics of the same installation
	SKUs      []string      // items in plenty at every node
	Channel   string        // that may order them
	Lines     int           // of an order, each of another item
	PerSecond int           // orders, in the paced rounds
	Open      int           // orders on their way, in the sustained rounds
	Span      time.Duration // of a round
	Rounds    int           // of each kind, of which the medians are reported
	// Progress is told what is being measured.
	Progress func(format string, args ...any)
}

// Times are percentiles in milliseconds.
type Times struct {
	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
}

// Report has the figures.
type Report struct {
	PerSecond int     `json:"orders_per_s"`
	Lines     int     `json:"lines"`
	Orders    int     `json:"orders"` // of all paced rounds
	Allocated Times   `json:"accepted_to_allocated"`
	Promise   Times   `json:"click_to_allocated"`
	Answer    Times   `json:"click_to_answer"`
	Sustained float64 `json:"sustained_orders_per_s"`
	Open      int     `json:"open_orders"`
}

// Run measures.
func Run(ctx context.Context, o Options) (*Report, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := newWatch()
	reading := w.follow(ctx, o.Reader, cancel)
	r := &Report{PerSecond: o.PerSecond, Lines: o.Lines, Open: o.Open}
	var allocated, promise, answer []Times
	var sustained []float64
	// The full load comes first: it also warms up everything for the times.
	for n := range o.Rounds {
		o.Progress("round %d of %d: as many orders as are allocated for %s, %d of them on their way", n+1, o.Rounds, o.Span, o.Open)
		rate, err := o.sustained(ctx, w, fmt.Sprintf("full-%d", n))
		if err != nil {
			return nil, err
		}
		sustained = append(sustained, rate)
		o.Progress("  %.0f orders a second", rate)
	}
	for n := range o.Rounds {
		o.Progress("round %d of %d: %d orders a second for %s", n+1, o.Rounds, o.PerSecond, o.Span)
		got, err := o.paced(ctx, w, fmt.Sprintf("paced-%d", n), o.Span)
		if err != nil {
			return nil, err
		}
		r.Orders += len(got.answer)
		allocated, promise, answer = append(allocated, times(got.allocated)), append(promise, times(got.promise)), append(answer, times(got.answer))
		o.Progress("  accepted to allocated: p50 %.1f ms, p99 %.1f ms", allocated[n].P50, allocated[n].P99)
	}
	r.Allocated, r.Promise, r.Answer, r.Sustained = middle(allocated), middle(promise), middle(answer), median(sustained)
	cancel(nil)
	return r, reading()
}

// times sorts what it is given.
func times(late []time.Duration) Times {
	slices.Sort(late)
	at := func(p float64) float64 {
		if len(late) == 0 {
			return 0
		}
		return float64(late[min(len(late)-1, int(p*float64(len(late))))].Microseconds()) / 1000
	}
	return Times{P50: at(0.5), P99: at(0.99)}
}

// middle takes the median of each percentile.
func middle(rounds []Times) Times {
	var p50, p99 []float64
	for _, t := range rounds {
		p50, p99 = append(p50, t.P50), append(p99, t.P99)
	}
	return Times{P50: median(p50), P99: median(p99)}
}

func median(of []float64) float64 {
	if len(of) == 0 {
		return 0
	}
	slices.SortFunc(of, cmp.Compare)
	return of[len(of)/2]
}

// Check returns what misses its target.
func (r *Report) Check() error {
	if want := float64(wantAllocated.Milliseconds()); r.Allocated.P99 >= want {
		return fmt.Errorf("99 of 100 orders are allocated up to %.0f ms after they were accepted, not %.0f", r.Allocated.P99, want)
	}
	return nil
}

// Markdown is the report for people.
func (r *Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %d orders a second of %d lines | half of them ms | 99 of 100 ms | wanted |\n|---|---|---|---|\n", r.PerSecond, r.Lines)
	fmt.Fprintf(&b, "| accepted to allocated | %.1f | %.1f | below %d |\n", r.Allocated.P50, r.Allocated.P99, wantAllocated.Milliseconds())
	fmt.Fprintf(&b, "| click to answer | %.1f | %.1f | |\n", r.Answer.P50, r.Answer.P99)
	fmt.Fprintf(&b, "| click to allocated | %.1f | %.1f | |\n\n", r.Promise.P50, r.Promise.P99)
	fmt.Fprintf(&b, "%d orders were measured. Sustained, with %d orders on their way: %.0f orders a second.\n", r.Orders, r.Open, r.Sustained)
	return b.String()
}
