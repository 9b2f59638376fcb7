//go:build unix

package main_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/catalogue/cataloguehttp"
	"github.com/millrace/millrace/services/order/orderhttp"
)

// mapNumber orders by a number of the marketplace that nobody has mapped, and maps
// it.
func mapNumber(t *testing.T, at client) {
	t.Helper()
	numbers := []string{"unmapped-1", "unmapped-2"}
	for _, number := range numbers {
		a, err := at.post(number, fmt.Appendf(nil, `{"channel":"marketplace","external_id":%q,"currency":"EUR","customer":{"id":"C-100","country":"DE"},
			"lines":[{"sku":"MP/77","quantity":1,"unit_price":"2.50","description":"Bolt"}]}`, number))
		if err != nil || a.status != http.StatusCreated {
			t.Fatalf("ordering by an unmapped number: %v %v", err, a)
		}
		if o, err := at.order("marketplace:" + number); err != nil || o.Status != event.OrderStatusHeld {
			t.Fatalf("the order is %s, %v; want it held", o.Status, err)
		}
	}
	until(t, "the number is in the queue", func() error {
		page := read[struct {
			Unmapped []cataloguehttp.Unmapped `json:"unmapped"`
		}](t, at, "/v1/crossrefs/unmapped")
		if u := page.Unmapped; len(u) != 1 || u[0].TheirID != "MP/77" || u[0].Orders != 2 || u[0].Worth[0].Amount != "5.00" {
			return fmt.Errorf("the queue is %+v", u)
		}
		return nil
	})
	header := http.Header{"Content-Type": {"application/json"}}
	a, err := at.do(http.MethodPut, "/v1/crossrefs/marketplace/item/MP%2F77", header, []byte(`{"our_id":"WS-1001","by":"ann"}`))
	if err != nil || a.status != http.StatusAccepted {
		t.Fatalf("mapping the number: %v %v", err, a)
	}
	for _, number := range numbers {
		until(t, "order "+number+" is completed", func() error {
			o, err := at.order("marketplace:" + number)
			if err == nil && (o.Status != event.OrderStatusCompleted || o.Lines[0].SKU != "WS-1001") {
				err = fmt.Errorf("it is %s with %s", o.Status, o.Lines[0].SKU)
			}
			return err
		})
	}
	if orders := read[struct {
		Orders []orderhttp.Order `json:"orders"`
	}](t, at, "/v1/orders?status=held"); len(orders.Orders) != 0 {
		t.Errorf("%d orders are held still", len(orders.Orders))
	}
}
