package returnshttp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
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
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/returns"
	"github.com/millrace/millrace/services/returns/returnshttp"
	"github.com/millrace/millrace/services/returns/returnsstream"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

var order = event.OrderID("shop", "1")

// counter serves returns to a customer who bought three lamps for 5 euro each.
type counter struct {
	*streamstest.Driver
	t      *testing.T
	mux    *http.ServeMux
	routes routers.Router
	keys   int
}

// Await is there at once: what is written is handled before write returns.
func (c *counter) Await(context.Context, string, streams.Position) error { return nil }

func newCounter(t *testing.T) *counter { return openCounter(t, returns.Usual) }

func openCounter(t *testing.T, policy returns.Policy) *counter {
	schemas := codec.NewMemory()
	room := returnsstream.New(policy, schemas)
	c := &counter{t: t, mux: http.NewServeMux(), Driver: streamstest.New(t, streamstest.Options{}, room.Topology)}
	write := func(_ context.Context, name, key string, value []byte) (int32, int64, error) {
		offset := c.Produce(name, key, value)
		c.Run()
		return 0, offset, nil
	}
	returnshttp.New(returnshttp.Config{Room: room, Runtime: c, Write: write, Schemas: schemas, Now: c.Now}).Routes(c.mux)
	doc, err := openapi3.NewLoader().LoadFromData(gateway.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if c.routes, err = gorillamux.NewRouter(doc); err != nil {
		t.Fatal(err)
	}
	buyer := event.PartyRef{PartyID: "C-100", Country: "DE"}
	day := c.Now().Add(-24 * time.Hour)
	put(c, schemas, topic.OrderAccepted, &event.OrderAccepted{
		OrderID: order, Channel: "shop", ExternalID: "1", Customer: buyer, ShipTo: buyer, Currency: "EUR", OrderedAt: day, AcceptedAt: day, Shortage: event.ShortagePolicyBackorder,
		Lines: []event.OrderLine{{LineID: "1", Sku: "lamp", Kind: event.LineKindGoods, Qty: 3, UnitPriceE6: 5e6}},
	})
	put(c, schemas, topic.ShipmentConfirmed, &event.ShipmentConfirmed{
		OrderID: order, ShipmentID: "s1", ShippedAt: day, Lines: []event.ShipmentLine{{LineID: "1", Sku: "lamp", Qty: 3}},
	})
	return c
}

func put[V any](c *counter, schemas *codec.Schemas, def topic.Def, v *V) {
	streamstest.Send(c.Driver, streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}, order, v)
	c.Run()
}

// ask fails unless the answer is one that the API document describes.
func (c *counter) ask(method, target, key, body string) *httptest.ResponseRecorder {
	c.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(gateway.IdempotencyKey, key)
	w := httptest.NewRecorder()
	c.mux.ServeHTTP(w, r)
	route, params, err := c.routes.FindRoute(r)
	if err != nil {
		c.t.Fatalf("%s %s is not in the API document: %v", method, target, err)
	}
	if err := openapi3filter.ValidateResponse(c.t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 w.Code, Header: w.Header(), Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}); err != nil {
		c.t.Errorf("%s %s is answered otherwise than documented: %v", method, target, err)
	}
	return w
}

