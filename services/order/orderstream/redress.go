package orderstream

import (
	"slices"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
)

// momentNoShipment: what somebody says was lost did not leave.
const momentNoShipment = "NO_SUCH_SHIPMENT"

// lose books a person's word that a shipment will not arrive, and how to make that
// good. Said again it changes only what is not done yet.
func (t *turn) lose(r *event.OrderResolve) {
	row := t.shipments.Get(t.ctx, r.ShipmentID)
	if row == nil || row.FulfilmentID == "" {
		t.moment(momentNoShipment, "shipment "+r.ShipmentID+" is lost, says "+r.RequestedBy)
		return
	}
	t.deliver(row, func() {
		if row.LostBy == "" {
			row.LostBy = orElse(r.RequestedBy, "somebody")
			t.moment("shipment.lost", "says "+row.LostBy)
		}
		if order.Redress(r.Redress).Redresses() && !row.MadeGood {
			row.Redress = r.Redress
		}
	})
}

// redress makes a shipment good of which nothing will arrive, once: as somebody chose,
// else as the channel does. A parcel that turns up afterwards changes nothing: its
// units are credited, and a return of them gives nothing more.
func (t *turn) redress(row *order.Shipment) {
	how := order.Redress(orElse(row.Redress, string(t.cfg.Redress[t.o.Channel])))
	if row.MadeGood || !how.Redresses() || !order.Gone(row) || row.FulfilmentID == "" || t.o.SubmissionID == "" {
		return
	}
	row.MadeGood, row.Redress = true, string(how)
	units := unitsOf(row)
	t.out.settle.Send(t.ctx, t.id, t.forgone(row, units, how))
	if how == order.Reship {
		t.reship(row, units)
	}
	t.moment("shipment."+string(how), row.Document)
}

// unitsOf adds up the units of a shipment by line, whatever their lots.
func unitsOf(row *order.Shipment) (units []event.ShipmentLine) {
	for _, l := range row.Lines {
		at := slices.IndexFunc(units, func(u event.ShipmentLine) bool { return u.LineID == l.LineID })
		if at < 0 {
			at, units = len(units), append(units, event.ShipmentLine{LineID: l.LineID, Sku: l.Sku})
		}
		units[at].Qty += l.Qty
	}
	return units
}

// forgone asks settlement for the units that do not arrive: for what they cost, or
// for nothing when others are sent, so that no return of them asks again.
func (t *turn) forgone(row *order.Shipment, units []event.ShipmentLine, how order.Redress) *event.SettlementRequest {
	r := &event.SettlementRequest{
		RequestID: order.RedressID(row.ShipmentID), OrderID: t.id, Action: event.SettlementActionRefund, Cause: "LOST", Currency: t.o.Currency,
		Shipping: how == order.Refund, AskedBy: "order", RequestedAt: t.ctx.Now(),
	}
	for _, u := range units {
		l := event.SettlementLine{LineID: u.LineID, Qty: u.Qty, ShipmentID: &row.ShipmentID}
		if how == order.Reship {
			l.Allowance = new(int64)
		}
		r.Lines = append(r.Lines, l)
	}
	return r
}

// reship orders the units of a shipment again, for nothing.
func (t *turn) reship(row *order.Shipment, units []event.ShipmentLine) {
	number := order.ReshipNumber(t.o.ExternalID, row.ShipmentID)
	id := event.OrderID(t.o.Channel, number)
	s := &event.OrderSubmit{
		SubmissionID: order.RedressID(id), OrderID: id, Channel: t.o.Channel, ExternalID: number, Company: t.o.Company, Customer: t.o.Customer, ShipTo: t.o.ShipTo,
		Currency: t.o.Currency, OrderedAt: t.ctx.Now(), Shortage: event.ShortagePolicyBackorder, Source: "order", BodyHash: order.RedressID(number),
	}
	for _, u := range units {
		line := event.OrderLine{LineID: u.LineID, Sku: u.Sku, Kind: event.LineKindGoods, Qty: u.Qty, Uom: "EA", Description: "in place of what was lost"}
		if sold := order.LineOf(t.item(u.Sku), u.LineID); sold != nil {
			line.Kind, line.Uom, line.MinExpiry = sold.Line.Kind, sold.Line.Uom, sold.Line.MinExpiry
		}
		s.Lines = append(s.Lines, line)
	}
	t.out.submit.Send(t.ctx, id, s)
}

// expect has somebody look for a shipment that has not arrived some time after the
// buyer was promised it.
func (t *turn) expect(row *order.Shipment) {
	if t.o.NeededBy == nil || order.Delivered(row) || order.Lost(row) {
		return
	}
	at := *t.o.NeededBy
	if row.ShippedAt.After(at) {
		at = row.ShippedAt
	}
	t.ctx.SetTimerAt(timerArrive+row.ShipmentID, at.Add(t.cfg.Clocks.Arrive))
}

// notArrived tells people of a shipment whose time is over. Of one that no carrier
// speaks of they were told before, and nobody would say that it arrived.
func (t *turn) notArrived(id string) {
	row := t.shipments.Get(t.ctx, id)
	if row == nil || len(row.Parcels) == 0 || order.Delivered(row) || order.Lost(row) {
		return
	}
	t.alert("DELIVERY_OVERDUE", id, row.Node, "it was promised and has not arrived; ask the carrier, and say that it is lost if it is")
}
