package broker

import (
	"context"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

// gauges are measured every Options.Inspect, by topology; by partition only where
// one task alone can be in trouble.
type gauges struct {
	tasks       *prometheus.GaugeVec // by phase
	timersDue   *prometheus.GaugeVec
	lag         *prometheus.GaugeVec // by partition, as are the following
	lagSeconds  *prometheus.GaugeVec
	standbyLag  *prometheus.GaugeVec
	restoreLeft *prometheus.GaugeVec
	restoreTime *prometheus.GaugeVec
}

func newGauges(registerer prometheus.Registerer) gauges {
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Namespace: "streams", Name: name, Help: help}, append([]string{"app"}, labels...))
		if registerer != nil {
			registerer.MustRegister(g)
		}
		return g
	}
	return gauges{
		tasks:       gauge("tasks", "Tasks of this process by phase.", "phase"),
		timersDue:   gauge("timers_due", "Wall-clock timers that are due and did not fire, at most 1,000 counted a task."),
		lag:         gauge("lag_records", "Offsets of the inputs that are not committed, markers included.", "partition"),
		lagSeconds:  gauge("lag_seconds", "Age of the newest record that is committed, while there are records behind it.", "partition"),
		standbyLag:  gauge("standby_lag_records", "Changelog offsets that a standby lacks.", "partition"),
		restoreLeft: gauge("restore_records_left", "Changelog offsets that a restore has still to read.", "partition"),
		restoreTime: gauge("restore_seconds_left", "How long a restore goes on at its pace so far.", "partition"),
	}
}

// forget drops what was measured of a topology last time: tasks come and go.
func (g *gauges) forget(app string) {
	for _, vec := range []*prometheus.GaugeVec{g.tasks, g.timersDue, g.lag, g.lagSeconds, g.standbyLag, g.restoreLeft, g.restoreTime} {
		vec.DeletePartialMatch(prometheus.Labels{"app": app})
	}
}

// measured is what the gauges need of a slot, read under Runtime.mu.
type measured struct {
	slot    *slot
	phase   phase
	rows    store.Partition
	restore *restore
}

// measure sets the gauges of this topology.
func (r *Runtime) measure(ctx context.Context) {
	var list []measured
	lags := make(map[int32]int64)
	r.mu.Lock()
	for _, s := range r.all() {
		m := measured{slot: s, phase: s.phase, restore: s.restore}
		if s.phase == active {
			m.rows = s.rows
		}
		list = append(list, m)
	}
	for p, s := range r.standbys {
		lags[p] = max(0, s.lag.Load())
	}
	r.mu.Unlock()
	ends, err := kadm.NewClient(r.tail.client).ListEndOffsets(ctx, r.opts.inputs...)
	if err != nil {
		r.log.Warn().Err(err).Msg("measuring lag failed, trying again")
		return
	}
	g, app, now := &r.opts.Metrics.gauges, r.opts.Topology.App, time.Now()
	g.forget(app)
	g.timersDue.WithLabelValues(app)
	for p, lag := range lags {
		g.standbyLag.WithLabelValues(app, partitionLabel(p)).Set(float64(lag))
	}
	for _, m := range list {
		g.tasks.WithLabelValues(app, m.phase.String()).Inc()
		switch m.phase {
		case active:
			r.measureActive(m, ends, now)
		case restoring:
			g.measureRestore(app, m, now)
		}
	}
}

func partitionLabel(p int32) string { return strconv.Itoa(int(p)) }

func (r *Runtime) measureActive(m measured, ends kadm.ListedOffsets, now time.Time) {
	g, app, p := &r.opts.Metrics.gauges, r.opts.Topology.App, m.slot.task.Partition
	var lag int64
	for _, topic := range r.opts.inputs {
		if end, ok := ends.Lookup(topic, p); ok && end.Err == nil {
			lag += max(0, end.Offset-m.slot.progress.get(topic))
		}
	}
	behind := 0.0
	if newest := m.slot.newest.Load(); lag > 0 && newest > 0 {
		behind = max(0, now.Sub(time.UnixMilli(newest)).Seconds())
	}
	g.lag.WithLabelValues(app, partitionLabel(p)).Set(float64(lag))
	g.lagSeconds.WithLabelValues(app, partitionLabel(p)).Set(behind)
	g.timersDue.WithLabelValues(app).Add(float64(dueTimers(m.rows, now)))
}

// dueTimers counts timers that should have fired, as many as a transaction fires.
func dueTimers(rows store.Partition, now time.Time) (n int) {
	_, _ = rows.DueTimers(changelog.WallClock, now, func(time.Time, []byte) bool { // a store that fails says so elsewhere
		n++
		return n < timersPerTransaction
	})
	return n
}

func (g *gauges) measureRestore(app string, m measured, now time.Time) {
	if m.restore == nil {
		return
	}
	p := partitionLabel(m.slot.task.Partition)
	g.restoreLeft.WithLabelValues(app, p).Set(float64(m.restore.offsetsLeft()))
	if left, known := m.restore.timeLeft(now); known {
		g.restoreTime.WithLabelValues(app, p).Set(left.Seconds())
	}
}

// intake is what a task took in since its last commit; its lane's.
type intake struct {
	bytes          int
	oldest, newest time.Time
}

func (i *intake) note(r *kgo.Record) {
	i.bytes += len(r.Key) + len(r.Value)
	if i.oldest.IsZero() || r.Timestamp.Before(i.oldest) {
		i.oldest = r.Timestamp
	}
	if r.Timestamp.After(i.newest) {
		i.newest = r.Timestamp
	}
}
