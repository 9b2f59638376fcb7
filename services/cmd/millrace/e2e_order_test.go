//go:build unix

package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/demo"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/orderhttp"
)

// placed is an order that was posted, and what the server answered at last.
type placed struct {
	name   string // channel:number, the idempotency key too
	body   []byte
	status int // 0: no answer came
}

// taken says whether the server promised to carry the order.
func (p *placed) taken() bool { return p.status >= 200 && p.status < 300 }

// basket draws sample orders and remembers what became of them.
type basket struct {
	customers *demo.Customers
	orders    []*placed
}

func newBasket(seed uint64, run string) *basket {
	return &basket{customers: demo.NewCustomers(seed, run, demo.Catalogue(time.Unix(0, 0)))}
}

// draw makes n new orders, not yet posted.
func (b *basket) draw(t *testing.T, n int) []*placed {
	t.Helper()
	for range n {
		o := b.customers.Next()
		body, err := json.Marshal(o.Document())
		if err != nil {
			t.Fatal(err)
		}
		b.orders = append(b.orders, &placed{name: o.Channel + ":" + o.ExternalID, body: body})
	}
	return b.orders[len(b.orders)-n:]
}

// post sends orders from eight customers at once and returns when all were
// answered or cut off; each calls after with what came.
func post(to client, orders []*placed, after func(*placed)) {
	queue := make(chan *placed)
	var customers sync.WaitGroup
	for range 8 {
		customers.Go(func() {
			for p := range queue {
				p.status = 0
				if a, err := to.post(p.name, p.body); err == nil {
					p.status = a.status
				}
				after(p)
			}
		})
	}
	for _, p := range orders {
		queue <- p
	}
	close(queue)
	customers.Wait()
}

// submit posts orders which must all be taken.
func submit(t *testing.T, to client, orders []*placed) {
	t.Helper()
	post(to, orders, func(*placed) {})
	for _, p := range orders {
		if !p.taken() {
			t.Fatalf("order %s was answered with %d, want it taken", p.name, p.status)
		}
	}
}

// ended is an order that needs nothing more, or nothing but supply.
func ended(o orderhttp.Order) error {
	switch o.Status {
	case event.OrderStatusCompleted, event.OrderStatusCancelled:
		return nil
	case event.OrderStatusBackordered: // what left of it may still have to be billed
		if !slices.ContainsFunc(o.WaitsFor, func(w orderhttp.Wait) bool { return w.Cause != order.WaitSupply }) {
			return nil
		}
	}
	return fmt.Errorf("order %s:%s is %s and waits for %+v", o.Channel, o.ExternalID, o.Status, o.WaitsFor)
}

// delivered is an order all of whose parcels arrived: nothing more is heard of it.
func delivered(o orderhttp.Order) error {
	for _, s := range o.Shipments {
		if !s.Delivered || s.Parcel != string(event.ParcelStatusDelivered) {
			return fmt.Errorf("order %s:%s has a shipment that stands at %+v", o.Channel, o.ExternalID, s)
		}
	}
	return nil
}

