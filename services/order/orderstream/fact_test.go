package orderstream_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/streams/streamstest"
)

// release brings an order of 5 a and 4 b to two nodes: north has 5 a, south 4 b.
func (c *counter) release(policy event.ShortagePolicy) {
	s := c.order(line("a", 5), line("b", 4))
	s.Shortage = policy
	put(c, submits, s)
	grants := map[string]event.Grant{"a": {ReservationID: "ra", Node: "north", Qty: 5}, "b": {ReservationID: "rb", Node: "south", Qty: 4}}
	for _, cmd := range c.next() {
		c.answer(cmd, event.StockVerdictGranted, grants[cmd.Sku])
	}
	c.want(event.OrderStatusReleased)
}

func (c *counter) status(node string, status event.FulfilmentStatus, shipped int64, final bool) *event.FulfilmentStatusChanged {
	return &event.FulfilmentStatusChanged{
		FulfilmentID: order.FulfilmentID(c.id, node), OrderID: c.id, Node: node, Status: status, Word: string(status), Source: node,
		Shipped: shipped, Final: final, OccurredAt: noon,
	}
}

func (c *counter) left(node, document, lineID, sku string, qty int64) *event.ShipmentConfirmed {
	return &event.ShipmentConfirmed{
		ShipmentID: document, FulfilmentID: order.FulfilmentID(c.id, node), OrderID: c.id, Node: node, Document: document, Source: node,
		Lines: []event.ShipmentLine{{LineID: lineID, Sku: sku, Qty: qty}}, ShippedAt: noon,
	}
}

func (c *counter) invoice(shipment string, total int64) *event.InvoicePosted {
	return &event.InvoicePosted{InvoiceID: "i " + shipment, OrderID: c.id, ShipmentID: shipment, Number: "N " + shipment, Currency: "EUR", Total: total, PostedAt: noon}
}

// lot is a set of facts about a released order, and how it must end.
type lot struct {
	policy event.ShortagePolicy
	facts  []func(c *counter)
	end    event.OrderStatus
	back   int64 // units that stock takes back
}

var lots = map[string]lot{
	"everything leaves, in two parts from north": {
		policy: event.ShortagePolicyBackorder, end: event.OrderStatusCompleted,
		facts: []func(c *counter){
			func(c *counter) { put(c, statuses, c.status("north", event.FulfilmentStatusAccepted, 0, false)) },
			func(c *counter) { put(c, statuses, c.status("north", event.FulfilmentStatusPicked, 0, false)) },
			func(c *counter) { put(c, shipments, c.left("north", "n1", "1", "a", 3)) },
			func(c *counter) { put(c, statuses, c.status("north", event.FulfilmentStatusShipped, 3, false)) },
			func(c *counter) { put(c, shipments, c.left("north", "n2", "1", "a", 2)) },
			func(c *counter) { put(c, statuses, c.status("north", event.FulfilmentStatusShipped, 5, true)) },
			func(c *counter) { put(c, shipments, c.left("south", "s1", "2", "b", 4)) },
			func(c *counter) { put(c, statuses, c.status("south", event.FulfilmentStatusClosed, 4, true)) },
			func(c *counter) { put(c, invoices, c.invoice("n1", 300)) },
			func(c *counter) { put(c, invoices, c.invoice("n2", 200)) },
			func(c *counter) { put(c, invoices, c.invoice("s1", 400)) },
			func(c *counter) {
				put(c, registers, &event.OrderRegistered{OrderID: c.id, System: "erp", Number: "S1", RegisteredAt: noon})
			},
		},
	},
	"north closes short, south stops after a part; the buyer waits": {
		policy: event.ShortagePolicyBackorder, end: event.OrderStatusBackordered, back: 4,
		facts: []func(c *counter){
			func(c *counter) { put(c, shipments, c.left("north", "n1", "1", "a", 3)) },
			func(c *counter) { put(c, statuses, c.status("north", event.FulfilmentStatusShipped, 3, true)) },
			func(c *counter) { put(c, shipments, c.left("south", "s1", "2", "b", 2)) },
			func(c *counter) { put(c, statuses, c.status("south", event.FulfilmentStatusShipped, 2, false)) },
			func(c *counter) { put(c, statuses, c.status("south", event.FulfilmentStatusCancelled, 2, true)) },
			func(c *counter) { put(c, invoices, c.invoice("n1", 300)) },
			func(c *counter) { put(c, invoices, c.invoice("s1", 200)) },
		},
	},
	"nothing leaves; the buyer does not wait": {
		policy: event.ShortagePolicyCancel, end: event.OrderStatusCancelled, back: 9,
		facts: []func(c *counter){
			func(c *counter) { put(c, statuses, c.status("north", event.FulfilmentStatusAccepted, 0, false)) },
			func(c *counter) { put(c, statuses, c.status("north", event.FulfilmentStatusRejected, 0, true)) },
			func(c *counter) { put(c, statuses, c.status("south", event.FulfilmentStatusPicking, 0, false)) },
			func(c *counter) { put(c, statuses, c.status("south", event.FulfilmentStatusCancelled, 0, true)) },
		},
	},
}

// outcome is all that must not depend on the order of arrival.
type outcome struct {
	Record       order.Record
	Lines        []event.OrderLineState
	Fulfilments  []order.Fulfilment
	Issued, Back map[string]int64
}

