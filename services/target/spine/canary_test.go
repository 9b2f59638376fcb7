package spine_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit/canary"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/orderhttp"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/streamstest"
)

// mine is a world with a canary at its public edge. The edge and the test take turns.
type mine struct {
	*world
	mu     sync.Mutex
	canary *canary.Canary
	edge   *httptest.Server
	down   bool // the edge answers nothing
	alerts []event.AlertRaised
}

func newMine(t *testing.T) *mine {
	t.Helper()
	m := &mine{world: newWorld(t, 3, habits{obeys: true})}
	streamstest.Send(m.Driver, typed[event.ProductPublished](topic.ProductPublished), "lamp", &event.ProductPublished{Sku: "lamp", Kind: event.LineKindGoods, Uom: "EA", Active: true, PublishedAt: m.Now()})
	m.Run()
	channels, err := gateway.NewChannels(gateway.Channel{ID: "probe", Currencies: []string{"EUR"}})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	orderhttp.New(orderhttp.Config{
		Room: m.orders, Runtime: m, Write: m.write, Channels: channels, Schemas: schemas, Now: m.Now, QuoteKey: order.QuoteKey("a key of this edge, of 32 bytes or more"),
	}).Routes(mux)
	m.edge = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.down {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(m.edge.Close)
	m.canary = canary.New(canary.Config{
		Server: m.edge.URL, Channel: "probe", SKU: "lamp", Currency: "EUR", Price: "0.01", Customer: "canary", Country: "DE", Logger: zerolog.Nop(),
		Tell: func(_ context.Context, a *event.AlertRaised) error {
			m.alerts = append(m.alerts, *a)
			return nil
		},
	})
	return m
}

func (m *mine) write(_ context.Context, name, key string, value []byte) (int32, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return 0, m.Produce(name, key, value), nil
}

// Await implements streams.Awaiter.
func (m *mine) Await(context.Context, string, streams.Position) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Run()
	return nil
}

// Rows implements streams.Awaiter.
func (m *mine) Rows(app, key string) (store.Reader, error) { return m.Driver.Rows(app, key) }

// pass lets minutes pass; in each the canary has its turn and is given what was written.
func (m *mine) pass(t *testing.T, minutes int) {
	t.Helper()
	for range minutes {
		m.canary.Turn(t.Context(), m.Now())
		m.Advance(time.Minute)
		for _, def := range topic.All() {
			for _, r := range streamstest.Read(m.Driver, streams.Topic[[]byte]{Name: def.Name, Value: plain{}}) {
				m.canary.Observe(def.Name, []byte(r.Key), r.Timestamp) // again, which says nothing new
			}
		}
		if err := m.canary.Advance(t.Context(), m.Now()); err != nil {
			t.Fatal(err)
		}
	}
}

// told are the alerts as kind and what they say, and whether they are over.
func (m *mine) told() string {
	var lines []string
	for _, a := range m.alerts {
		_, said, _ := strings.Cut(a.Detail, " of probe ")
		said, _, _ = strings.Cut(said, " within")
		lines = append(lines, fmt.Sprintf("%s: %s, over %v", a.Kind, said, a.ResolvedAt != nil))
	}
	return strings.Join(lines, "\n")
}

// measured are the metrics by name and label: how many orders ended or stages were
// measured, and the seconds of the stages.
func (m *mine) measured(t *testing.T) (counts map[string]uint64, seconds map[string]float64) {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(m.canary)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	counts, seconds = make(map[string]uint64), make(map[string]float64)
	for _, f := range families {
		for _, v := range f.GetMetric() {
			for _, l := range v.GetLabel() {
				if h := v.GetHistogram(); h != nil {
					counts[l.GetValue()], seconds[l.GetValue()] = h.GetSampleCount(), h.GetSampleSum()
				} else {
					counts["orders "+l.GetValue()] = uint64(v.GetCounter().GetValue())
				}
			}
		}
	}
	return counts, seconds
}

func TestTheCanaryGoesTheWholeWay(t *testing.T) {
	m := newMine(t)
	m.receive("lamp", "north", 50)
	m.Run()
	m.pass(t, 60)
	counts, seconds := m.measured(t)
	n := counts["orders completed"]
	if n < 6 {
		t.Fatalf("%d orders were completed in an hour: %v", n, counts)
	}
	for _, stage := range []string{"accepted", "allocated", "released", "shipped", "invoiced", "completed"} {
		if counts[stage] != n {
			t.Errorf("stage %s was measured %d times of %d", stage, counts[stage], n)
		}
	}
	if seconds["shipped"] < 60 || seconds["accepted"] > seconds["shipped"] {
		t.Errorf("nodes that take minutes to ship took %v", seconds)
	}
	if m.told() != "" {
		t.Errorf("alerts: %s", m.told())
	}
	placed := streamstest.Read(m.Driver, submits)
	if open := len(placed) - int(n); open < 0 || open > 1 {
		t.Errorf("%d orders were posted and %d completed: more than one is under way", len(placed), n)
	}
	m.NoDeadLetters()
}

func TestTheCanarySaysWhichStageTakesTooLong(t *testing.T) {
	m := newMine(t)
	m.down = true
	m.pass(t, 10)
	if got := m.told(); got != "CANARY_LATE: is not accepted, over false" {
		t.Fatalf("while the edge is down it says %q", got)
	}
	m.down = false
	up := "canary-" + m.Now().UTC().Format("20060102T150405")
	m.pass(t, 10) // it waits for stock
	if got := m.told(); got != "CANARY_LATE: is not accepted, over false" {
		t.Errorf("while it is late it says %q", got)
	}
	m.receive("lamp", "north", 5)
	m.pass(t, 30)
	want := "CANARY_LATE: is not accepted, over false\nCANARY_LATE: is not accepted, over true\nCANARY_LATE: is not allocated, over false"
	if got := m.told(); got != want {
		t.Errorf("when orders came through until nothing was left it says\n%s\nwant\n%s", got, want)
	}
	outage := 0
	for _, r := range streamstest.Read(m.Driver, submits) {
		if r.Value.ExternalID < up {
			outage++
		}
	}
	if outage != 1 {
		t.Errorf("%d orders were posted for the outage, want the one that was begun", outage)
	}
}