// settle waits until every order has ended and checks each against what was
// posted. It returns them in the order they were drawn.
func (b *basket) settle(t *testing.T, at client) []orderhttp.Order {
	t.Helper()
	all := make([]orderhttp.Order, len(b.orders))
	until(t, "every order has ended", func() (err error) {
		for i, p := range b.orders {
			if all[i], err = at.order(p.name); err == nil {
				err = ended(all[i])
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	for i, p := range b.orders {
		if err := faithful(p, all[i]); err != nil {
			t.Errorf("order %s: %v", p.name, err)
		}
	}
	return all
}

// billed waits until the orders that have ended bear the invoices of the ERP
// from number 1 on, each once. An order that waited for supply may go on, and be
// billed, after it was read, when another gives units back.
func (b *basket) billed(t *testing.T, at client) {
	t.Helper()
	until(t, "invoices are numbered without a gap", func() error {
		return sequential(b.settle(t, at))
	})
}

// faithful compares an order with what was posted, and its parts with its whole.
func faithful(p *placed, o orderhttp.Order) error {
	var wanted orderhttp.Body
	if err := json.Unmarshal(p.body, &wanted); err != nil {
		return err
	}
	if len(o.Lines) != len(wanted.Lines) {
		return fmt.Errorf("it has %d lines, %d were posted", len(o.Lines), len(wanted.Lines))
	}
	var faults []error
	shipped := make(map[string]int64)
	for _, s := range o.Shipments {
		for _, l := range s.Lines {
			shipped[l.LineID] += l.Quantity
		}
	}
	for i, l := range o.Lines {
		w := wanted.Lines[i]
		if l.SKU != w.SKU || l.Quantity != w.Quantity || l.Shipped+l.Cancelled+l.Backordered != l.Quantity || l.Shipped != shipped[l.LineID] {
			faults = append(faults, fmt.Errorf("line %+v, posted as %d of %s, %d in shipments", l, w.Quantity, w.SKU, shipped[l.LineID]))
		}
	}
	if o.Status == event.OrderStatusCompleted && o.Units.Cancelled == 0 && o.Invoiced != o.Total {
		faults = append(faults, fmt.Errorf("all of it shipped, total %s, invoiced %s", o.Total, o.Invoiced))
	}
	return errors.Join(faults...)
}

// sequential says what is wrong when the invoices of orders have not the numbers
// from 1 on, each once.
func sequential(orders []orderhttp.Order) error {
	bearer := make(map[string]string)
	var numbers []string
	for _, o := range orders {
		for _, i := range o.Invoices {
			numbers = append(numbers, i.Number)
			bearer[i.Number] = o.Channel + ":" + o.ExternalID
		}
	}
	slices.Sort(numbers)
	for n, number := range numbers {
		if want := fmt.Sprintf("INV-%07d", n+1); number != want {
			return fmt.Errorf("of %d invoices the one at place %d is %s of order %s, want %s", len(numbers), n+1, number, bearer[number], want)
		}
	}
	return nil
}

// once checks that no event of any topic was written twice and that an order was
// accepted and ended only once.
func once(t *testing.T, at client) {
	t.Helper()
	for name, info := range at.topics(t) {
		if info.Records == 0 {
			continue
		}
		ids, keys := make(map[string]int64), make(map[string]int)
		for _, r := range at.records(t, name) {
			id := r.Headers["ce_id"]
			if before, twice := ids[id]; twice || id == "" {
				t.Errorf("%s: ce_id %q stands at offsets %d and %d of key %s", name, id, before, r.Offset, r.Key)
			}
			if r.Error != "" {
				t.Errorf("%s: record %d of partition %d cannot be read: %s", name, r.Offset, r.Partition, r.Error)
			}
			ids[id] = r.Offset
			keys[r.Key]++
		}
		for key, n := range keys {
			if n > 1 && slices.Contains(onceAnOrder, name) {
				t.Errorf("%s: order %s stands there %d times", name, key, n)
			}
		}
	}
}

// onceAnOrder are topics with at most one record of an order.
var onceAnOrder = []string{"order.accepted.v1", "order.validated.v1", "order.registered.v1", "order.completed.v1", "order.cancelled.v1"}

// repeat posts orders again, which must be answered as the orders they are.
func repeat(t *testing.T, to client, orders []*placed) {
	t.Helper()
	for _, p := range orders {
		before := p.taken()
		a, err := to.post(p.name, p.body)
		switch {
		case err != nil:
			t.Fatalf("repeating order %s: %v", p.name, err)
		case before && (a.status != http.StatusOK || a.header.Get("Idempotent-Replayed") != "true"):
			t.Errorf("order %s, answered with %d before, is answered as new: %s", p.name, p.status, a)
		case a.status != http.StatusOK && a.status != http.StatusCreated:
			t.Errorf("repeating order %s: %s", p.name, a)
		case !strings.Contains(string(a.body), p.name[strings.Index(p.name, ":")+1:]):
			t.Errorf("repeating order %s is answered with another order: %s", p.name, a)
		}
		p.status = a.status
	}
}
