package auditstream

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/millrace/millrace/services/audit"
)

var (
	checkedDesc   = prometheus.NewDesc("millrace_audit_checked_total", "What was judged, by invariant.", []string{"invariant"}, nil)
	violatedDesc  = prometheus.NewDesc("millrace_audit_violated_total", "What did not hold, by invariant.", []string{"invariant"}, nil)
	waitingDesc   = prometheus.NewDesc("millrace_audit_waiting", "What cannot be judged yet, by invariant.", []string{"invariant"}, nil)
	ageDesc       = prometheus.NewDesc("millrace_audit_open_age_seconds", "Age of the oldest that waits, at the watermark, by invariant (timeliness).", []string{"invariant"}, nil)
	scoreDesc     = prometheus.NewDesc("millrace_audit_score", "Share that holds: clearing of stock, lines and money, completeness of events and requests.", []string{"score"}, nil)
	lagDesc       = prometheus.NewDesc("millrace_audit_lag_seconds", "How far the auditor's reading is behind the clock.", nil, nil)
	canaryDesc    = prometheus.NewDesc("millrace_audit_canary_seconds", "When a violation that is known was last put before the auditor and found, in seconds since 1970.", nil, nil)
	watermarkDesc = prometheus.NewDesc("millrace_audit_watermark_seconds", "Time up to which the log is read, in seconds since 1970.", nil, nil)
	failuresDesc  = prometheus.NewDesc("millrace_audit_failures_total", "Runs that had to begin again.", nil, nil)
)

// scores say which invariants a score is made of.
var scores = map[string][]audit.Invariant{
	"clearing":     {audit.Conservation, audit.Oversell, audit.Reservations, audit.Lines, audit.Leftovers, audit.Money, audit.Returns},
	"completeness": {audit.Terminal, audit.Effects, audit.Webhooks, audit.Provenance, audit.Accounting, audit.Acceptance},
}

// Describe implements prometheus.Collector.
func (r *Room) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{checkedDesc, violatedDesc, waitingDesc, ageDesc, scoreDesc, watermarkDesc, lagDesc, canaryDesc, failuresDesc} {
		to <- d
	}
	if r.flight != nil {
		r.flight.Describe(to)
	}
}

// Collect implements prometheus.Collector.
func (r *Room) Collect(to chan<- prometheus.Metric) {
	account := r.Account()
	send := func(d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, kind, value, labels...)
	}
	by := make(map[audit.Invariant]audit.Tally)
	for _, t := range account.Tallies {
		by[t.Invariant] = t
		name, age := string(t.Invariant), time.Duration(0)
		if !t.Oldest.IsZero() {
			age = max(0, account.Watermark.Sub(t.Oldest))
		}
		send(checkedDesc, prometheus.CounterValue, float64(t.Checked), name)
		send(violatedDesc, prometheus.CounterValue, float64(t.Violated), name)
		send(waitingDesc, prometheus.GaugeValue, float64(t.Waiting), name)
		send(ageDesc, prometheus.GaugeValue, age.Seconds(), name)
	}
	for name, of := range scores {
		send(scoreDesc, prometheus.GaugeValue, score(by, of), name)
	}
	if !account.Watermark.IsZero() {
		send(watermarkDesc, prometheus.GaugeValue, float64(account.Watermark.UnixMilli())/1000)
		send(lagDesc, prometheus.GaugeValue, max(0, time.Since(account.Watermark)).Seconds())
	}
	if found := r.alive.found(); !found.IsZero() {
		send(canaryDesc, prometheus.GaugeValue, float64(found.UnixMilli())/1000)
	}
	send(failuresDesc, prometheus.CounterValue, float64(account.Failures))
	if r.flight != nil {
		r.flight.Collect(to)
	}
}

// score is the share of what was judged that holds; 1 when nothing was.
func score(by map[audit.Invariant]audit.Tally, of []audit.Invariant) float64 {
	var checked, violated int64
	for _, i := range of {
		checked += by[i].Checked
		violated += by[i].Violated
	}
	if checked == 0 {
		return 1
	}
	return max(0, 1-float64(violated)/float64(checked))
}

// Routes adds GET /v1/audit, and PUT /v1/audit/freezes/{kind}/{subject}, which
// freezes an item (kind sku) or an order (kind order) or thaws it.
func (r *Room) Routes(mux *http.ServeMux) {
	mux.HandleFunc("PUT /v1/audit/freezes/{kind}/{subject}", r.setFreeze)
	mux.HandleFunc("GET /v1/audit", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(r.Account()); err != nil {
			r.config.Logger.Debug().Err(err).Msg("a reader of the audit went away")
		}
	})
}
