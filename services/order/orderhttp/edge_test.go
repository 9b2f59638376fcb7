package orderhttp_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/orderhttp"
	"github.com/millrace/millrace/streams/streamstest"
)

func TestOrderIsTakenOnAndShown(t *testing.T) {
	s := newShop(t)
	a := s.do("POST", "/v1/orders", "1", orderOf("1"))
	var o orderhttp.Order
	a.into(t, &o)
	if a.status != http.StatusCreated || a.header.Get("Location") != "/v1/orders/"+event.OrderID("shop", "1") {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	if o.Total != "10.24" || o.Lines[0].Amount != "3.34" || o.Lines[0].UnitPrice != "1.115" || o.Lines[1].Kind != event.LineKindCharge {
		t.Errorf("3 x 1.115 half to even is 3.34, with 2.00 and 4.90 in all 10.24; got %s of %+v", o.Total, o.Lines)
	}
	for _, name := range []string{o.OrderID, "shop:1"} {
		if got := s.do("GET", "/v1/orders/"+name, "", ""); got.status != http.StatusOK || got.header.Get("ETag") == "" {
			t.Errorf("GET %s: %d %s", name, got.status, got.body)
		}
	}
}

func TestLineSaysUntilWhenItsUnitsMustLive(t *testing.T) {
	s := newShop(t)
	a := s.do("POST", "/v1/orders", "1", strings.Replace(orderOf("1"), `"quantity":3`, `"quantity":3,"min_expiry":"2026-03-01"`, 1))
	var o orderhttp.Order
	a.into(t, &o)
	if a.status != http.StatusCreated || o.Lines[0].MinExpiry != "2026-03-01" || o.Lines[1].MinExpiry != "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if again := s.do("POST", "/v1/orders", "1", orderOf("1")); again.status != http.StatusUnprocessableEntity {
		t.Errorf("the same number without the day is another order: %d %s", again.status, again.body)
	}
}

func TestSameOrderTwiceIsOneOrder(t *testing.T) {
	s := newShop(t)
	first := s.do("POST", "/v1/orders", "1", orderOf("1"))
	again := s.do("POST", "/v1/orders", "shop:1", orderOf("1"))
	if again.status != http.StatusOK || again.header.Get(gateway.Replayed) != "true" || !bytes.Equal(first.body, again.body) {
		t.Errorf("%d %v\n%s\n%s", again.status, again.header, first.body, again.body)
	}
	if n := s.count(topic.OrderAccepted); n != 1 {
		t.Errorf("accepted %d times", n)
	}
	other := s.do("POST", "/v1/orders", "1", strings.Replace(orderOf("1"), `"quantity":3`, `"quantity":4`, 1))
	var p problem
	other.into(t, &p)
	if other.status != http.StatusUnprocessableEntity || p.Code != gateway.CodeMismatch || p.Errors[0].Pointer != "/external_id" {
		t.Errorf("%d %s", other.status, other.body)
	}
}

// A channel may use its own numbers: what they mean is looked up when the order
// comes, and stays with it whatever is decided later.
func TestAChannelsOwnNumberIsTheItemItIsMappedTo(t *testing.T) {
	s := newShop(t)
	body := strings.Replace(orderOf("1"), `"sku":"WS-1"`, `"sku":"B7"`, 1)
	if a := s.do("POST", "/v1/orders", "1", body); a.status != http.StatusUnprocessableEntity {
		t.Fatalf("a number that nobody knows: %d %s", a.status, a.body)
	}
	means := func(sku string) {
		streamstest.Send(s.driver, typed[event.CrossrefPublished](topic.CrossrefPublished), event.CrossrefKey("shop", event.CrossrefKindItem, "B7"),
			&event.CrossrefPublished{Partner: "shop", Kind: event.CrossrefKindItem, TheirID: "B7", OurID: sku, Version: 1, PublishedAt: s.driver.Now()})
		s.driver.Run()
	}
	means("WS-1")
	first := s.do("POST", "/v1/orders", "1", body)
	var o orderhttp.Order
	first.into(t, &o)
	if first.status != http.StatusCreated || o.Lines[0].SKU != "WS-1" {
		t.Fatalf("%d %s, want an order of WS-1", first.status, first.body)
	}
	means("WS-2")
	if again := s.do("POST", "/v1/orders", "1", body); again.status != http.StatusOK || !bytes.Equal(first.body, again.body) {
		t.Errorf("the same body after another decision: %d %s, want %s", again.status, again.body, first.body)
	}
}