func (c *counter) expect(w *httptest.ResponseRecorder, status int, parts ...string) {
	c.t.Helper()
	if w.Code != status {
		c.t.Errorf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	for _, part := range parts {
		if !strings.Contains(w.Body.String(), part) {
			c.t.Errorf("%s\nlacks %s", w.Body, part)
		}
	}
}

// post sends something about a return under a key of its own, twice.
func (c *counter) post(target, body string) *httptest.ResponseRecorder {
	c.t.Helper()
	c.keys++
	key := fmt.Sprint("k", c.keys)
	first, second := c.ask("POST", target, key, body), c.ask("POST", target, key, body)
	if first.Code != second.Code || first.Body.String() != second.Body.String() {
		c.t.Errorf("POST %s twice is answered %d %s, then %d %s", target, first.Code, first.Body, second.Code, second.Body)
	}
	return second
}

const wish = `{"channel":"shop","external_id":"R1","currency":"EUR","customer":{"id":"C-100","country":"DE"},"lines":[{"sku":"lamp","quantity":%d,"unit_price":"5.00"}]}`

func TestGoodsComeBackOverTheCounter(t *testing.T) {
	c := newCounter(t)
	c.expect(c.ask("GET", "/v1/orders/shop:1/returnable", "", ""), 200, `"order_id":"`+order+`"`, `"shipped":3,"returned":0,"quantity":3,"until":"`)
	c.expect(c.ask("GET", "/v1/orders/shop:2/returnable", "", ""), 404, "ORDER_UNKNOWN")
	c.expect(c.ask("POST", "/v1/returns", "shop:R1", fmt.Sprintf(wish, 2)), 201, `"state":"authorised"`, `"order_id":"`+order+`"`)
	c.expect(c.ask("POST", "/v1/returns", "R1", fmt.Sprintf(wish, 2)), 201, `"units":2`)
	c.expect(c.post("/v1/returns/shop:R1/receive", `{"node":"north","lines":[{"sku":"lamp","quantity":2}]}`), 200, `"state":"arrived"`, `"here":2`, `"accepted":2`)
	c.expect(c.post("/v1/returns/shop:R1/dispose", `{"node":"north","lines":[{"sku":"lamp","quantity":2,"disposition":"RESTOCK"}]}`), 200, `"asked":2`)
	c.expect(c.ask("GET", "/v1/returns/shop:R1", "", ""), 200, `"customer":"C-100"`)
	c.expect(c.ask("GET", "/v1/orders/"+order+"/returnable", "", ""), 200, `"shipped":3,"returned":2,"quantity":1,`)
	c.expect(c.ask("GET", "/v1/returns/shop:R2", "", ""), 404, "RETURN_UNKNOWN")
	c.expect(c.ask("GET", "/v1/returns/summary?channel=shop", "", ""), 200, `"matched":1`, `"sold_units":3`, `"in_flight":0`)
	c.expect(c.ask("GET", "/v1/returns/summary?channel=other", "", ""), 200, `"matched":0`)
}

func TestAPersonDecidesAboutWhatWaits(t *testing.T) {
	c := newCounter(t)
	c.ask("POST", "/v1/returns", "R1", fmt.Sprintf(wish, 5))
	c.expect(c.ask("GET", "/v1/returns?waiting=true", "", ""), 200, `"waiting":2`, `"over":2`)
	c.expect(c.post("/v1/returns/shop:R1/resolve", `{"action":"refuse","return_line":"1","by":"ann"}`), 200, `"waiting":0`)
	c.expect(c.ask("GET", "/v1/returns?waiting=true", "", ""), 200, `"returns":[]`)
	c.expect(c.ask("GET", "/v1/returns?limit=1&state=info_needed", "", ""), 200, `"more":false`)

	odd := event.ReturnID("north", "parcel 7")
	c.expect(c.post("/v1/returns/"+odd+"/receive", `{"node":"north","lines":[{"sku":"lamp","quantity":1}]}`), 200, `"return_line":"+lamp"`, `"waiting":1`)
	c.expect(c.post("/v1/returns/"+odd+"/resolve", `{"action":"match","return_line":"+lamp","order_id":"`+order+`","line_id":"1","by":"ann"}`), 200, `"waiting":0`, `"stated":true`)
}

func TestAPersonCreditsWhatFitsNoOrderWithinThePolicy(t *testing.T) {
	policy := returns.Usual
	policy.Unreferenced = map[string]map[string]int64{"shop": {"EUR": 1500}}
	c := openCounter(t, policy)
	c.ask("POST", "/v1/returns", "R1", fmt.Sprintf(wish, 5)) // 3 of them left with an order
	credit := func(line, more string) *httptest.ResponseRecorder {
		return c.post("/v1/returns/shop:R1/resolve", `{"action":"without_reference","return_line":"`+line+`","by":"ann"`+more+`}`)
	}
	c.expect(credit("1", `,"amount":"15.01"`), 409, "NOT_CREDITABLE", "15.00 EUR")
	c.expect(credit("7", `,"amount":"1.00","quantity":1`), 409, "no line 7")
	c.expect(credit("1", `,"amount":"0.00"`), 422, "/amount")
	c.expect(credit("1", `,"amount":"12.00"`), 200, `"waiting":0`, `"unmatched":0`, `"over":2`, `"order_id":"","line_id":"","stated":true,"quantity":2,"accepted":2,"asked":0`)
	c.expect(c.post("/v1/returns/shop:R1/receive", `{"node":"north","lines":[{"sku":"lamp","quantity":5}]}`), 200, `"waiting":0`)
	c.expect(c.post("/v1/returns/shop:R1/dispose", `{"node":"north","lines":[{"sku":"lamp","quantity":5,"disposition":"RESTOCK"}]}`), 200, `"accepted":3,"asked":3`, `"accepted":2,"asked":2`)

	c.expect(c.post("/v1/returns/shop:R2/resolve", `{"action":"without_reference","return_line":"1","amount":"1.00","by":"ann"}`), 409, "nobody to credit")
	none := newCounter(t)
	none.ask("POST", "/v1/returns", "R1", fmt.Sprintf(wish, 5))
	none.expect(none.post("/v1/returns/shop:R1/resolve", `{"action":"without_reference","return_line":"1","amount":"1.00","by":"ann"}`), 409, "unreferenced_credit")
}

func TestAReturnThatWaitsForTheERPSaysSo(t *testing.T) {
	policy := returns.Usual
	policy.Ruled = map[string]bool{"shop": true}
	c := openCounter(t, policy)
	c.expect(c.ask("POST", "/v1/returns", "R1", fmt.Sprintf(wish, 2)), 201, `"state":"pending"`, `"waits_for":"RULING"`, `"waits_since":"`)
	c.expect(c.ask("GET", "/v1/returns?waiting=true", "", ""), 200, `"returns":[]`)
	c.expect(c.ask("GET", "/v1/returns?state=pending", "", ""), 200, `"external_id":"R1"`)
	c.expect(c.post("/v1/returns/shop:R1/resolve", `{"action":"ask_again","by":"ann"}`), 200, `"state":"pending"`)
	id := event.ReturnID("shop", "R1")
	ruled := streams.Topic[event.ReturnRuled]{Name: topic.ReturnRuled.Name, Value: codec.Of[event.ReturnRuled](codec.NewMemory(), topic.ReturnRuled)}
	streamstest.Send(c.Driver, ruled, id, &event.ReturnRuled{ReturnID: id, Revision: 2, Decision: event.ReturnDecisionAuthorised, Number: "RA-7", Source: "erp", RuledAt: c.Now()})
	c.Run()
	c.expect(c.ask("GET", "/v1/returns/shop:R1", "", ""), 200, `"state":"authorised"`, `"number":"RA-7"`, `"waits_for":"GOODS"`)
}

func TestWhatCannotBeTakenIsNamed(t *testing.T) {
	c := newCounter(t)
	for _, x := range []struct{ target, body, pointer string }{
		{"/v1/returns", `{"channel":"shop","external_id":"k1","currency":"EUR","customer":{"id":"C-100","country":"DE"},"lines":[]}`, "/lines"},
		{"/v1/returns", `{"channel":"shop","external_id":"other","currency":"EUR","customer":{"id":"C-100","country":"DE"},"lines":[{"sku":"a","quantity":1,"unit_price":"1"}]}`, "/external_id"},
		{"/v1/returns", `{"channel":"shop","external_id":"k3","currency":"EUR","customer":{"id":"C-100","country":"DE"},"lines":[{"sku":"a","quantity":1}]}`, "/lines/0/unit_price"},
		{"/v1/returns", `{"channel":"shop","external_id":"k4","currency":"EUR","customer":{"id":"C-100","country":"DE"},"lines":[{"sku":"a","quantity":1,"order_id":"` + order + `"}]}`, "/lines/0/line_id"},
		{"/v1/returns/shop:R1/receive", `{"lines":[{"sku":"a","quantity":0}]}`, "/lines/0/quantity"},
		{"/v1/returns/shop:R1/dispose", `{"node":"north","lines":[{"sku":"a","quantity":1,"disposition":"BURN"}]}`, "/lines/0/disposition"},
		{"/v1/returns/shop:R1/dispose", `{"node":"north","currency":"EUR","lines":[{"sku":"a","quantity":1,"disposition":"KEEP_WITH_ALLOWANCE","allowance":"-1.00"}]}`, "/lines/0/allowance"},
		{"/v1/returns/shop:R1/resolve", `{"action":"match","by":"ann"}`, "/order_id"},
		{"/v1/returns/shop:R1/resolve", `{"action":"burn","by":"ann"}`, "/action"},
	} {
		w := c.post(x.target, x.body)
		var problem struct {
			Errors []struct{ Pointer string }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil {
			t.Fatal(err)
		}
		found := false
		for _, e := range problem.Errors {
			found = found || e.Pointer == x.pointer
		}
		if w.Code != http.StatusUnprocessableEntity || !found {
			t.Errorf("%s %s is answered %d %s; want a problem with %s", x.target, x.body, w.Code, w.Body, x.pointer)
		}
	}
	c.expect(c.ask("GET", "/v1/returns?limit=0", "", ""), 422, "limit")
	if w := c.ask("POST", "/v1/returns", "", "{}"); w.Code != http.StatusBadRequest {
		t.Errorf("a request without a key is answered %d", w.Code)
	}
}
