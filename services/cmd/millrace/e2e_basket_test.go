//go:build unix

package main_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order/orderhttp"
)

// checkOut keeps units for two baskets, orders the one and releases the other.
func checkOut(t *testing.T, at client) {
	t.Helper()
	reserve := func(number string) orderhttp.Reservation {
		body := fmt.Sprintf(`{"channel":"shop","external_id":%q,"customer":{"id":"C-100","country":"DE"},"lines":[{"sku":"WS-1002","quantity":2},{"sku":"WS-1001","quantity":1}]}`, number)
		header := http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {"keep-" + number}, "Prefer": {"wait=20"}}
		a, err := at.do(http.MethodPost, "/v1/reservations", header, []byte(body))
		var v orderhttp.Reservation
		if err != nil || a.status != http.StatusCreated || json.Unmarshal(a.body, &v) != nil || v.Status != event.BasketStateKept {
			t.Fatalf("keeping %s: %v %v", number, err, a)
		}
		return v
	}
	one, two := reserve("basket-1"), reserve("basket-2")
	a, err := at.post("basket-1", []byte(`{"channel":"shop","external_id":"basket-1","currency":"EUR","customer":{"id":"C-100","country":"DE"},"ship_complete":true,
		"lines":[{"sku":"WS-1001","quantity":1,"unit_price":"1.00"},{"sku":"WS-1002","quantity":2,"unit_price":"1.00"}]}`))
	if err != nil || a.status != http.StatusCreated {
		t.Fatalf("ordering what is kept: %v %v", err, a)
	}
	until(t, "the order of the basket is completed", func() error {
		o, err := at.order("shop:basket-1")
		if err == nil && o.Status != event.OrderStatusCompleted {
			err = fmt.Errorf("it is %s", o.Status)
		}
		return err
	})
	a, err = at.do(http.MethodDelete, "/v1/reservations/"+two.ReservationID, nil, nil)
	if err != nil || a.status != http.StatusOK {
		t.Errorf("releasing a basket: %v %v", err, a)
	}
	swapped := 0
	type command struct {
		OrderID string `json:"order_id"`
		Action  string `json:"action"`
	}
	for _, r := range values[command](t, at, "inventory.command.v1") {
		if r == (command{one.ReservationID, string(event.StockActionReplace)}) {
			swapped++
		}
	}
	if v := read[orderhttp.Reservation](t, at, "/v1/reservations/shop:basket-1"); v.Status != event.BasketStateOrdered || swapped != 2 {
		t.Errorf("the basket is %s, and %d items were swapped, want both", v.Status, swapped)
	}
}
