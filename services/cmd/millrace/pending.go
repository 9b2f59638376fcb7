package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/millrace/millrace/connectors/reconcile"
)

// Gauges of the runtime: effects by destination, which is the id of a partner, or that
// with what is asked of it for ever behind a dot.
const (
	gaugeWaiting = "streams_effects_waiting"
	gaugeRunning = "streams_effect_calls_running"
)

// pending counts the calls to partners that are not answered, and the records that rooms
// have not handled. A call that only listens is always under way, so of those it
// counts the ones that wait to listen again.
func (p *process) pending(ctx context.Context) (reconcile.Pending, error) {
	open := reconcile.Pending{Calls: make(map[string]int64)}
	families, err := p.metrics.Gather()
	if err != nil {
		return open, fmt.Errorf("counting calls: %w", err)
	}
	for _, f := range families {
		if f.GetName() != gaugeWaiting && f.GetName() != gaugeRunning {
			continue
		}
		for _, m := range f.GetMetric() {
			for _, label := range m.GetLabel() {
				partner, listens, _ := strings.Cut(label.GetValue(), ".")
				if label.GetName() == "destination" && (listens == "" || f.GetName() == gaugeWaiting) {
					open.Calls[partner] += int64(m.GetGauge().GetValue())
				}
			}
		}
	}
	lag, err := p.app.Lag(ctx)
	for _, records := range lag {
		open.Records += records
	}
	return open, err
}