// play gives the facts in an order, each twice now and then, and answers what is
// asked of stock.
func play(t *testing.T, l lot, rng *rand.Rand) outcome {
	t.Helper()
	c := open(t)
	c.release(l.policy)
	out := outcome{Issued: map[string]int64{}, Back: map[string]int64{}}
	sequence := rng.Perm(len(l.facts))
	for range rng.IntN(4) {
		sequence = append(sequence, rng.IntN(len(l.facts)))
	}
	var later []event.InventoryCommand
	for _, n := range sequence {
		l.facts[n](c)
		for _, cmd := range c.next() {
			out.Back[cmd.Sku] += cmd.Nodes[0].Qty
			if later = append(later, cmd); rng.IntN(2) == 0 {
				c.answer(cmd, event.StockVerdictReleased)
			}
		}
	}
	for _, cmd := range later { // for the second time, if it was answered
		c.answer(cmd, event.StockVerdictReleased)
	}
	for _, m := range streamstest.Read(c.Driver, movements) {
		out.Issued[m.Value.Sku] += m.Value.Qty
	}
	f := c.want(l.end)
	out.Record, out.Lines = *f.Order, order.Lines(f)
	for _, x := range f.Fulfilments {
		x.Word = ""
		out.Fulfilments = append(out.Fulfilments, *x)
	}
	out.Record.Moments, out.Record.Version = 0, 0 // a fact that says less than another before it makes no entry
	return out
}

func TestEveryOrderOfArrivalEndsAlike(t *testing.T) {
	for name, l := range lots {
		t.Run(name, func(t *testing.T) {
			var first outcome
			for seed := range uint64(60) {
				got := play(t, l, rand.New(rand.NewPCG(seed, 5)))
				if seed == 0 {
					first = got
				}
				if !reflect.DeepEqual(got, first) {
					t.Fatalf("seed %d ends\n%+v\nthe first\n%+v", seed, got, first)
				}
				back := int64(0)
				for _, qty := range got.Back {
					back += qty
				}
				if back != l.back || got.Record.Exceptions != 0 {
					t.Fatalf("seed %d: stock takes back %d, want %d; %d exceptions", seed, back, l.back, got.Record.Exceptions)
				}
			}
		})
	}
}

func TestGoodsIssueNamesItsReservation(t *testing.T) {
	c := open(t)
	c.release(event.ShortagePolicyBackorder)
	put(c, shipments, c.left("north", "n1", "1", "a", 5))
	issued := streamstest.Read(c.Driver, movements)
	if len(issued) != 1 || issued[0].Key != "a" || issued[0].Value.ReservationID != "ra" ||
		issued[0].Value.EntryID != order.EntryID("north", "n1", "1", "") || issued[0].Value.To != event.StockConditionOutside {
		t.Errorf("%+v", issued)
	}
}

func TestShipmentAfterTheEndIsBookedAndNamed(t *testing.T) {
	c := open(t)
	c.release(event.ShortagePolicyCancel)
	put(c, statuses, c.status("north", event.FulfilmentStatusCancelled, 0, true))
	put(c, statuses, c.status("south", event.FulfilmentStatusCancelled, 0, true))
	for _, cmd := range c.next() {
		c.answer(cmd, event.StockVerdictReleased)
	}
	c.want(event.OrderStatusCancelled)
	put(c, shipments, c.left("north", "n1", "1", "a", 5))
	f := c.want(event.OrderStatusCancelled)
	named := slices.ContainsFunc(f.Timeline, func(m *order.Moment) bool { return m.Event == "SHIPPED_AFTER_END" })
	if f.Order.Shipped != 5 || f.Order.Exceptions != 1 || !named || len(streamstest.Read(c.Driver, movements)) != 1 {
		t.Errorf("%+v %+v", f.Order, f.Timeline)
	}
}

func TestMoreThanAskedIsBookedAndNamed(t *testing.T) {
	c := open(t)
	c.release(event.ShortagePolicyBackorder)
	put(c, shipments, c.left("north", "n1", "1", "a", 7))
	f := c.want(event.OrderStatusPartlyShipped)
	named := slices.ContainsFunc(f.Timeline, func(m *order.Moment) bool { return m.Event == "OVER_SHIPPED" })
	if f.Order.Shipped != 7 || f.Order.InFlight != 4 || !named {
		t.Errorf("%+v", f.Order)
	}
}

func TestCancelAfterReleaseAsksTheNodesAndWaits(t *testing.T) {
	c := open(t)
	c.release(event.ShortagePolicyBackorder)
	put(c, shipments, c.left("south", "s1", "2", "b", 4))
	put(c, cancels, &event.OrderCancel{OrderID: c.id, Reason: "CHANGED_MIND"})
	c.want(event.OrderStatusPartlyShipped)
	put(c, statuses, c.status("north", event.FulfilmentStatusCancelled, 0, true))
	c.want(event.OrderStatusShipped)
	for _, cmd := range c.next() {
		c.answer(cmd, event.StockVerdictReleased)
	}
	put(c, invoices, c.invoice("s1", 400))
	f := c.want(event.OrderStatusCompleted)
	if f.Order.Cancelled != 5 || f.Order.Backordered != 0 || order.Lines(f)[0].Cancelled != 5 {
		t.Errorf("%+v", f.Order)
	}
}
