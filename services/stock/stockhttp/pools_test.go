package stockhttp_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/stock"
)

func TestPoolsAreSetAndShown(t *testing.T) {
	d := newDesk(t)
	for _, body := range []string{
		`{"version":2,"pools":[{"pool":"launch","node":"north","quantity":7,"channels":["web"],"until":"2030-01-01T00:00:00Z"},{"pool":"club","node":"north","quantity":5,"classes":["gold"]}]}`,
		`{"version":1,"pools":[]}`, // it comes late
	} {
		if w := d.send("PUT", "/v1/stock/items/sku1/pools", strings.NewReader(body)); w.Code != http.StatusAccepted {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	w := d.send("GET", "/v1/stock/items/sku1", nil)
	var item stock.Item
	var shown any
	if json.Unmarshal(w.Body.Bytes(), &item) != nil || json.Unmarshal(w.Body.Bytes(), &shown) != nil || len(item.Pools) != 2 || item.PoolsVersion != 2 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if item.Pools[0].Units != 7 || item.Pools[1].Units != 3 || item.Places[0].Available != 10 {
		t.Errorf("%s", w.Body)
	}
	doc, err := openapi3.NewLoader().LoadFromData(gateway.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Components.Schemas["StockItem"].Value.VisitJSON(shown); err != nil {
		t.Errorf("%s is not as documented: %v", w.Body, err)
	}
}

func TestPoolsThatSayNothingAreRefused(t *testing.T) {
	d := newDesk(t)
	for _, body := range []string{
		`{"version":0,"pools":[]}`,
		`{"version":1,"pools":[{"pool":"a","node":"north","quantity":7}]}`,
		`{"version":1,"pools":[{"pool":"a","node":"north","quantity":0,"channels":["web"]}]}`,
		`{"version":1,"pools":[{"pool":"a","quantity":1,"channels":["web"]}]}`,
	} {
		if w := d.send("PUT", "/v1/stock/items/sku1/pools", strings.NewReader(body)); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", body, w.Code, w.Body)
		}
	}
	if len(d.wrote) != 0 {
		t.Errorf("wrote %v", d.wrote)
	}
}
