package orderhttp_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/orderhttp"
	"github.com/millrace/millrace/streams/streamstest"
)

// stock makes a number of units of WS-1 known, three days from the buyer.
func (s *shop) stock(units int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	streamstest.Send(s.driver, typed[event.InventoryPosition](topic.InventoryPosition), "WS-1", &event.InventoryPosition{
		Sku: "WS-1", Version: 4, Nodes: []event.NodePosition{{Node: "north", Available: units}},
	})
	streamstest.Send(s.driver, typed[event.LanePublished](topic.LanePublished), "l", &event.LanePublished{Lane: "l", Node: "north", Country: "DE", TransitDays: 3, Active: true})
	s.driver.Run()
}

const wanted = `{"channel":"shop","ship_to":{"country":"DE"},"lines":[{"sku":"WS-1","quantity":3},{"sku":"POST","quantity":1}]}`

func TestPromiseSaysWhenAndFromWhere(t *testing.T) {
	s := newShop(t)
	s.stock(5)
	a := s.do("POST", "/v1/promise", "", wanted)
	var p orderhttp.Promised
	a.into(t, &p)
	if a.status != 200 || !p.Complete || p.Split || p.Rules != "default" || p.Quote == "" || p.Lines[0].Version != 4 || len(p.Lines[1].Parts) != 0 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	part := p.Lines[0].Parts[0]
	if part.Node != "north" || part.Lane != "l" || part.Quantity != 3 || part.ArrivesAt.Sub(part.LeavesAt) < 48*time.Hour || !p.ArrivesBy.Equal(part.ArrivesAt) {
		t.Errorf("%+v", part)
	}
	s.stock(2)
	a = s.do("POST", "/v1/promise", "", wanted)
	p = orderhttp.Promised{}
	a.into(t, &p)
	if p.Complete || p.Lines[0].Short != 1 || p.Quote != "" {
		t.Errorf("of two units three are promised: %s", a.body)
	}
}

func TestPromiseSaysWhenTheRestComes(t *testing.T) {
	s := newShop(t)
	s.stock(2)
	due := s.driver.Now().Add(5 * 24 * time.Hour)
	s.mu.Lock()
	streamstest.Send(s.driver, typed[event.InventoryPosition](topic.InventoryPosition), "WS-1", &event.InventoryPosition{
		Sku: "WS-1", Version: 5, Nodes: []event.NodePosition{{Node: "north", Available: 2, Incoming: 9}},
		Supplies: []event.DatedSupply{{Node: "north", Qty: 4, Due: due}},
	})
	s.driver.Run()
	s.mu.Unlock()
	var p orderhttp.Promised
	s.do("POST", "/v1/promise", "", wanted).into(t, &p)
	rest := p.Lines[0].Later
	if p.Complete || p.Lines[0].Short != 1 || rest == nil || rest.Quantity != 1 || !rest.From.Equal(due) || !rest.ArrivesAt.After(due) {
		t.Fatalf("%+v", p)
	}
	if p.Later == nil || p.Later.Split || !p.Later.From.Equal(due) || !p.Later.ArrivesBy.Equal(rest.ArrivesAt) {
		t.Errorf("everything: %+v", p.Later)
	}
	p = orderhttp.Promised{}
	s.do("POST", "/v1/promise", "", strings.Replace(wanted, `"quantity":3`, `"quantity":7`, 1)).into(t, &p)
	if p.Later != nil || p.Lines[0].Later != nil || p.Lines[0].Short != 5 {
		t.Errorf("of six units to be had seven are promised: %+v", p)
	}
}

func TestOrderByAQuoteIsToArriveAsPromised(t *testing.T) {
	s := newShop(t)
	s.stock(5)
	var p orderhttp.Promised
	s.do("POST", "/v1/promise", "", wanted).into(t, &p)
	by := func(number, quote string) string {
		return strings.Replace(orderOf(number), `"currency"`, fmt.Sprintf(`"quote":%q,"currency"`, quote), 1)
	}
	if a := s.do("POST", "/v1/orders", "1", by("1", p.Quote)); a.status != 201 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	f, err := s.room.Facts(s, event.OrderID("shop", "1"))
	if err != nil || f.Order.NeededBy == nil || !f.Order.NeededBy.Equal(*p.ArrivesBy) {
		t.Errorf("needed by %v, promised %v: %v", f.Order.NeededBy, p.ArrivesBy, err)
	}
	if a := s.do("POST", "/v1/orders", "2", strings.Replace(by("2", p.Quote), `"quantity":3`, `"quantity":4`, 1)); a.status != 422 || !strings.Contains(string(a.body), "QUOTE_DIFFERS") {
		t.Errorf("of other goods: %d %s", a.status, a.body)
	}
	if a := s.do("POST", "/v1/orders", "2", by("2", p.Quote+"x")); a.status != 422 || !strings.Contains(string(a.body), "QUOTE_INVALID") {
		t.Errorf("forged: %d %s", a.status, a.body)
	}
	s.mu.Lock()
	s.driver.Advance(order.QuoteLife + time.Second)
	s.mu.Unlock()
	if a := s.do("POST", "/v1/orders", "2", by("2", p.Quote)); a.status != 422 || !strings.Contains(string(a.body), "QUOTE_EXPIRED") {
		t.Errorf("too late: %d %s", a.status, a.body)
	}
	if a := s.do("POST", "/v1/orders", "1", by("1", p.Quote)); a.status != 200 {
		t.Errorf("the order that was taken in time, repeated: %d %s", a.status, a.body)
	}
}

func TestPromiseOfNonsenseIsRefusedWhereItIsWrong(t *testing.T) {
	s := newShop(t)
	for name, c := range map[string]struct{ old, by, pointer string }{
		"channel":  {`"shop"`, `"bazaar"`, "/channel"},
		"country":  {`"DE"`, `"Germany"`, "/ship_to/country"},
		"sku":      {`"WS-1"`, `"WS-9"`, "/lines/0/sku"},
		"quantity": {`"quantity":3`, `"quantity":0`, "/lines/0/quantity"},
		"lines":    {`[{"sku":"WS-1","quantity":3},{"sku":"POST","quantity":1}]`, `[]`, "/lines"},
	} {
		a := s.do("POST", "/v1/promise", "", strings.Replace(wanted, c.old, c.by, 1))
		var p problem
		a.into(t, &p)
		if a.status != 422 || len(p.Errors) == 0 || p.Errors[0].Pointer != c.pointer {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}
