package cataloguehttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/catalogue"
	"github.com/millrace/millrace/services/catalogue/cataloguehttp"
	"github.com/millrace/millrace/services/catalogue/cataloguestream"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// desk serves a lamp for 5 euro, 4 by the list that customer C-100 has from ten
// on, and a kit of lamps with a price far from the one before in quarantine.
type desk struct {
	*streamstest.Driver
	t       *testing.T
	schemas *codec.Schemas
	mux     *http.ServeMux
	routes  routers.Router
}

func newDesk(t *testing.T) *desk {
	d := &desk{t: t, schemas: codec.NewMemory(), mux: http.NewServeMux()}
	room := cataloguestream.New(d.schemas)
	d.Driver = streamstest.New(t, streamstest.Options{}, room.Topology)
	cataloguehttp.New(cataloguehttp.Config{Room: room, Rows: d, Schemas: d.schemas, Now: func() time.Time { return noon }, Write: d.write}).Routes(d.mux)
	doc, err := openapi3.NewLoader().LoadFromData(gateway.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if d.routes, err = gorillamux.NewRouter(doc); err != nil {
		t.Fatal(err)
	}
	lamp := &event.ProductPublished{
		Sku: "lamp", Name: "Lamp", Uom: "EA", UnitsPerCase: 1, MinQty: 1, QtyStep: 1, PriceE6: 5e6, Currency: "EUR", Kind: event.LineKindGoods, Active: true,
	}
	submit(d, "1", event.CatalogKindProduct, topic.ProductPublished, "lamp", lamp)
	kit := *lamp
	kit.Sku, kit.Kind, kit.Parts = "set", event.LineKindKit, []event.KitPart{{Sku: "lamp", Qty: 2}}
	submit(d, "2", event.CatalogKindProduct, topic.ProductPublished, "set", &kit)
	kit.PriceE6 = 900e6
	submit(d, "3", event.CatalogKindProduct, topic.ProductPublished, "set", &kit)
	until := noon.Add(time.Hour)
	submit(d, "4", event.CatalogKindPrice, topic.PricePublished, "net/lamp", &event.PricePublished{
		PriceList: "net", Sku: "lamp", Currency: "EUR", Periods: []event.PricePeriod{{ValidFrom: noon.Add(-time.Hour), ValidUntil: &until, Breaks: []event.PriceBreak{{MinQty: 10, UnitPriceE6: 4e6}, {MinQty: 100, UnitPriceE6: 3_500_000}}}},
	})
	submit(d, "5", event.CatalogKindCustomer, topic.CustomerPublished, "C-100", &event.CustomerPublished{
		Customer: "C-100", Country: "DE", Currency: "EUR", PriceLists: []string{"net"}, Active: true, MinimumOrder: 2000,
	})
	return d
}

func submit[V any](d *desk, id string, kind event.CatalogKind, def topic.Def, key string, v *V) {
	row, err := codec.Of[V](d.schemas, def).Append(nil, v)
	if err != nil {
		d.t.Fatal(err)
	}
	submits := streams.Topic[event.CatalogSubmit]{Name: topic.CatalogSubmit.Name, Value: codec.Of[event.CatalogSubmit](d.schemas, topic.CatalogSubmit)}
	streamstest.Send(d.Driver, submits, cataloguestream.Key(kind, key), &event.CatalogSubmit{SubmissionID: id, Kind: kind, RowKey: key, Row: row, Source: "erp"})
	d.Run()
}

// write is the edge's way into the topic.
func (d *desk) write(_ context.Context, name, key string, value []byte) (partition int32, offset int64, err error) {
	offset = d.Produce(name, key, value)
	d.Run()
	return 0, offset, nil
}

// ask fails unless the answer is one that the API document describes.
func (d *desk) ask(method, target, body string) *httptest.ResponseRecorder {
	d.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(gateway.IdempotencyKey, "k")
	w := httptest.NewRecorder()
	d.mux.ServeHTTP(w, r)
	route, params, err := d.routes.FindRoute(r)
	if err != nil {
		d.t.Fatalf("%s %s is not in the API document: %v", method, target, err)
	}
	if err := openapi3filter.ValidateResponse(d.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 w.Code, Header: w.Header(), Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}); err != nil {
		d.t.Errorf("%s %s is answered otherwise than documented: %v", method, target, err)
	}
	return w
}

