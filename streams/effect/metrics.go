package effect

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/millrace/millrace/streams/task"
)

// metrics counts the calls of one topology by destination. All labels come from
// the topology, so their number is bounded.
type metrics struct {
	calls   *prometheus.CounterVec
	effects *prometheus.CounterVec
	seconds *prometheus.HistogramVec
}

// Outcomes of effects in metrics.
const (
	outcomeOK      = "ok"
	outcomeFailed  = "failed"  // tried again, or answered after the last attempt
	outcomeRefused = "refused" // for good
)

// newMetrics registers the metrics of x, unless registerer is nil.
func newMetrics(registerer prometheus.Registerer, app string, x *Executor) *metrics {
	labels := prometheus.Labels{"app": app}
	m := &metrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "streams", Name: "effect_calls_total", ConstLabels: labels,
			Help: "Calls made to destinations; a batch is one.",
		}, []string{"destination"}),
		effects: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "streams", Name: "effect_tries_total", ConstLabels: labels,
			Help: "Tries of effects by how they ended: ok, failed, refused.",
		}, []string{"destination", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "streams", Name: "effect_call_seconds", ConstLabels: labels,
			Help: "How long calls to destinations took.", Buckets: prometheus.ExponentialBuckets(0.005, 2, 14),
		}, []string{"destination"}),
	}
	if registerer != nil {
		gauges := &gauges{executor: x}
		gauges.waiting = prometheus.NewDesc("streams_effects_waiting", "Effects that wait for their call, by destination.", []string{"destination"}, labels)
		gauges.running = prometheus.NewDesc("streams_effect_calls_running", "Calls under way, by destination.", []string{"destination"}, labels)
		registerer.MustRegister(m.calls, m.effects, m.seconds, gauges)
	}
	return m
}

// called counts one call that was made.
func (m *metrics) called(destination string, outcomes []task.Outcome, took time.Duration) {
	made := false
	for _, o := range outcomes {
		if notMade(o.Err) {
			continue
		}
		made = true
		m.effects.WithLabelValues(destination, outcomeOf(o.Err)).Inc()
	}
	if made {
		m.calls.WithLabelValues(destination).Inc()
		m.seconds.WithLabelValues(destination).Observe(took.Seconds())
	}
}

func outcomeOf(err error) string {
	switch {
	case err == nil:
		return outcomeOK
	case IsPermanent(err):
		return outcomeRefused
	}
	return outcomeFailed
}

// gauges reads the present from the executor when it is asked.
type gauges struct {
	executor         *Executor
	waiting, running *prometheus.Desc
}

// Describe implements prometheus.Collector.
func (g *gauges) Describe(to chan<- *prometheus.Desc) {
	to <- g.waiting
	to <- g.running
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(to chan<- prometheus.Metric) {
	g.executor.mu.Lock()
	defer g.executor.mu.Unlock()
	for name, d := range g.executor.destinations {
		to <- prometheus.MustNewConstMetric(g.waiting, prometheus.GaugeValue, float64(d.waiting), name)
		to <- prometheus.MustNewConstMetric(g.running, prometheus.GaugeValue, float64(d.budget.running), name)
	}
}
