package stock

import (
	"fmt"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Bounds of what one order may ask of one item.
const (
	MaxQty          = 1e12 // units of one node, reservation or movement
	maxNodes        = 16   // nodes of one command
	maxReservations = 64   // reservations of one order
	maxReplies      = 16   // answers remembered of one order
)

// Reasons of a refused command.
const (
	ReasonReleased    = "RELEASED"    // the plan was given back, before or after it came
	ReasonNotHeld     = "NOT_HELD"    // the commit names what the order does not hold
	ReasonWaiting     = "WAITING"     // another claim of the order waits in the queue
	ReasonMalformed   = "MALFORMED"   // no node, one twice, or a quantity out of bounds
	ReasonTooMany     = "TOO_MANY"    // the order has too many reservations of the item
	ReasonExpired     = "EXPIRED"     // the time of the hold was over when the command was written
	ReasonUnsupported = "UNSUPPORTED" // an action or a mode that stock does not have
)

// Command decides what an order asks that was written to the log at a time. A
// command that came before hears the same answer again. The error is for one that
// has nobody to answer to.
func (b *Book) Command(c *event.InventoryCommand, at time.Time) error {
	if c.Sku != b.sku || c.OrderID == "" || c.CommandID == "" {
		return fmt.Errorf("command %q of order %q for item %q: item %q needs both ids and its own name", c.CommandID, c.OrderID, c.Sku, b.sku)
	}
	h := b.rows.Holding(c.OrderID)
	if h == nil {
		h = new(event.StockHolding)
	}
	b.at = at
	end := holdEnd(h)
	if b.lapse(h, at) {
		b.rows.PutHolding(c.OrderID, h)
	}
	h.TouchedAt = b.now
	if c.Channel != "" || c.CustomerClass != "" {
		h.Channel, h.CustomerClass = c.Channel, c.CustomerClass
	}
	if c.Action == event.StockActionReserve || c.Action == event.StockActionReplace {
		h.MinExpiry = c.MinExpiry
	}
	if i := slices.IndexFunc(h.Replies, func(r event.StockReply) bool { return r.CommandID == c.CommandID }); i >= 0 {
		b.answer(c, buyerOf(h), h.Replies[i].Verdict, nil)
		b.settle()
		return nil
	}
	switch c.Action {
	case event.StockActionReserve:
		b.reserve(c, h)
	case event.StockActionCommit:
		b.commit(c, h)
	case event.StockActionRelease:
		b.release(c, h)
	case event.StockActionConsign:
		b.consign(c, h)
	case event.StockActionRecall:
		b.recall(c, h)
	case event.StockActionAccept:
		b.accept(c, h)
	case event.StockActionExtend:
		b.extend(c, h)
	case event.StockActionReplace:
		b.replace(c, h)
	default:
		b.refuse(c, ReasonUnsupported)
	}
	b.remindHold(c.OrderID, h, end)
	b.settle()
	return nil
}

func (b *Book) refuse(c *event.InventoryCommand, reason string) {
	b.answer(c, buyer{c.Channel, c.CustomerClass, lives(c.MinExpiry)}, event.StockVerdictRefused, nil)
	b.answers[len(b.answers)-1].Reason = reason
}

// answer says a verdict. A plan that takes all or nothing hears what each node
// could give once everything tentative came back, because with that it can still
// be contended and claim; any other hears what is free now.
func (b *Book) answer(c *event.InventoryCommand, who buyer, verdict event.StockVerdict, grants []event.Grant) {
	could := b.spare
	if c.Action == event.StockActionReserve && !c.Partial {
		could = b.limit
	}
	a := event.InventoryAnswer{
		CommandID: c.CommandID, OrderID: c.OrderID, Sku: b.sku, Plan: c.Plan, Verdict: verdict,
		Grants: grants, AnsweredAt: b.now, PositionVersion: b.record.Version,
	}
	for i := range b.record.Nodes {
		n := &b.record.Nodes[i]
		if qty := could(n, who); qty > 0 && b.promised(n) {
			a.Available = append(a.Available, event.NodeQty{Node: n.Node, Qty: qty})
		}
	}
	b.answers = append(b.answers, a)
}

func (b *Book) grantOf(r *event.StockReservation) event.Grant {
	return event.Grant{ReservationID: r.ReservationID, Node: r.Node, Qty: r.Qty - r.GivenBack, Owner: b.rules.owner(r.Node)}
}