// A channel that orders by its own numbers is never refused for one of them: the
// order is kept and waits, and the same body is the same order when the number means
// something at last.
func TestANumberThatNobodyHasMappedHoldsTheOrder(t *testing.T) {
	s := newShop(t)
	body := strings.Replace(strings.Replace(orderOf("1"), `"sku":"WS-1"`, `"sku":"B7"`, 1), `"channel":"shop"`, `"channel":"fair"`, 1)
	first := s.do("POST", "/v1/orders", "1", body)
	var o orderhttp.Order
	first.into(t, &o)
	if first.status != http.StatusCreated || o.Status != event.OrderStatusHeld || o.Lines[0].SKU != "B7" {
		t.Fatalf("%d %s, want an order that waits for what B7 means", first.status, first.body)
	}
	streamstest.Send(s.driver, typed[event.CrossrefPublished](topic.CrossrefPublished), event.CrossrefKey("fair", event.CrossrefKindItem, "B7"),
		&event.CrossrefPublished{Partner: "fair", Kind: event.CrossrefKindItem, TheirID: "B7", OurID: "WS-1", Version: 1, PublishedAt: s.driver.Now()})
	streamstest.Send(s.driver, typed[event.CrossrefFound](topic.CrossrefFound), o.OrderID,
		&event.CrossrefFound{OrderID: o.OrderID, Partner: "fair", Kind: event.CrossrefKindItem, TheirID: "B7", OurID: "WS-1", Author: "ann", FoundAt: s.driver.Now()})
	s.driver.Run()
	again := s.do("POST", "/v1/orders", "1", body)
	again.into(t, &o)
	if again.status != http.StatusOK || o.Status == event.OrderStatusHeld || o.Lines[0].SKU != "WS-1" {
		t.Errorf("the same body, mapped: %d %s", again.status, again.body)
	}
	if a := s.do("POST", "/v1/orders", "2", strings.Replace(strings.Replace(body, `"B7"`, `""`, 1), `"external_id":"1"`, `"external_id":"2"`, 1)); a.status != http.StatusUnprocessableEntity {
		t.Errorf("no number at all: %d %s", a.status, a.body)
	}
}

func TestUndecidedOrderIsPending(t *testing.T) {
	s := newShop(t)
	s.asleep = true
	a := s.do("POST", "/v1/orders", "1", orderOf("1"))
	if a.status != http.StatusAccepted || a.header.Get("Location") == "" {
		t.Fatalf("%d %s", a.status, a.body)
	}
	s.asleep = false
	s.driver.Run()
	if again := s.do("POST", "/v1/orders", "1", orderOf("1")); again.status != http.StatusOK {
		t.Errorf("after the decision: %d %s", again.status, again.body)
	}
}

