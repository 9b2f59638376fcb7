package broker_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/millrace/millrace/streams/internal/broker"
)

// sampled are the metrics of one process, by name and labels but app.
type sampled map[string]float64

// sample reads a registry: counters and gauges with their value, histograms with
// the number of their observations.
func (w *world) sample(registry *prometheus.Registry) sampled {
	w.Helper()
	families, err := registry.Gather()
	if err != nil {
		w.Fatal(err)
	}
	all := make(sampled)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				if l.GetName() != "app" {
					name += " " + l.GetName() + "=" + l.GetValue()
				}
			}
			all[name] = value(m)
		}
	}
	return all
}

func value(m *dto.Metric) float64 {
	switch {
	case m.Counter != nil:
		return m.Counter.GetValue()
	case m.Histogram != nil:
		return float64(m.Histogram.GetSampleCount())
	}
	return m.Gauge.GetValue()
}

func TestMetricsSayWhatAProcessDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	start := func(name string) *prometheus.Registry {
		registry := prometheus.NewRegistry()
		opts := w.options(name, newStore())
		opts.Inspect, opts.Standbys, opts.Metrics = 50*time.Millisecond, 1, broker.NewMetrics(registry)
		w.run(opts).ready()
		return registry
	}
	a := start("a")
	w.send(1000, 20)
	w.settle()
	b := start("b")
	reach := func(registry *prometheus.Registry, wants sampled) {
		t.Helper()
		eventually(t, 60*time.Second, func() error {
			got := w.sample(registry)
			for name, want := range wants {
				if v, ok := got[name]; !ok || v != want {
					return fmt.Errorf("%s is %v (there: %v), want %v", name, v, ok, want)
				}
			}
			return nil
		})
	}
	// Each has one task and follows the other one's.
	reach(a, sampled{"streams_tasks phase=active": 1, "streams_inputs_handled_total": 1000, "streams_timers_due": 0})
	reach(b, sampled{"streams_tasks phase=active": 1, "streams_timers_due": 0})
	owner := w.sample(b)
	mine, other := "0", "1"
	if _, ok := owner["streams_lag_records partition=1"]; ok {
		mine, other = other, mine
	}
	reach(b, sampled{"streams_lag_records partition=" + mine: 0, "streams_lag_seconds partition=" + mine: 0, "streams_standby_lag_records partition=" + other: 0})
	reach(a, sampled{"streams_lag_records partition=" + other: 0, "streams_standby_lag_records partition=" + mine: 0})
	got := w.sample(a)
	for _, name := range []string{"streams_input_bytes_total", "streams_end_to_end_seconds", "streams_overlay_bytes", "streams_commit_seconds", "streams_transactions_total"} {
		if got[name] <= 0 {
			t.Errorf("%s is %v", name, got[name])
		}
	}
	if _, ok := got["streams_lag_records partition="+mine]; ok {
		t.Errorf("a still tells the lag of the task that b has")
	}
}

func TestIdleTaskCommitsFromTimeToTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	registry := prometheus.NewRegistry()
	opts := w.options("a", newStore())
	opts.Metrics, opts.Beat = broker.NewMetrics(registry), 100*time.Millisecond
	i := w.run(opts)
	i.ready()
	eventually(t, 60*time.Second, func() error {
		if n := w.sample(registry)["streams_transactions_total"]; n < 3 {
			return fmt.Errorf("%v transactions", n)
		}
		return nil
	})
	w.send(10, 5)
	w.settle()
	i.drain()
}
