package returns

import (
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Left books units of a line that left with a shipment, once a shipment.
func Left(l *SaleLine, shipment string, qty int64, at time.Time) bool {
	if slices.ContainsFunc(l.Shipments, func(s event.ReturnShipment) bool { return s.ShipmentID == shipment }) {
		return false
	}
	l.Shipments = append(l.Shipments, event.ReturnShipment{ShipmentID: shipment, Qty: qty, ShippedAt: at})
	return true
}

// Claimed books what a return claims of a line. The latest revision of a claim
// replaces what it said before. It returns the claim as it stands.
func Claimed(l *SaleLine, c *event.OrderReturn, x *event.ReturnClaim) *Claim {
	at := slices.IndexFunc(l.Claims, func(k Claim) bool { return k.ClaimID == c.ClaimID && k.ReturnLine == x.ReturnLine })
	if at < 0 {
		at, l.Claims = len(l.Claims), append(l.Claims, Claim{ClaimID: c.ClaimID, ReturnID: c.ReturnID, ReturnLine: x.ReturnLine})
	}
	k := &l.Claims[at]
	if c.Revision > k.Revision {
		k.Qty, k.ShipmentID, k.Revision = x.Qty, x.ShipmentID, c.Revision
	}
	return k
}

// Deal gives the units that left to the claims: each keeps what it has, and what
// is free goes to the oldest first. A claim that names a shipment gets units of
// that one only. It returns the claims whose part changed.
//
// Which shipment the units of other claims came with is left open: whatever is
// free in sum can be theirs, as long as no shipment gives more than it had.
func Deal(l *SaleLine) []*Claim {
	left, named := int64(0), make(map[string]int64)
	for _, s := range l.Shipments {
		left += s.Qty
		named[s.ShipmentID] += s.Qty
	}
	before := slices.Clone(l.Claims)
	give := func(k *Claim, most int64) {
		qty := min(most, left)
		if k.ShipmentID != nil {
			qty = min(qty, named[*k.ShipmentID])
			named[*k.ShipmentID] -= qty
		}
		left -= qty
		k.Accepted += qty
	}
	for n := range l.Claims {
		k := &l.Claims[n]
		kept := min(k.Accepted, k.Qty)
		k.Accepted = 0
		give(k, kept)
	}
	var changed []*Claim
	for n := range l.Claims {
		k := &l.Claims[n]
		give(k, k.Qty-k.Accepted)
		k.ShippedAt = nil
		if at := lastLeft(l, k.ShipmentID); k.Accepted > 0 {
			k.ShippedAt = &at
		}
		if was := before[n]; was.Accepted != k.Accepted || (was.ShippedAt == nil) != (k.ShippedAt == nil) || was.ShippedAt != nil && !was.ShippedAt.Equal(*k.ShippedAt) {
			changed = append(changed, k)
		}
	}
	return changed
}

// lastLeft is when the last units of a line left, with one shipment or any.
func lastLeft(l *SaleLine, shipment *string) (at time.Time) {
	for _, s := range l.Shipments {
		if (shipment == nil || s.ShipmentID == *shipment) && s.ShippedAt.After(at) {
			at = s.ShippedAt
		}
	}
	return at
}

// Answer is what the order says to a claim.
func Answer(orderID string, l *SaleLine, k *Claim, now time.Time) *event.ReturnClaimed {
	return &event.ReturnClaimed{
		ClaimID: k.ClaimID, ReturnID: k.ReturnID, OrderID: orderID, AnsweredAt: now, Revision: k.Revision,
		Lines: []event.ReturnAnswer{{ReturnLine: k.ReturnLine, LineID: l.LineID, Accepted: k.Accepted, Over: k.Qty - k.Accepted, ShippedAt: k.ShippedAt}},
	}
}

// BoughtOf is what an account must know of a line; nil while nothing left, the
// order is not accepted, or nobody in particular bought it.
func BoughtOf(orderID string, s *Sale, l *SaleLine) *Bought {
	if !s.Known || !l.Priced || len(l.Shipments) == 0 || s.CustomerID == "" || s.CustomerID == Nobody {
		return nil
	}
	b := &Bought{OrderID: orderID, LineID: l.LineID, Currency: l.Currency, UnitPriceE6: l.UnitPriceE6, OrderedAt: *s.OrderedAt, ShippedAt: lastLeft(l, nil)}
	for _, x := range l.Shipments {
		b.Qty += x.Qty
	}
	for _, k := range l.Claims {
		if k.Accepted > 0 {
			b.Taken = append(b.Taken, event.ReturnTaken{ReturnID: k.ReturnID, ReturnLine: k.ReturnLine, Qty: k.Accepted})
		}
	}
	return b
}