func TestBadInputIsRefusedWhereItIsWrong(t *testing.T) {
	edit := func(part, by string) string {
		b := strings.Replace(orderOf("1"), part, by, 1)
		if b == orderOf("1") {
			panic("nothing replaced: " + part)
		}
		return b
	}
	many := `"lines":[` + strings.Repeat(`{"sku":"WS-1","quantity":1,"unit_price":"1"},`, 9_999) + `{"sku":"WS-1","quantity":1,"unit_price":"1"}]`
	for name, c := range map[string]struct {
		body, pointer string
		status        int
	}{
		"malformed":         {`{"channel":`, "/channel", 400},
		"empty":             {``, "", 400},
		"unknown field":     {edit(`"currency"`, `"colour":1,"currency"`), "/colour", 422},
		"unknown sku":       {edit(`"WS-1"`, `"WS-9"`), "/lines/0/sku", 422},
		"item not for sale": {edit(`"WS-1"`, `"OLD"`), "/lines/0/sku", 422},
		"quantity 0":        {edit(`"quantity":3`, `"quantity":0`), "/lines/0/quantity", 422},
		"negative quantity": {edit(`"quantity":3`, `"quantity":-3`), "/lines/0/quantity", 422},
		"huge quantity":     {edit(`"quantity":3`, `"quantity":9223372036854775808`), "/lines/0/quantity", 422},
		"too many units":    {edit(`"quantity":3`, `"quantity":1000000001`), "/lines/0/quantity", 422},
		"half a unit":       {edit(`"quantity":3`, `"quantity":1.5`), "/lines/0/quantity", 422},
		"price as number":   {edit(`"unit_price":"1.115"`, `"unit_price":1.115`), "/lines/0/unit_price", 422},
		"price too fine":    {edit(`"1.115"`, `"1.1234567"`), "/lines/0/unit_price", 422},
		"negative price":    {edit(`"1.115"`, `"-1"`), "/lines/0/unit_price", 422},
		"price of infinity": {edit(`"1.115"`, `"Infinity"`), "/lines/0/unit_price", 422},
		"wrong amount":      {edit(`"unit_price":"1.115"`, `"unit_price":"1.115","amount":"3.35"`), "/lines/0/amount", 422},
		"wrong total":       {edit(`"shipping":"4.90"`, `"shipping":"4.90","total":"10.25"`), "/total", 422},
		"foreign currency":  {edit(`"EUR"`, `"USD"`), "/currency", 422},
		"no currency":       {edit(`"EUR"`, `"XXQ"`), "/currency", 422},
		"unknown channel":   {edit(`"shop"`, `"bazaar"`), "/channel", 422},
		"no number":         {edit(`"external_id":"1"`, `"external_id":""`), "/external_id", 422},
		"no customer":       {edit(`"C1"`, `""`), "/customer/id", 422},
		"no country":        {edit(`"DE"`, `"Germany"`), "/customer/country", 422},
		"no lines":          {edit(`"lines":[{"sku":"WS-1","quantity":3,"unit_price":"1.115"},{"sku":"POST","quantity":1,"unit_price":"2.00"}]`, `"lines":[]`), "/lines", 422},
		"10,000 lines":      {edit(`"lines":[{"sku":"WS-1","quantity":3,"unit_price":"1.115"},{"sku":"POST","quantity":1,"unit_price":"2.00"}]`, many), "/lines", 422},
		"line id twice":     {edit(`{"sku":"WS-1"`, `{"line_id":"2","sku":"WS-1"`), "/lines/1/line_id", 422},
		"other number":      {edit(`"external_id":"1"`, `"external_id":"2"`), "/external_id", 422},
		"5 MB":              {edit(`"currency"`, `"note":"`+strings.Repeat("x", 5<<20)+`","currency"`), "", 413},
		"long note":         {edit(`"currency"`, `"note":"`+strings.Repeat("x", 2001)+`","currency"`), "/note", 422},
		"no day":            {edit(`"quantity":3`, `"quantity":3,"min_expiry":"soon"`), "/lines/0/min_expiry", 422},
		"bad terms":         {edit(`"currency"`, `"terms":"later","currency"`), "/terms", 422},
		"bad shortage":      {edit(`"currency"`, `"shortage":"later","currency"`), "/shortage", 422},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			a := s.do("POST", "/v1/orders", "1", c.body)
			var p problem
			a.into(t, &p)
			if a.status != c.status || a.header.Get("Content-Type") != httpd.ProblemType {
				t.Fatalf("%d %s", a.status, a.body)
			}
			if c.status == 422 && (len(p.Errors) == 0 || p.Errors[0].Pointer != c.pointer) {
				t.Errorf("want %s named first: %s", c.pointer, a.body)
			}
			if n := s.count(topic.OrderSubmit); n != 0 {
				t.Errorf("%d commands were written", n)
			}
		})
	}
}

