//go:build unix

package main_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/millrace/millrace/connectors/sandbox"
	"github.com/millrace/millrace/schemas/event"
)

// amendOrder orders more than there is, then other lines, and waits until those are
// shipped, billed and settled with the ERP. It returns the order's id.
func amendOrder(t *testing.T, at client) string {
	t.Helper()
	const name = "shop:amended-1"
	a, err := at.post("amended-1", []byte(`{"channel":"shop","external_id":"amended-1","currency":"EUR","customer":{"id":"C-100","country":"DE"},"ship_complete":true,"shortage":"backorder",
		"shipping":"3.00","lines":[{"line_id":"1","sku":"WS-1001","quantity":900000,"unit_price":"1.00"}]}`))
	if err != nil || a.status != http.StatusCreated {
		t.Fatalf("ordering: %v %v", err, a)
	}
	until(t, "the order waits for supply", func() error {
		o, err := at.order(name)
		if err == nil && o.Status != event.OrderStatusBackordered {
			err = fmt.Errorf("it is %s", o.Status)
		}
		return err
	})
	a, err = at.do(http.MethodPost, "/v1/orders/"+name+"/amend", http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {"amended-1-1"}},
		[]byte(`{"revision":1,"reason":"CUSTOMER","lines":[{"line_id":"1","sku":"WS-1001","quantity":2,"unit_price":"1.00"},{"line_id":"2","sku":"WS-1002","quantity":3,"unit_price":"2.00"}]}`))
	if err != nil || a.status >= 300 {
		t.Fatalf("amending: %v %v", err, a)
	}
	var id string
	until(t, "the amended order is completed", func() error {
		o, err := at.order(name)
		if id = o.OrderID; err == nil && (o.Status != event.OrderStatusCompleted || o.Invoiced != "11.00") {
			err = fmt.Errorf("it is %s, invoiced %s", o.Status, o.Invoiced)
		}
		return err
	})
	type document struct {
		Kind string   `json:"kind"`
		IDs  []string `json:"canonical_ids"`
	}
	until(t, "the ERP is told that the order ended", func() error {
		told := make(map[string]int)
		for _, d := range values[document](t, at, "partner.outbound.v1") {
			if len(d.IDs) == 1 && d.IDs[0] == id {
				told[d.Kind]++
			}
		}
		if told["amendment"] != 1 || told["sale"] != 1 || told["close"] != 1 {
			return fmt.Errorf("it was told %v", told)
		}
		return nil
	})
	return id
}

// amended opens the ERP's journal and checks the sale of the order.
func amended(t *testing.T, dir, id string) {
	t.Helper()
	erp, err := sandbox.StartERP(sandbox.Options{Name: "erp", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer erp.Close()
	s, known := erp.Sale(id)
	if !known || s.Total != "11.00" || len(s.Lines) != 2 || len(s.Amendments) != 1 || s.Open["WS-1001"]+s.Open["WS-1002"] != 0 {
		t.Errorf("the sale of the amended order is %+v", s)
	}
}
