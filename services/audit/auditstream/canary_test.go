package auditstream_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/millrace/millrace/platform/kafka"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit/auditstream"
	"github.com/millrace/millrace/services/audit/canary"
)

// The auditor's own order is posted, followed in what the auditor reads, and measured.
func TestTheAuditorFollowsAnOrderOfItsOwn(t *testing.T) {
	l := &tape{records: make(map[string][]kafka.Record)}
	put(t, l, topic.OrderAccepted, "another", event.OrderAccepted{OrderID: "another", OrderVersion: 1, Currency: "EUR", Shortage: event.ShortagePolicyCancel})
	edge := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var o struct {
			Channel string `json:"channel"`
			Number  string `json:"external_id"`
		}
		if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
			t.Error(err)
		}
		id := event.OrderID(o.Channel, o.Number)
		put(t, l, topic.OrderAccepted, id, event.OrderAccepted{OrderID: id, OrderVersion: 1, Currency: "EUR", Shortage: event.ShortagePolicyCancel})
		put(t, l, topic.OrderCompleted, id, event.OrderCompleted{OrderID: id, OrderVersion: 2})
	}))
	t.Cleanup(edge.Close)
	var mu sync.Mutex
	wrote := make(map[string]bool)
	room := auditstream.New(auditstream.Config{
		Log: l, Schemas: schemas, Dir: t.TempDir(), Logger: zerolog.Nop(),
		Canary: &canary.Config{Server: edge.URL, Channel: "probe", Every: 10 * time.Millisecond, Limit: 2 * time.Hour},
		Write: func(_ context.Context, name, _ string, _ []byte) (int32, int64, error) {
			mu.Lock()
			defer mu.Unlock()
			wrote[name] = true
			return 0, 0, nil
		},
	})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- room.Run(ctx, func() {}) }()
	registry := prometheus.NewRegistry()
	registry.MustRegister(room)
	for !measured(t, registry) && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	if ctx.Err() != nil {
		t.Errorf("no order was completed: %+v", room.Account())
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if wrote[topic.AlertRaised.Name] {
		t.Error("an order that went through is an alert")
	}
}

func put[V any](t *testing.T, l *tape, def topic.Def, key string, v V) {
	t.Helper()
	value, err := codec.Of[V](schemas, def).Append(nil, &v)
	l.add(t, def, key, time.Now(), value, err)
}

// measured says whether an order of the canary was completed.
func measured(t *testing.T, from prometheus.Gatherer) bool {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if strings.HasPrefix(f.GetName(), "millrace_canary_orders") && len(f.GetMetric()) > 0 {
			return true
		}
	}
	return false
}
