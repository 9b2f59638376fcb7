package orderhttp_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/orderhttp"
	"github.com/millrace/millrace/streams/streamstest"
)

// basketOf is a body of three units that orderOf takes over.
func basketOf(number string) string {
	return fmt.Sprintf(`{"channel":"shop","external_id":%q,"customer":{"id":"C1","country":"DE"},"lines":[{"sku":"WS-1","quantity":3}]}`, number)
}

// commands are those that stock was given.
func (s *shop) commands() (all []event.InventoryCommand) {
	for _, r := range streamstest.Read(s.driver, typed[event.InventoryCommand](topic.InventoryCommand)) {
		all = append(all, r.Value)
	}
	return all
}

// reply answers the last command as stock would.
func (s *shop) reply(verdict event.StockVerdict) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.commands()
	c := all[len(all)-1]
	a := &event.InventoryAnswer{CommandID: c.CommandID, OrderID: c.OrderID, Sku: c.Sku, Plan: c.Plan, Verdict: verdict, AnsweredAt: s.driver.Now()}
	for _, n := range c.Nodes {
		if verdict == event.StockVerdictGranted {
			a.Grants = append(a.Grants, event.Grant{ReservationID: order.ReservationID(c.OrderID, c.Sku, n.Node, c.Plan), Node: n.Node, Qty: n.Qty})
		} else {
			a.Available = append(a.Available, event.NodeQty{Node: n.Node, Qty: 1})
		}
	}
	streamstest.Send(s.driver, typed[event.InventoryAnswer](topic.InventoryAnswer), c.OrderID, a)
	s.driver.Run()
}

// kept is a shop that keeps three units as number 1, by the key k.
func kept(t *testing.T) *shop {
	t.Helper()
	s := newShop(t)
	s.hurry = true
	if a := s.do("POST", "/v1/reservations", "k", basketOf("1")); a.status != http.StatusAccepted {
		t.Fatalf("stock has not answered: %d %s", a.status, a.body)
	}
	s.reply(event.StockVerdictGranted)
	return s
}

func TestUnitsAreKeptForABasketAndTakenOver(t *testing.T) {
	s := kept(t)
	a := s.do("POST", "/v1/reservations", "k", basketOf("1"))
	var v orderhttp.Reservation
	a.into(t, &v)
	if a.status != http.StatusOK || a.header.Get(gateway.Replayed) != "true" || v.Status != event.BasketStateKept || v.Lines[0].Kept[0].Quantity != 3 {
		t.Fatalf("%d %v %s", a.status, a.header, a.body)
	}
	if got := v.Until.Sub(s.driver.Now()); got <= 0 || got > 15*time.Minute {
		t.Errorf("kept for %v", got)
	}
	for _, name := range []string{v.ReservationID, "shop:1"} {
		if a := s.do("GET", "/v1/reservations/"+name, "", ""); a.status != http.StatusOK || a.header.Get("ETag") == "" {
			t.Errorf("GET %s: %d %s", name, a.status, a.body)
		}
	}
	if a := s.do("GET", "/v1/orders/shop:1", "", ""); a.status != http.StatusNotFound {
		t.Errorf("a basket is shown as an order: %d", a.status)
	}
	if a := s.do("POST", "/v1/orders", "1", orderOf("1")); a.status != http.StatusCreated {
		t.Fatalf("%d %s", a.status, a.body)
	}
	all := s.commands()
	extend, replace := all[len(all)-2], all[len(all)-1]
	if extend.Action != event.StockActionExtend || replace.Action != event.StockActionReplace || extend.ReservationIds[0] != replace.ReservationIds[0] || replace.Mode != event.ReserveModeCommit {
		t.Errorf("the order wrote %+v and asked %+v", extend, replace)
	}
	s.reply(event.StockVerdictGranted)
	if a := s.do("DELETE", "/v1/reservations/shop:1", "", ""); a.status != http.StatusConflict || !strings.Contains(string(a.body), "ORDER_EXISTS") {
		t.Errorf("released behind the order's back: %d %s", a.status, a.body)
	}
	if a := s.do("POST", "/v1/reservations", "other", basketOf("1")); a.status != http.StatusConflict || !strings.Contains(string(a.body), "ORDER_EXISTS") {
		t.Errorf("kept for an order that is there: %d %s", a.status, a.body)
	}
	if a := s.do("POST", "/v1/orders", "1", orderOf("1")); a.status != http.StatusOK {
		t.Errorf("the same order again: %d %s", a.status, a.body)
	}
}

func TestBasketSaysTheDayBeforeWhichItsUnitsMustNotExpire(t *testing.T) {
	s := newShop(t)
	s.hurry = true
	dated := func(body, day string) string {
		return strings.Replace(body, `"quantity":3`, `"quantity":3,"min_expiry":"`+day+`"`, 1)
	}
	s.do("POST", "/v1/reservations", "k", dated(basketOf("1"), "2026-03-01"))
	if c := s.commands()[0]; c.MinExpiry == nil || !c.MinExpiry.Equal(time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("asked for %+v", c)
	}
	s.reply(event.StockVerdictGranted)
	var v orderhttp.Reservation
	a := s.do("GET", "/v1/reservations/shop:1", "", "")
	if a.into(t, &v); v.Lines[0].MinExpiry != "2026-03-01" {
		t.Errorf("shown %s", a.body)
	}
	if a := s.do("POST", "/v1/reservations", "k", dated(basketOf("1"), "2026-04-01")); a.status != http.StatusUnprocessableEntity {
		t.Errorf("another day under the same key: %d %s", a.status, a.body)
	}
	before := len(s.commands())
	s.do("POST", "/v1/orders", "1", dated(orderOf("1"), "2026-04-01"))
	for _, c := range s.commands()[before:] {
		if c.Action == event.StockActionExtend || c.Action == event.StockActionReplace {
			t.Errorf("units that live less are taken over: %+v", c)
		}
	}
}

