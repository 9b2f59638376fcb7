package canary

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// meter are the metrics of a canary.
type meter struct {
	stages *prometheus.HistogramVec
	ends   *prometheus.CounterVec
	last   prometheus.Gauge
}

func newMeter() meter {
	return meter{
		stages: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "millrace_canary_stage_seconds", Help: "How long a stage of the canary's order took after the one before.",
			Buckets: []float64{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800},
		}, []string{"stage"}),
		ends: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "millrace_canary_orders_total", Help: "Orders of the canary by how they ended."}, []string{"end"}),
		last: prometheus.NewGauge(prometheus.GaugeOpts{Name: "millrace_canary_completed_seconds", Help: "When an order of the canary was last completed, in seconds since 1970."}),
	}
}

func (m *meter) completed(c *course) {
	c.took(func(stage string, took time.Duration) { m.stages.WithLabelValues(stage).Observe(took.Seconds()) })
	m.last.Set(float64(c.seen[stages[len(stages)-1].topic].UnixMilli()) / 1000)
	m.ended(completed)
}

func (m *meter) ended(end string) { m.ends.WithLabelValues(end).Inc() }

// Describe implements prometheus.Collector.
func (c *Canary) Describe(to chan<- *prometheus.Desc) {
	c.meter.stages.Describe(to)
	c.meter.ends.Describe(to)
	c.meter.last.Describe(to)
}

// Collect implements prometheus.Collector.
func (c *Canary) Collect(to chan<- prometheus.Metric) {
	c.meter.stages.Collect(to)
	c.meter.ends.Collect(to)
	c.meter.last.Collect(to)
}