func (d *desk) expect(w *httptest.ResponseRecorder, status int, parts ...string) {
	d.t.Helper()
	if w.Code != status {
		d.t.Errorf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	for _, part := range parts {
		if !strings.Contains(w.Body.String(), part) {
			d.t.Errorf("%s\nlacks %s", w.Body, part)
		}
	}
}

func TestProductsAreShown(t *testing.T) {
	d := newDesk(t)
	d.expect(d.ask("GET", "/v1/products/lamp", ""), 200, `"list_price":"5.00"`, `"version":1`)
	d.expect(d.ask("GET", "/v1/products/set", ""), 200, `"parts":[{"sku":"lamp","quantity":2}]`)
	d.expect(d.ask("GET", "/v1/products/ghost", ""), 404, catalogue.NoSuchItem)
}

func TestPricesAreThoseOfTheCustomer(t *testing.T) {
	d := newDesk(t)
	d.expect(d.ask("GET", "/v1/prices?customer=C-100&sku=lamp&sku=ghost&qty=10", ""), 200,
		`"unit_price":"4.00"`, `"price_list":"net"`, `"next_break":{"min_quantity":100,"unit_price":"3.50"}`, `"valid_until":"2026-03-02T13:00:00Z"`, `{"sku":"ghost","quantity":10,"known":false}`)
	d.expect(d.ask("GET", "/v1/prices?sku=lamp", ""), 200, `"unit_price":"5.00"`)
	d.expect(d.ask("GET", "/v1/prices?customer=nobody&sku=lamp", ""), 404, "CUSTOMER_UNKNOWN")
	for target, pointer := range map[string]string{"": "sku", "?sku=": "sku/0", "?sku=a&qty=0": "qty", "?sku=a&x=1": "x"} {
		d.expect(d.ask("GET", "/v1/prices"+target, ""), 422, `"pointer":"`+pointer+`"`)
	}
}

func TestEligibilityNamesWhatSpeaksAgainstAnOrder(t *testing.T) {
	d := newDesk(t)
	d.expect(d.ask("POST", "/v1/eligibility", `{"customer":"C-100","lines":[{"sku":"lamp","quantity":10}]}`), 200, `"allowed":true,"reasons":[],"lines":[{"sku":"lamp","quantity":10,"allowed":true`, `"unit_price":"4.00"`)
	d.expect(d.ask("POST", "/v1/eligibility", `{"customer":"C-100","lines":[{"sku":"lamp","quantity":1},{"sku":"ghost","quantity":1}]}`), 200, `"allowed":false`, catalogue.MinimumOrder, catalogue.NoSuchItem)
	d.expect(d.ask("POST", "/v1/eligibility", `{"customer":"nobody","lines":[{"sku":"lamp","quantity":1}]}`), 404)
	for body, pointer := range map[string]string{`{"customer":"C-100"}`: "/lines", `{"customer":"C-100","lines":[{"sku":"a","quantity":0}]}`: "/lines/0/quantity", `{"lines":[{"sku":"","quantity":1}]}`: "/customer"} {
		d.expect(d.ask("POST", "/v1/eligibility", body), 422, `"pointer":"`+pointer+`"`)
	}
}

func TestAPersonEmptiesTheQuarantine(t *testing.T) {
	d := newDesk(t)
	var waiting struct{ Rows []cataloguehttp.Waiting }
	w := d.ask("GET", "/v1/catalog/quarantine", "")
	if err := json.Unmarshal(w.Body.Bytes(), &waiting); err != nil || len(waiting.Rows) != 1 || !waiting.Rows[0].Approvable || waiting.Rows[0].Key != "set" {
		t.Fatalf("%s, %v", w.Body, err)
	}
	d.expect(d.ask("POST", "/v1/catalog/quarantine:resolve", `{"kind":"product","key":"set","submission_id":"3","approve":true}`), 422, `"/by"`)
	d.expect(d.ask("POST", "/v1/catalog/quarantine:resolve", `{"kind":"product","key":"set","submission_id":"3","approve":true,"by":"ann"}`), 202)
	d.expect(d.ask("GET", "/v1/catalog/quarantine", ""), 200, `"rows":[]`)
	d.expect(d.ask("GET", "/v1/products/set", ""), 200, `"list_price":"900.00"`, `"version":2`)
}

func TestAPartnersIDIsMappedByWhoeverDecides(t *testing.T) {
	d := newDesk(t)
	d.expect(d.ask("GET", "/v1/crossrefs", ""), 200, `{"crossrefs":[],"more":false}`)
	d.expect(d.ask("GET", "/v1/crossrefs/candidates?their_id=L-1&name=LAMP+old", ""), 200, `"candidates":[{"sku":"lamp","name":"Lamp","why":"NAME","score":45}`)
	d.expect(d.ask("GET", "/v1/crossrefs/candidates", ""), 422, `"their_id"`)
	for range 2 {
		d.expect(d.ask("PUT", "/v1/crossrefs/shop/item/L-1", `{"our_id":"lamp","by":"ann","valid_from":"2026-01-01T00:00:00Z"}`), 202)
	}
	d.expect(d.ask("GET", "/v1/crossrefs?partner=shop&kind=item", ""), 200, `"their_id":"L-1","our_id":"lamp","valid_from":"2026-01-01T00:00:00Z","by":"ann","version":1`)
	d.expect(d.ask("PUT", "/v1/crossrefs/shop/item/L-1", `{"our_id":"set","by":"bob"}`), 202)
	d.expect(d.ask("GET", "/v1/crossrefs?partner=shop", ""), 200, `"our_id":"set","by":"bob","version":2`)
	d.expect(d.ask("GET", "/v1/crossrefs/unmapped", ""), 200, `{"unmapped":[],"more":false}`)
	streamstest.Send(d.Driver, streams.Topic[event.CrossrefWanted]{Name: topic.CrossrefWanted.Name, Value: codec.Of[event.CrossrefWanted](d.schemas, topic.CrossrefWanted)},
		"crossref/shop/item/l 1", &event.CrossrefWanted{
			Partner: "shop", Kind: event.CrossrefKindItem, TheirID: "l 1", OrderID: "order", Name: "Lamp", Currency: "EUR", Amount: 250, WantedAt: noon,
		})
	d.Run()
	d.expect(d.ask("GET", "/v1/crossrefs/unmapped", ""), 200, `"their_id":"l 1","name":"Lamp","orders":1,"worth":[{"currency":"EUR","amount":"2.50"}],"since":"2026-03-02T12:00:00Z","candidates":[{"sku":"set","name":"Lamp","why":"HISTORY","score":96}`)
	d.expect(d.ask("PUT", "/v1/crossrefs/shop/item/l%201", `{"our_id":"set","by":"bob"}`), 202)
	d.expect(d.ask("GET", "/v1/crossrefs/unmapped", ""), 200, `{"unmapped":[],"more":false}`)
	d.expect(d.ask("GET", "/v1/crossrefs?partner=other", ""), 200, `"crossrefs":[]`)
	for body, pointer := range map[string]string{
		`{"our_id":"ghost","by":"ann"}`: "/our_id", `{"our_id":"lamp"}`: "/by", `{"our_id":"lamp","by":"ann","valid_from":"2026-01-02T00:00:00Z","valid_until":"2026-01-01T00:00:00Z"}`: "/valid_until",
	} {
		d.expect(d.ask("PUT", "/v1/crossrefs/shop/item/L-2", body), 422, `"pointer":"`+pointer+`"`)
	}
	d.expect(d.ask("PUT", "/v1/crossrefs/shop/colour/L-2", `{"our_id":"lamp","by":"ann"}`), 422, `"pointer":"kind"`)
}
