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
	"github.com/millrace/millrace/services/stock"
	"github.com/millrace/millrace/services/stock/stockhttp"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

const (
	summary = `{"skus":2,"on_hand":6,"reserved":0,"available":4,"oversold_units":0,"negative_positions":0,"over_shipped":0,"waiting_claims":0,"nodes":{"north":6}}`
	lamp    = `{"sku":"lamp","version":1,"places":[{"node":"north","owner":"own","on_hand":4,"quarantine":0,"damaged":0,"suspect":0,"tentative":0,"held":0,"committed":0,"at_node":0,"cancel_pending":0,"contained":0,"expired":0,"incoming":0,"claimed":0,"safety_stock":1,"available":3}],"lots":[{"node":"north","owner":"own","condition":"sellable","lot":"L1","quantity":4,"expired":false}],"supplies":[],"backorders":0,"pools":[],"pools_version":0}`
)

func TestTheEdgeShowsWhatTheEntitiesHold(t *testing.T) {
	schemas := codec.NewMemory()
	room := stockstream.New(stockstream.Config{Rules: stock.Rules{SafetyStock: map[string]int64{"north": 1}}}, schemas)
	d := streamstest.New(t, streamstest.Options{}, room.Topology)
	movements := streams.Topic[event.InventoryMovement]{Name: topic.InventoryMovement.Name, Value: codec.Of[event.InventoryMovement](schemas, topic.InventoryMovement)}
	for sku, qty := range map[string]int64{"lamp": 4, "sofa": 2} {
		streamstest.Send(d, movements, sku, &event.InventoryMovement{
			EntryID: "receipt " + sku, Sku: sku, Node: "north", Qty: qty, Owner: "own", Source: "test", Lot: "L1",
			From: event.StockConditionOutside, To: event.StockConditionSellable, EffectiveAt: d.Now(),
		})
	}
	d.Run()
	mux := http.NewServeMux()
	stockhttp.New(stockhttp.Config{Room: room, Rows: d, Schemas: schemas, Now: d.Now}).Routes(mux)
	doc, err := openapi3.NewLoader().LoadFromData(gateway.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path, schema, want string
		code               int
	}{
		{"/v1/stock/summary", "StockSummary", summary, 200},
		{"/v1/stock/items/lamp", "StockItem", lamp, 200},
		{"/v1/stock/items/stool", "", "", 404},
	} {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest("GET", c.path, nil))
		if w.Code != c.code || c.code == http.StatusOK && w.Body.String() != c.want+"\n" {
			t.Errorf("%s: %d %s, want %d %s", c.path, w.Code, w.Body, c.code, c.want)
		}
		if c.schema == "" {
			continue
		}
		var body any
		if err := json.Unmarshal([]byte(c.want), &body); err != nil {
			t.Fatal(err)
		}
		if err := doc.Components.Schemas[c.schema].Value.VisitJSON(body); err != nil {
			t.Errorf("%s is not as documented: %v", c.path, err)
		}
	}
}
