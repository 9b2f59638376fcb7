package broker

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the counters of all topologies of a process.
type Metrics struct {
	handled      *prometheus.CounterVec
	outputs      *prometheus.CounterVec
	deadLetters  *prometheus.CounterVec
	late         *prometheus.CounterVec
	transactions *prometheus.CounterVec
	recoveries   *prometheus.CounterVec
	rows         *prometheus.CounterVec
	unasked      *prometheus.CounterVec
	seconds      *prometheus.HistogramVec
	latency      *prometheus.HistogramVec
	bytes        *prometheus.CounterVec
	overlay      *prometheus.HistogramVec
	gauges       gauges
	parkedInputs *prometheus.GaugeVec
	pausedTasks  *prometheus.GaugeVec
}

// NewMetrics makes the metrics and registers them, unless registerer is nil.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	counter := func(name, help string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "streams", Name: name, Help: help}, []string{"app"})
		if registerer != nil {
			registerer.MustRegister(c)
		}
		return c
	}
	gauge := func(name, help string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "streams", Name: name, Help: help}, []string{"app", "partition"})
		if registerer != nil {
			registerer.MustRegister(g)
		}
		return g
	}
	m := &Metrics{
		parkedInputs: gauge("parked_inputs", "Inputs that failed for now, and those that wait behind them."),
		pausedTasks:  gauge("paused_tasks", "1 for a task that reads no records because too many inputs are parked."),
		handled:      counter("inputs_handled_total", "Inputs handled in committed transactions."),
		outputs:      counter("outputs_total", "Records produced in committed transactions, rows left out."),
		deadLetters:  counter("dead_letters_total", "Inputs that could not be handled."),
		late:         counter("late_windows_total", "Windows that were closed before a record of theirs came."),
		transactions: counter("transactions_total", "Committed transactions."),
		recoveries:   counter("recoveries_total", "Transactions given up."),
		rows:         counter("restored_rows_total", "Changelog rows applied while restoring."),
		unasked:      counter("answers_dropped_total", "Answers of effects that were cancelled or answered before."),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "streams", Name: "commit_seconds",
			Help:    "From a transaction's first produce to the answer of its end.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
		}, []string{"app"}),
	}
	m.bytes = counter("input_bytes_total", "Keys and values of inputs handled in committed transactions.")
	m.latency = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "streams", Name: "end_to_end_seconds",
		Help:    "From the timestamp of the oldest record of a task's transaction to its commit.",
		Buckets: prometheus.ExponentialBuckets(0.004, 2, 18),
	}, []string{"app"})
	m.overlay = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: "streams", Name: "overlay_bytes",
		Help:    "What a transaction held in memory until its commit, states excepted.",
		Buckets: prometheus.ExponentialBuckets(1<<10, 4, 9),
	}, []string{"app"})
	m.gauges = newGauges(registerer)
	if registerer != nil {
		registerer.MustRegister(m.seconds, m.latency, m.overlay)
	}
	return m
}

func (m *Metrics) committed(app string, took time.Duration, parts []*prepared) {
	handled, outputs, dead, late, held := 0, 0, 0, 0, 0
	for _, p := range parts {
		handled += p.commit.Handled
		outputs += len(p.commit.Outputs)
		dead += p.commit.DeadLettered
		late += p.commit.Late
		held += p.slot.core.Bytes()
	}
	m.handled.WithLabelValues(app).Add(float64(handled))
	m.outputs.WithLabelValues(app).Add(float64(outputs))
	m.deadLetters.WithLabelValues(app).Add(float64(dead))
	m.late.WithLabelValues(app).Add(float64(late))
	m.transactions.WithLabelValues(app).Inc()
	m.seconds.WithLabelValues(app).Observe(took.Seconds())
	m.overlay.WithLabelValues(app).Observe(float64(held))
}

// taken counts what a task took in for the transaction that is committed now.
func (m *Metrics) taken(s *slot, now time.Time) {
	in := s.intake
	s.intake = intake{newest: in.newest}
	if in.oldest.IsZero() {
		return
	}
	m.bytes.WithLabelValues(s.task.App).Add(float64(in.bytes))
	m.latency.WithLabelValues(s.task.App).Observe(max(0, now.Sub(in.oldest).Seconds()))
	s.newest.Store(in.newest.UnixMilli())
}

func (m *Metrics) recovered(app string) { m.recoveries.WithLabelValues(app).Inc() }

func (m *Metrics) restored(app string, n int) { m.rows.WithLabelValues(app).Add(float64(n)) }
