//go:build unix

package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/millrace/millrace/connectors/sandbox"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order/orderhttp"
	"github.com/millrace/millrace/services/returns/returnshttp"
	"github.com/millrace/millrace/services/settlement/settlementhttp"
)

// change posts a body under an idempotency key and wants it taken.
func (c client) change(t *testing.T, path, key string, body any) []byte {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.do(http.MethodPost, path, http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {key}, "Prefer": {"wait=10"}}, text)
	if err != nil || a.status < 200 || a.status > 299 {
		t.Fatalf("POST %s: %v %v", path, err, a)
	}
	return a.body
}

type object = map[string]any

// prepaid is an order that is paid before it leaves, of items that all nodes have.
func prepaid(number string, units ...int) object {
	lines := make([]object, len(units))
	for n, qty := range units {
		lines[n] = object{"sku": fmt.Sprintf("WS-%d", 1001+n), "quantity": qty, "unit_price": fmt.Sprintf("%d.37", n+1)}
	}
	party := object{"id": "C-100", "country": "DE"}
	return object{"channel": "shop", "external_id": number, "currency": "EUR", "customer": party, "ship_to": party, "terms": "prepaid", "lines": lines}
}

// money is what settlement says of an order.
func (c client) money(t *testing.T, order string) settlementhttp.Order {
	t.Helper()
	return read[settlementhttp.Order](t, c, "/v1/settlement/"+url.PathEscape(order))
}

// A payment provider that loses answers, breaks, refuses calls and declines some
// buyers: what is shipped is paid once, what comes back is paid back once, and
// whoever cannot pay gets nothing.
func TestPrepaidOrdersArePaidAsTheyShipAndPaidBackAsTheyReturn(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIP payments: -short waits for no payment provider that loses calls")
	}
	data := t.TempDir()
	dev := startDev(t, data, "--traffic", "off", "--twins", "chaos", "--seed", "5")
	const orders = 40
	for n := range orders {
		number := fmt.Sprint("prepaid-", n)
		dev.change(t, "/v1/orders", "shop:"+number, prepaid(number, 1+n%7, 2, 1+n%3))
	}
	declined, shipped := 0, []string{}
	for n := range orders {
		name := fmt.Sprint("shop:prepaid-", n)
		var o orderhttp.Order
		until(t, "order "+name+" is through or held", func() (err error) {
			if o, err = dev.order(name); err == nil && o.Status != event.OrderStatusCompleted && o.Status != event.OrderStatusHeld {
				err = fmt.Errorf("it is %s", o.Status)
			}
			return err
		})
		if o.Status == event.OrderStatusCompleted {
			shipped = append(shipped, name)
			continue
		}
		declined++
		if len(o.Holds) != 1 || o.Holds[0].Reason != "PAYMENT" {
			t.Errorf("order %s is held by %+v, want for want of payment", name, o.Holds)
		}
		dev.change(t, "/v1/orders/"+url.PathEscape(name)+"/cancel", "cancel-"+name, object{"reason": "CUSTOMER"})
	}
	if declined == 0 || len(shipped) < orders/2 {
		t.Fatalf("%d orders were declined, %d shipped", declined, len(shipped))
	}
	for _, name := range shipped {
		until(t, "order "+name+" is paid", func() error {
			if m := dev.money(t, name); m.Money.Captured != m.Money.Invoiced || len(m.Tenders) == 0 {
				return fmt.Errorf("it has %+v", m)
			}
			return nil
		})
	}
	back, err := dev.order(shipped[0])
	if err != nil {
		t.Fatal(err)
	}
	sendBack(t, dev.client, back)
	until(t, "what came back is paid back", func() error {
		m := dev.money(t, shipped[0])
		if m.Money.Refunded != "4.74" || m.Money.Credited != "4.74" || len(m.Credits) != 1 || m.Credits[0].State != event.CreditStatePosted || m.Credits[0].Number == "" { // 2 at 2.37
			return fmt.Errorf("it has %+v", m)
		}
		return nil
	})
	if left := read[returnshttp.Returnable](t, dev.client, "/v1/orders/"+url.PathEscape(shipped[0])+"/returnable"); left.Lines[1].Quantity != 0 || left.Lines[1].Returned != 2 {
		t.Errorf("returnable are %+v", left)
	}
	agreed(t, dev)
	dev.stop(t)
	bank, err := sandbox.StartBank(sandbox.Options{Name: "bank", Dir: filepath.Join(data, "twins")})
	if err != nil {
		t.Fatal(err)
	}
	defer bank.Close()
	if b := bank.Books(); b.Documents != b.Keys || b.Sums["EUR"].Refunded != 474 || b.Declined < declined {
		t.Errorf("the provider's books are %+v", b)
	}
}

// sendBack returns two units of the second line of an order.
func sendBack(t *testing.T, to client, o orderhttp.Order) {
	t.Helper()
	number := "R-" + o.ExternalID
	l := o.Lines[1]
	to.change(t, "/v1/returns", "shop:"+number, object{
		"channel": "shop", "external_id": number, "currency": "EUR", "customer": object{"id": "C-100", "country": "DE"},
		"lines": []object{{"sku": l.SKU, "quantity": 2, "order_id": o.OrderID, "line_id": l.LineID}},
	})
	path := "/v1/returns/" + url.PathEscape("shop:"+number)
	to.change(t, path+"/receive", "receipt-1", object{"node": "north", "final": true, "lines": []object{{"return_line": "1", "sku": l.SKU, "quantity": 2}}})
	to.change(t, path+"/dispose", "verdict-1", object{"node": "north", "currency": "EUR", "lines": []object{{"return_line": "1", "sku": l.SKU, "quantity": 2, "disposition": "RESTOCK"}}})
	until(t, "the return is closed", func() error {
		r := read[returnshttp.Return](t, to, path)
		if r.State != event.ReturnStateClosed || r.Outcome != string(event.ReturnOutcomeCredited) {
			return errors.New("it is " + string(r.State) + " " + r.Outcome)
		}
		return nil
	})
}