func TestBasketThatStockCannotKeepSaysWhatItCould(t *testing.T) {
	s := newShop(t)
	s.hurry = true
	s.do("POST", "/v1/reservations", "k", basketOf("1"))
	for range order.MaxPlans {
		s.reply(event.StockVerdictShort)
	}
	a := s.do("POST", "/v1/reservations", "k", basketOf("1"))
	var p problem
	a.into(t, &p)
	if a.status != http.StatusConflict || p.Code != "OUT_OF_STOCK" || p.Errors[0].Pointer != "/lines/0/quantity" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestRequestsAboutABasketAgreeOrAreRefused(t *testing.T) {
	s := kept(t)
	for name, c := range map[string]struct {
		key, body, code string
		status          int
	}{
		"other goods by the same key": {"k", strings.Replace(basketOf("1"), `"quantity":3`, `"quantity":4`, 1), gateway.CodeMismatch, 422},
		"another key":                 {"l", basketOf("1"), "RESERVATION_EXISTS", 409},
		"no key":                      {"", basketOf("1"), gateway.CodeKeyRequired, 400},
		"no units":                    {"m", strings.Replace(basketOf("2"), `"quantity":3`, `"quantity":0`, 1), "INVALID", 422},
		"no lines":                    {"m", strings.Replace(basketOf("2"), `{"sku":"WS-1","quantity":3}`, ``, 1), "INVALID", 422},
		"unknown item":                {"m", strings.Replace(basketOf("2"), `WS-1`, `WS-9`, 1), "INVALID", 422},
		"no day":                      {"m", strings.Replace(basketOf("2"), `"quantity":3`, `"quantity":3,"min_expiry":"soon"`, 1), "INVALID", 422},
		"a charge":                    {"m", strings.Replace(basketOf("2"), `WS-1`, `POST`, 1), "INVALID", 422},
		"over for long":               {"m", strings.Replace(basketOf("2"), `"lines"`, `"until":"2001-01-01T00:00:00Z","lines"`, 1), "INVALID", 422},
		"for ever":                    {"m", strings.Replace(basketOf("2"), `"lines"`, `"until":"2999-01-01T00:00:00Z","lines"`, 1), "INVALID", 422},
		"unknown channel":             {"m", strings.Replace(basketOf("2"), `"shop"`, `"bazaar"`, 1), "INVALID", 422},
		"unknown field":               {"m", strings.Replace(basketOf("2"), `"lines"`, `"colour":1,"lines"`, 1), "", 422},
	} {
		before := s.count(topic.OrderReserve)
		a := s.do("POST", "/v1/reservations", c.key, c.body)
		var p problem
		a.into(t, &p)
		if a.status != c.status || c.code != "" && p.Code != c.code {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
		if c.key != "l" && s.count(topic.OrderReserve) != before {
			t.Errorf("%s: a command was written", name)
		}
	}
}

func TestBasketIsExtendedAndReleased(t *testing.T) {
	s := kept(t)
	later := s.driver.Now().Add(2 * time.Hour).UTC().Truncate(time.Second)
	body := fmt.Sprintf(`{"until":%q}`, later.Format(time.RFC3339))
	if a := s.do("POST", "/v1/reservations/shop:1/extend", "x", body); a.status != http.StatusAccepted {
		t.Fatalf("stock has not answered: %d %s", a.status, a.body)
	}
	s.reply(event.StockVerdictGranted)
	var v orderhttp.Reservation
	a := s.do("POST", "/v1/reservations/shop:1/extend", "x", body)
	a.into(t, &v)
	if a.status != http.StatusOK || !v.Until.Equal(later) {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := s.do("POST", "/v1/reservations/shop:1/extend", "y", `{"until":"2999-01-01T00:00:00Z"}`); a.status != http.StatusUnprocessableEntity {
		t.Errorf("kept for ever: %d %s", a.status, a.body)
	}
	for range 2 {
		a := s.do("DELETE", "/v1/reservations/shop:1", "", "")
		a.into(t, &v)
		if a.status != http.StatusOK || v.Status != event.BasketStateReleased || len(v.Lines[0].Kept) != 0 {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	if a := s.do("POST", "/v1/reservations/shop:1/extend", "z", body); a.status != http.StatusConflict {
		t.Errorf("extended after its end: %d %s", a.status, a.body)
	}
	if a := s.do("GET", "/v1/reservations/shop:9", "", ""); a.status != http.StatusNotFound {
		t.Errorf("never kept: %d %s", a.status, a.body)
	}
}

func TestRequestAboutABasketThatNobodyHandledIsPending(t *testing.T) {
	s := newShop(t)
	s.asleep = true
	if a := s.do("POST", "/v1/reservations", "k", basketOf("1")); a.status != http.StatusAccepted || a.header.Get("Location") == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
}