func TestIdempotencyKeyIsRequired(t *testing.T) {
	s := newShop(t)
	s.do("POST", "/v1/orders", "1", orderOf("1"))
	for _, path := range []string{"/v1/orders", "/v1/orders/shop:1/cancel", "/v1/orders/shop:1/amend", "/v1/orders/shop:1/resolve"} {
		a := s.do("POST", path, "", orderOf("1"))
		var p problem
		a.into(t, &p)
		if a.status != http.StatusBadRequest || p.Code != gateway.CodeKeyRequired {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}

func TestCancelGivesBackFirst(t *testing.T) {
	s := newShop(t)
	s.do("POST", "/v1/orders", "1", orderOf("1"))
	if a := s.do("POST", "/v1/orders/shop:1/cancel", "k", `{"reason":"CHANGED_MIND"}`); a.status != http.StatusAccepted {
		t.Fatalf("stock has not given back: %d %s", a.status, a.body)
	}
	commands := streamstest.Read(s.driver, typed[event.InventoryCommand](topic.InventoryCommand))
	release := commands[len(commands)-1].Value
	streamstest.Send(s.driver, typed[event.InventoryAnswer](topic.InventoryAnswer), release.OrderID,
		&event.InventoryAnswer{CommandID: release.CommandID, OrderID: release.OrderID, Sku: release.Sku, Plan: release.Plan, Verdict: event.StockVerdictReleased, AnsweredAt: s.driver.Now()})
	s.driver.Run()
	a := s.do("POST", "/v1/orders/shop:1/cancel", "k", `{}`)
	var o orderhttp.Order
	a.into(t, &o)
	if a.status != http.StatusOK || o.Status != event.OrderStatusCancelled || o.Reason != "CHANGED_MIND" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := s.do("POST", "/v1/orders/shop:9/cancel", "k", `{}`); a.status != http.StatusNotFound {
		t.Errorf("an unknown order: %d", a.status)
	}
}

func TestAmendmentIsTakenOnce(t *testing.T) {
	s := newShop(t)
	s.do("POST", "/v1/orders", "1", orderOf("1"))
	lines := `"lines":[{"sku":"WS-1","quantity":1,"unit_price":"1.115"}]`
	if a := s.do("POST", "/v1/orders/shop:1/amend", "k", `{"revision":3,`+lines+`}`); a.status != http.StatusAccepted {
		t.Fatalf("stock has not given back: %d %s", a.status, a.body)
	}
	a := s.do("POST", "/v1/orders/shop:1/amend", "k", `{"revision":2,`+lines+`}`)
	var p problem
	a.into(t, &p)
	if a.status != http.StatusConflict || p.Code != "AMEND_STALE" {
		t.Errorf("an older revision: %d %s", a.status, a.body)
	}
	if a := s.do("POST", "/v1/orders/shop:1/amend", "k", `{"revision":4,"lines":[]}`); a.status != http.StatusUnprocessableEntity {
		t.Errorf("no lines: %d %s", a.status, a.body)
	}
}

func TestHoldIsShownAndEnds(t *testing.T) {
	s := newShop(t)
	s.do("POST", "/v1/orders", "1", orderOf("1"))
	a := s.do("POST", "/v1/orders/shop:1/resolve", "k", `{"action":"hold","reason":"FRAUD","requested_by":"eve"}`)
	var o orderhttp.Order
	a.into(t, &o)
	if a.status != http.StatusOK || len(o.Holds) != 1 || o.Holds[0].Reason != "FRAUD" || o.Status != event.OrderStatusHeld {
		t.Fatalf("%d %s", a.status, a.body)
	}
	s.do("POST", "/v1/orders/shop:1/resolve", "l", `{"action":"resume"}`).into(t, &o)
	if len(o.Holds) != 0 || o.Status == event.OrderStatusHeld {
		t.Errorf("%+v", o)
	}
	for _, wrong := range []string{`{"action":"sing"}`, `{"action":"hold","reason":"MOOD"}`} {
		if a := s.do("POST", "/v1/orders/shop:1/resolve", "m", wrong); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", wrong, a.status, a.body)
		}
	}
}

func TestListPagesNewestFirst(t *testing.T) {
	s := newShop(t)
	for n := range 7 {
		s.do("POST", "/v1/orders", fmt.Sprint(n), orderOf(fmt.Sprint(n)))
		s.driver.Advance(time.Second)
	}
	var seen []string
	for path := "/v1/orders?limit=3&channel=shop"; path != ""; {
		var page struct {
			Orders     []orderhttp.Row
			NextCursor string `json:"next_cursor"`
		}
		s.do("GET", path, "", "").into(t, &page)
		for _, o := range page.Orders {
			seen = append(seen, o.ExternalID)
		}
		if path = ""; page.NextCursor != "" {
			path = "/v1/orders?limit=3&cursor=" + page.NextCursor
		}
	}
	if got := strings.Join(seen, ""); got != "6543210" {
		t.Errorf("listed %s", got)
	}
	for _, bad := range []string{"limit=0", "limit=501", "limit=x", "cursor=!"} {
		if a := s.do("GET", "/v1/orders?"+bad, "", ""); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, a.status)
		}
	}
}

