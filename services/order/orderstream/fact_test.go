package orderstream_test

import (
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
		FulfilmentID: order.FulfilmentID(c.id, node, 1), OrderID: c.id, Node: node, Status: status, Word: string(status), Source: node,
		Shipped: shipped, Final: final, OccurredAt: noon,
	}
}

// nothingMore takes back what stock is told to and gives nothing, until nobody asks.
func (c *counter) nothingMore() {
	for cmds := c.next(); len(cmds) > 0; cmds = c.next() {
		for _, cmd := range cmds {
			verdict := event.StockVerdictReleased
			if cmd.Action == event.StockActionReserve {
				verdict = event.StockVerdictShort
			}
			c.answer(cmd, verdict)
		}
	}
}

func (c *counter) left(node, document, lineID, sku string, qty int64) *event.ShipmentConfirmed {
	return &event.ShipmentConfirmed{
		ShipmentID: document, FulfilmentID: order.FulfilmentID(c.id, node, 1), OrderID: c.id, Node: node, Document: document, Source: node,
		Lines: []event.ShipmentLine{{LineID: lineID, Sku: sku, Qty: qty}}, ShippedAt: noon,
	}
}

func (c *counter) invoice(shipment string, total int64) *event.InvoicePosted {
	return &event.InvoicePosted{InvoiceID: "i " + shipment, OrderID: c.id, ShipmentID: shipment, Number: "N " + shipment, Currency: "EUR", Total: total, PostedAt: noon}
}

// Stock is told what a node has and what is asked back of it; it gets units back
// by the node's word only.
func TestStockIsToldWhatIsAtNodes(t *testing.T) {
	c := open(t)
	c.release(event.ShortagePolicyBackorder)
	told := func(action event.StockAction) map[string][]event.NodeQty {
		all := map[string][]event.NodeQty{}
		for _, r := range streamstest.Read(c.Driver, commands) {
			if r.Value.Action == action {
				all[r.Value.ReservationIds[0]] = r.Value.Nodes
			}
		}
		return all
	}
	if all := told(event.StockActionConsign); len(all) != 2 || len(all["ra"])+len(all["rb"]) != 0 {
		t.Fatalf("consigned %+v", all)
	}
	put(c, cancels, &event.OrderCancel{OrderID: c.id, Reason: "CHANGED_MIND"})
	if all := told(event.StockActionRecall); len(all) != 2 || all["ra"][0] != (event.NodeQty{Node: "north", Qty: 5}) || all["rb"][0] != (event.NodeQty{Node: "south", Qty: 4}) {
		t.Fatalf("asked back %+v", all)
	}
	if cmds := c.next(); len(cmds) != 0 {
		t.Fatalf("before the node's word stock is asked %+v", cmds)
	}
	put(c, statuses, c.status("north", event.FulfilmentStatusCancelled, 0, true))
	if cmds := c.next(); len(cmds) != 1 || cmds[0].Action != event.StockActionRelease || cmds[0].Word != event.ReleaseWordNode || cmds[0].Nodes[0].Qty != 5 {
		t.Errorf("asked %+v", cmds)
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
	c.nothingMore()
	c.want(event.OrderStatusCancelled)
	put(c, shipments, c.left("north", "n1", "1", "a", 5))
	f := c.want(event.OrderStatusCancelled)
	named := slices.ContainsFunc(f.Timeline, func(m *order.Moment) bool { return m.Event == "SHIPPED_AFTER_END" })
	if f.Order.Shipped != 5 || f.Order.Exceptions != 2 || !named || len(streamstest.Read(c.Driver, movements)) != 1 {
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
	c.nothingMore()
	put(c, invoices, c.invoice("s1", 400))
	f := c.want(event.OrderStatusCompleted)
	if f.Order.Cancelled != 5 || f.Order.Backordered != 0 || order.Lines(f)[0].Cancelled != 5 {
		t.Errorf("%+v", f.Order)
	}
}
