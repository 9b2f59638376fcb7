package stockhttp_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/stock/stockhttp"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

const summary = `{"skus":2,"on_hand":6,"reserved":0,"available":4,"oversold_units":0,"negative_positions":0,"over_shipped":0,"waiting_claims":0,"nodes":{"north":6}}`

func TestTheSummaryAddsUpAllItems(t *testing.T) {
	schemas := codec.NewMemory()
	room := stockstream.New(stockstream.Config{SafetyStock: map[string]int64{"north": 1}}, schemas)
	d := streamstest.New(t, streamstest.Options{}, room.Topology)
	movements := streams.Topic[event.InventoryMovement]{Name: topic.InventoryMovement.Name, Value: codec.Of[event.InventoryMovement](schemas, topic.InventoryMovement)}
	for sku, qty := range map[string]int64{"lamp": 4, "sofa": 2} {
		streamstest.Send(d, movements, sku, &event.InventoryMovement{
			EntryID: "receipt " + sku, Sku: sku, Node: "north", Qty: qty, Owner: "own", Source: "test",
			From: event.StockConditionOutside, To: event.StockConditionSellable, EffectiveAt: d.Now(),
		})
	}
	d.Run()
	mux := http.NewServeMux()
	stockhttp.New(room, d).Routes(mux)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/v1/stock/summary", nil))
	if w.Code != http.StatusOK || w.Body.String() != summary+"\n" {
		t.Errorf("%d %s, want %s", w.Code, w.Body, summary)
	}
}

func TestTheSummaryIsAsDocumented(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(gateway.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	var body any
	if err := json.Unmarshal([]byte(summary), &body); err != nil {
		t.Fatal(err)
	}
	if err := doc.Components.Schemas["StockSummary"].Value.VisitJSON(body); err != nil {
		t.Error(err)
	}
}