func TestSummaryKeepsItsIdentity(t *testing.T) {
	s := newShop(t)
	for n := range 5 {
		s.do("POST", "/v1/orders", fmt.Sprint(n), orderOf(fmt.Sprint(n)))
	}
	var sum orderhttp.Summary
	s.do("GET", "/v1/orders/summary?source=api", "", "").into(t, &sum)
	if sum.Orders.Accepted != 5 || sum.Orders.Open != 5 || sum.Units.Ordered != 20 || sum.Money["EUR"] != "51.20" {
		t.Errorf("%+v", sum)
	}
	var none orderhttp.Summary
	s.do("GET", "/v1/orders/summary?source=file:x", "", "").into(t, &none)
	if none.Orders.Accepted != 0 {
		t.Errorf("another source: %+v", none)
	}
}

func TestRequestGoesToTheOwner(t *testing.T) {
	owner, here := newShop(t), newShop(t)
	here.moved = strings.TrimPrefix(owner.server.URL, "http://")
	if a := here.do("POST", "/v1/orders", "1", orderOf("1")); a.status != http.StatusCreated {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if here.count(topic.OrderSubmit) != 0 || owner.count(topic.OrderSubmit) != 1 {
		t.Error("the command was not written by the owner")
	}
	if a := here.do("GET", "/v1/orders/shop:1", "", ""); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
	owner.moved = strings.TrimPrefix(here.server.URL, "http://")
	if a := here.do("GET", "/v1/orders/shop:1", "", ""); a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" {
		t.Errorf("two that disagree: %d %s", a.status, a.body)
	}
}

func TestALostShipmentIsMadeGoodOnce(t *testing.T) {
	s := newShop(t)
	s.do("POST", "/v1/orders", "1", orderOf("1"))
	id, shipment, fulfilment := event.OrderID("shop", "1"), "5f0c8a5e-7a4b-5b9e-9d0c-0c8f8a5e7a4b", "7a4b8a5e-7a4b-5b9e-9d0c-0c8f8a5e5f0c"
	streamstest.Send(s.driver, typed[event.ShipmentConfirmed](topic.ShipmentConfirmed), id, &event.ShipmentConfirmed{
		ShipmentID: shipment, FulfilmentID: fulfilment, OrderID: id, Node: "north", ShippedAt: s.driver.Now(), Lines: []event.ShipmentLine{{LineID: "1", Sku: "WS-1", Qty: 1}},
	})
	s.driver.Run()
	for _, wrong := range []string{`{"action":"lost"}`, `{"action":"lost","shipment_id":"` + shipment + `","redress":"pray"}`} {
		if a := s.do("POST", "/v1/orders/shop:1/resolve", "w", wrong); a.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d %s", wrong, a.status, a.body)
		}
	}
	for _, redress := range []string{"refund", "reship"} { // the first is done
		a := s.do("POST", "/v1/orders/shop:1/resolve", redress, `{"action":"lost","shipment_id":"`+shipment+`","redress":"`+redress+`","requested_by":"eve"}`)
		var o orderhttp.Order
		if a.into(t, &o); a.status != http.StatusOK || len(o.Shipments) != 1 || !o.Shipments[0].Lost || o.Shipments[0].Redress != order.Refund {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if asked := streamstest.Read(s.driver, typed[event.SettlementRequest](topic.SettlementRequest)); len(asked) != 1 || asked[0].Value.Cause != "LOST" || !asked[0].Value.Shipping {
		t.Errorf("settlement is asked %+v", asked)
	}
}
