package guard

import "github.com/prometheus/client_golang/prometheus"

// Metrics are those of one store.
type Metrics struct {
	free, size, held prometheus.Gauge
	dropped          prometheus.Counter
}

// NewMetrics makes the metrics and registers them, unless registerer is nil.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "streams", Name: name, Help: help})
	}
	m := &Metrics{
		free: gauge("disk_free_bytes", "Free space on the disk of the state directory."),
		size: gauge("store_bytes", "Size of the local rows of all tasks."),
		held: gauge("intake_held", "1 while intake is stopped because the disk is nearly full."),
		dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Namespace: "streams", Name: "warm_spaces_dropped_total", Help: "Tasks whose local rows were dropped because nobody here used them.",
		}),
	}
	if registerer != nil {
		registerer.MustRegister(m.free, m.size, m.held, m.dropped)
	}
	return m
}
