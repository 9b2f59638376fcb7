package settlementhttp_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/settlement"
	"github.com/millrace/millrace/services/settlement/settlementhttp"
	"github.com/millrace/millrace/services/settlement/settlementstream"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

var (
	order = event.OrderID("shop", "1")
	loose = event.ReturnID("shop", "R1")
)

// desk is the edge with one prepaid order that was set aside, shipped, billed and
// taken, and with a return that is credited without an order.
func desk(t *testing.T) *http.ServeMux {
	t.Helper()
	schemas := codec.NewMemory()
	room := settlementstream.New(schemas)
	d := streamstest.New(t, streamstest.Options{}, room.Topology)
	terms, expires := event.PaymentTermsPrepaid, d.Now().Add(time.Hour)
	put(d, schemas, topic.OrderAccepted, &event.OrderAccepted{
		OrderID: order, Channel: "shop", ExternalID: "1", Currency: "EUR", Total: 500, Terms: &terms, Shortage: event.ShortagePolicyCancel,
		Lines: []event.OrderLine{{LineID: "1", Sku: "tea", Kind: event.LineKindGoods, Qty: 5, Uom: "EA", Amount: 500}},
	})
	put(d, schemas, topic.PaymentAuthorised, &event.PaymentAuthorised{
		TransactionID: "t1", OrderID: order, TenderID: "card 1", Amount: 500, Currency: "EUR", Method: "CARD", ExpiresAt: &expires, Source: "bank", AuthorisedAt: d.Now(),
	})
	put(d, schemas, topic.ShipmentConfirmed, &event.ShipmentConfirmed{OrderID: order, ShipmentID: "s1", Node: "north", Lines: []event.ShipmentLine{{LineID: "1", Sku: "tea", Qty: 3}}})
	put(d, schemas, topic.InvoicePosted, &event.InvoicePosted{OrderID: order, ShipmentID: "s1", InvoiceID: settlement.InvoiceID(order, "s1"), Number: "INV-1", Currency: "EUR", Total: 300})
	put(d, schemas, topic.PaymentCaptured, &event.PaymentCaptured{TransactionID: "t2", OrderID: order, TenderID: "card 1", Amount: 300, Currency: "EUR", Source: "bank"})
	worth := int64(150)
	request := &event.SettlementRequest{
		RequestID: "q1", ReturnID: loose, Action: event.SettlementActionCredit, Cause: "RETURN", Currency: "CHF", Customer: &event.PartyRef{PartyID: "C1"},
		Lines: []event.SettlementLine{{LineID: "1", Sku: "lamp", Qty: 2, Allowance: &worth}},
	}
	streamstest.Send(d, streams.Topic[event.SettlementRequest]{Name: topic.SettlementRequest.Name, Value: codec.Of[event.SettlementRequest](schemas, topic.SettlementRequest)}, loose, request)
	d.Run()
	mux := http.NewServeMux()
	settlementhttp.New(settlementhttp.Config{Room: room, Rows: d}).Routes(mux)
	return mux
}

func put[V any](d *streamstest.Driver, schemas *codec.Schemas, def topic.Def, v *V) {
	streamstest.Send(d, streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}, order, v)
	d.Run()
}

func TestTheMoneyOfOrdersIsShownAsDocumented(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(gateway.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	routes, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	mux := desk(t)
	sums := `{"invoiced":"3.00","credited":"0.00","authorised":"5.00","voided":"0.00","captured":"3.00","refunded":"0.00"}`
	credit := `{"invoiced":"0.00","credited":"1.50","authorised":"0.00","voided":"0.00","captured":"0.00","refunded":"0.00"}`
	for _, c := range []struct {
		path   string
		status int
		wants  []string
	}{
		{"/v1/settlement/summary", 200, []string{`"orders":1,`, `"EUR":` + sums, `"CHF":` + credit}},
		{"/v1/settlement/shop:1", 200, []string{`"terms":"prepaid"`, sums, `"tender_id":"card 1","method":"CARD","authorised":"5.00"`, `"shipment_id":"s1","number":"INV-1","total":"3.00"`}},
		{"/v1/settlement/" + order, 200, []string{`"order_id":"` + order + `"`}},
		{"/v1/settlement/" + loose, 200, []string{`{"return_id":"` + loose + `","currency":"CHF","stopped":false,"money":` + credit, `"state":"approved","number":"","total":"1.50"`}},
		{"/v1/settlement/shop:2", 404, []string{"ORDER_UNKNOWN"}},
	} {
		r, w := httptest.NewRequest(http.MethodGet, c.path, nil), httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		for _, want := range c.wants {
			if w.Code != c.status || !strings.Contains(w.Body.String(), want) {
				t.Errorf("GET %s: %d %s, want %d with %s", c.path, w.Code, w.Body, c.status, want)
			}
		}
		route, params, err := routes.FindRoute(r)
		if err != nil {
			t.Fatalf("%s is not in the API document: %v", c.path, err)
		}
		if err := openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
			RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
			Status:                 w.Code, Header: w.Header(), Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
			Options: &openapi3filter.Options{IncludeResponseStatus: true},
		}); err != nil {
			t.Errorf("GET %s is answered otherwise than documented: %v", c.path, err)
		}
	}
}
