package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order/sourcing"
)

// toldTopics answers the events of topics as a server does, one JSON line a record.
func toldTopics(t *testing.T, lines map[string][]string) *remote {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/events/{topic}", func(w http.ResponseWriter, r *http.Request) {
		for _, line := range lines[r.PathValue("topic")] {
			fmt.Fprintln(w, line)
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return &remote{server: server.URL, output: "table"}
}

// told is a record some minutes after nine.
func told(minute int, key, value string) string {
	return fmt.Sprintf(`{"topic":"t","partition":0,"offset":%d,"timestamp":"2026-01-05T09:%02d:00Z","key":%q,"value":%s}`, minute, minute, key, value)
}

func TestHistoryIsReplayedFromTopics(t *testing.T) {
	server := toldTopics(t, map[string][]string{
		topic.NodePublished.Name: {
			told(0, "gone", `{"node":"gone","active":true}`),
			told(0, "north", `{"node":"north","active":true,"rank":0,"time_zone":"UTC","handling_amount":100,"currency":"EUR"}`),
			told(0, "south", `{"node":"south","active":true,"rank":1,"time_zone":"UTC","handling_amount":300,"currency":"EUR"}`),
			told(1, "gone", `null`),
		},
		topic.ProductPublished.Name: {told(0, "lamp", `{"sku":"lamp","weight_g":900}`)},
		// Now, after one lamp was shipped from north and two were received in the south.
		topic.InventoryPosition.Name: {told(30, "lamp", `{"sku":"lamp","nodes":[{"node":"north","on_hand":0,"unsellable":0,"safety_stock":0},{"node":"south","on_hand":2}]}`)},
		topic.InventoryMovement.Name: {
			told(20, "lamp", `{"sku":"lamp","node":"south","qty":2,"from":"outside","to":"sellable"}`),
			told(25, "lamp", `{"sku":"lamp","node":"north","qty":1,"from":"sellable","to":"outside","order_id":"one"}`),
		},
		topic.OrderAccepted.Name: {
			told(10, "one", `{"order_id":"one","channel":"shop","ship_to":{"country":"DE"},"lines":[{"line_id":"1","sku":"lamp","kind":"goods","qty":1,"amount":4000}]}`),
			told(11, "two", `{"order_id":"two","channel":"shop","ship_to":{"country":"DE"},"lines":[{"line_id":"1","sku":"lamp","kind":"goods","qty":1,"amount":4000},{"line_id":"2","sku":"fitting","kind":"service","qty":1,"amount":900}]}`),
		},
		topic.OrderAllocated.Name: {told(12, "one", `{"order_id":"one","allocations":[{"line_id":"1","sku":"lamp","node":"north","qty":1}]}`)},
	})
	var h history
	if err := h.load(t.Context(), server, 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	if len(h.world.Nodes) != 2 || h.world.Nodes[1].HandlingAmount != 300 || h.products["lamp"].WeightG != 900 || !h.shipped["one"]["north"] {
		t.Fatalf("read %+v", h)
	}
	out, err := (&sourcing.Rules{Version: "v", Currency: "EUR", MaxNodes: 1, LanesOptional: true}).Replay(&h.world, h.facts)
	if err != nil {
		t.Fatal(err)
	}
	// One lamp stood in the north at the beginning; the second order waits for the receipt.
	if out.Orders != 2 || out.Whole != 2 || out.Units != 2 || out.Short != 0 || out.Amount != 100+300 {
		t.Errorf("%+v", *out)
	}
}

func TestOrderWithoutADecisionIsNamed(t *testing.T) {
	cmd := sourcingExplainCommand(toldTopics(t, nil))
	cmd.SetArgs([]string{"one"})
	if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), "one") {
		t.Errorf("%v", err)
	}
}

func TestWindowsMayBeGivenInDays(t *testing.T) {
	for text, want := range map[string]time.Duration{"14d": 336 * time.Hour, "36h": 36 * time.Hour, "0h": 0, "soon": 0, "-3d": 0} {
		if got, err := days(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("%s is %s, %v", text, got, err)
		}
	}
}
