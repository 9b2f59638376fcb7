package effect_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/millrace/millrace/streams/effect"
	"github.com/millrace/millrace/streams/task"
)

func TestMetricsCountCallsByDestination(t *testing.T) {
	registry := prometheus.NewRegistry()
	d := newDeskWith(effect.Options{Metrics: registry, App: "order"})
	defer d.Close()
	blocked := make(chan struct{})
	erp := &task.Destination{Name: "erp", Concurrent: 1, Attempts: 1, Call: func(_ context.Context, r []byte) (any, error) {
		switch r[0] {
		case 'f':
			return nil, errNo
		case 'p':
			return nil, effect.Permanent(errNo)
		case 'x':
			<-blocked
		}
		return nil, nil
	}}
	d.start(ask(erp, "a", 1), ask(erp, "f", 2), ask(erp, "p", 3), ask(erp, "x", 4), ask(erp, "y", 5))
	wants := map[string]float64{
		`streams_effect_calls_total app=order destination=erp`:                 3,
		`streams_effect_tries_total app=order destination=erp outcome=ok`:      1,
		`streams_effect_tries_total app=order destination=erp outcome=failed`:  1,
		`streams_effect_tries_total app=order destination=erp outcome=refused`: 1,
		`streams_effects_waiting app=order destination=erp`:                    1,
		`streams_effect_calls_running app=order destination=erp`:               1,
	}
	deadline := time.Now().Add(10 * time.Second)
	for {
		got := values(t, registry)
		missing := ""
		for name, value := range wants {
			if got[name] != value {
				missing += fmt.Sprintf("%s is %v, want %v\n", name, got[name], value)
			}
		}
		if missing == "" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(missing)
		}
		time.Sleep(time.Millisecond)
	}
	close(blocked)
	if err := d.Revoke(t.Context(), owner); err != nil {
		t.Error(err)
	}
}

// values reads counters and gauges by name and labels.
func values(t *testing.T, registry *prometheus.Registry) map[string]float64 {
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]float64)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetName() + "=" + l.GetValue()
			}
			got[name] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	return got
}
