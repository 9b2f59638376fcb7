package business

import (
	"math/big"
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
)

// docket is what was said about one order, in order.
type docket struct {
	id         string
	accepted   *event.OrderAccepted
	rejected   *event.OrderRejected
	allocated  *event.OrderAllocated
	released   *event.OrderReleased
	completed  *event.OrderCompleted
	cancelled  *event.OrderCancelled
	registered []*event.OrderRegistered
	requests   map[string]*event.FulfilmentRequested // by id: a node may be asked again for what another did not ship
	shipments  map[string]*event.ShipmentConfirmed
	bills      map[string]*event.InvoiceRequested // by invoice id
	posted     map[string]*event.InvoicePosted
	credited   []*event.RefundApproved
	shipped    map[string]int64 // by line
	version    int64
	backorders int
	holds      int
	touched    time.Time // when something was last said about it
	changed    bool      // somebody asked for other units of it
	amended    bool      // and got it
	amendments []*event.OrderAmended
}

// grown is what the tally calls amendments that ask for more.
const grown = "orders that grew"

func (a *auditor) docket(id string) *docket {
	d := a.cases[id]
	if d == nil {
		d = &docket{
			id: id, requests: make(map[string]*event.FulfilmentRequested), shipments: make(map[string]*event.ShipmentConfirmed),
			bills: make(map[string]*event.InvoiceRequested), posted: make(map[string]*event.InvoicePosted), shipped: make(map[string]int64),
		}
		a.cases[id] = d
	}
	return d
}

// note files an event of an order and checks what must hold when it is said.
func (a *auditor) note(e *entry) {
	a.tally[e.topic]++
	switch v := e.value.(type) {
	case *event.FulfilmentStatusChanged:
		a.tally[string(v.Status)]++
		return
	case *event.PartnerInbound:
		if v.Kind == "count" {
			return // no part of its news
		}
		a.file(a.heard, v.Partner, v.DocumentID)
		return
	case *event.PartnerOutbound:
		a.file(a.sent, v.Partner, v.DocumentID+" "+v.Kind)
		return
	case *event.OrderState:
		a.states[e.key] = v
		return
	}
	if strings.HasPrefix(e.topic, "order.") || e.topic == topic.FulfilmentRequested.Name || e.topic == topic.PurchaseRequested.Name || strings.HasPrefix(e.topic, "shipment.") || strings.HasPrefix(e.topic, "invoice.") || e.topic == topic.RefundApproved.Name {
		a.record(a.docket(e.key), e)
	}
}

// record files an event in the docket of its order.
func (a *auditor) record(d *docket, e *entry) {
	switch v := e.value.(type) {
	case *event.OrderAccepted:
		a.next(d, v.OrderVersion, e)
		a.only(d, d.accepted != nil || d.rejected != nil, e)
		d.accepted = v
	case *event.OrderRejected:
		a.only(d, d.accepted != nil || d.rejected != nil, e)
		d.rejected = v
	case *event.OrderValidated:
		a.next(d, v.OrderVersion, e)
	case *event.OrderAllocated:
		a.next(d, v.OrderVersion, e)
		first := d.allocated == nil
		a.backed(d, v, first)
		if first {
			d.allocated = v
		} else { // what a node did not ship, at another
			d.allocated.Allocations = append(d.allocated.Allocations, v.Allocations...)
		}
	case *event.OrderBackordered:
		a.next(d, v.OrderVersion, e)
		d.backorders++
	case *event.OrderPromise:
		a.next(d, v.OrderVersion, e)
	case *event.OrderReleased:
		a.next(d, v.OrderVersion, e)
		if d.released == nil {
			d.released = v
		} else {
			d.released.Fulfilments = append(d.released.Fulfilments, v.Fulfilments...)
		}
	case *event.OrderAmended:
		a.next(d, v.OrderVersion, e)
		if before, _ := d.last(); unitsOf(v.Lines) > unitsOf(before) {
			a.tally[grown]++
		}
		d.amended, d.amendments = true, append(d.amendments, v)
	case *event.OrderHeld:
		a.next(d, v.OrderVersion, e)
		d.holds++
	case *event.OrderResumed:
		a.next(d, v.OrderVersion, e)
		d.holds--
	case *event.OrderCompleted:
		a.next(d, v.OrderVersion, e)
		d.completed = v
	case *event.OrderCancelled:
		a.next(d, v.OrderVersion, e)
		d.cancelled = v
	case *event.OrderRegistered:
		d.registered = append(d.registered, v)
	case *event.FulfilmentRequested:
		a.only(d, d.requests[v.FulfilmentID] != nil && v.Attempt <= 1, e) // a reminder is the same document
		d.requests[v.FulfilmentID] = v
	case *event.PurchaseRequested:
		a.only(d, d.requests[v.PurchaseID] != nil && v.Attempt <= 1, e)
		r := &event.FulfilmentRequested{FulfilmentID: v.PurchaseID, Node: v.Node}
		for _, l := range v.Lines {
			r.Lines = append(r.Lines, event.FulfilmentLine{LineID: l.LineID, Qty: l.Qty})
		}
		d.requests[v.PurchaseID] = r
	case *event.ShipmentConfirmed:
		a.only(d, d.shipments[v.ShipmentID] != nil, e)
		d.shipments[v.ShipmentID] = v
		for _, l := range v.Lines {
			d.shipped[l.LineID] += l.Qty
		}
	case *event.InvoiceRequested:
		a.only(d, d.bills[v.InvoiceID] != nil, e)
		d.bills[v.InvoiceID] = v
	case *event.RefundApproved:
		d.credited = append(d.credited, v)
	case *event.InvoicePosted:
		a.only(d, d.posted[v.InvoiceID] != nil, e)
		d.posted[v.InvoiceID] = v
	}
}

// file puts a document on record, once.
func (a *auditor) file(drawer map[string]map[string]bool, partner, document string) {
	if drawer[partner] == nil {
		drawer[partner] = make(map[string]bool)
	}
	if drawer[partner][document] && !(a.counted && reminder(document)) {
		a.breach("", "document %s of %s is on record twice", document, partner)
	}
	drawer[partner][document] = true
}

// reminder says whether a document to a node may be sent again, as it is.
func reminder(document string) bool {
	return strings.HasSuffix(document, " cancel") || strings.HasSuffix(document, " release") || strings.HasSuffix(document, " purchase")
}

// next checks that the events of an order are numbered and that none follows its end.
func (a *auditor) next(d *docket, version int64, e *entry) {
	d.version++
	if version != d.version {
		a.breach(d.id, "%s has version %d, want %d", e.topic, version, d.version)
	}
	if d.completed != nil || d.cancelled != nil || d.rejected != nil {
		a.breach(d.id, "%s was said after the order's end", e.topic)
	}
}

func (a *auditor) only(d *docket, again bool, e *entry) {
	if again {
		a.breach(d.id, "%s was said twice", e.topic)
	}
}

// backed checks that every allocated unit is held and promised for good by then,
// and that an order that leaves whole is allocated whole the first time.
func (a *auditor) backed(d *docket, allocated *event.OrderAllocated, first bool) {
	sum := make(map[string]int64)
	lines := make(map[string]int64)
	nodes := make(map[string]bool)
	for _, l := range allocated.Allocations {
		p := a.shelf([]byte(l.Sku)).promises[l.ReservationID]
		sum[l.ReservationID] += l.Qty
		lines[l.LineID] += l.Qty
		nodes[l.Node] = true
		if p == nil || p.order != d.id || p.node != l.Node || !p.committed || p.open() < sum[l.ReservationID] {
			a.breach(d.id, "%d of %s were called allocated at %s, the reservation is %+v", l.Qty, l.Sku, l.Node, p)
		}
	}
	if allocated.Decision == nil && len(nodes) > 0 {
		a.breach(d.id, "allocated without a reason")
	}
	// A plan splits an order over two nodes at most; claims wait at the node where
	// each item comes first.
	if len(nodes) > 2 && d.backorders == 0 {
		a.breach(d.id, "allocated at %d nodes", len(nodes))
	}
	wanted, _ := d.last()
	for _, l := range wanted {
		got := lines[l.LineID]
		whole := first && !d.changed && stocked(l.Kind) && (d.accepted.ShipComplete || allocated.Complete)
		if got > l.Qty || whole && got != l.Qty {
			a.breach(d.id, "line %s of %d units was allocated %d", l.LineID, l.Qty, got)
		}
	}
}

func stocked(kind event.LineKind) bool {
	return kind == event.LineKindGoods || kind == event.LineKindKit
}

// due is what the order must bear for what left: each line its share of its
// amount, the freight its share by value, charges in full once anything left or
// when there was nothing to ship. Shares are rounded half to even. Of an order
// whose lines changed on the way it is what was asked: which lines held for which
// shipment is not told.
func (d *docket) due() int64 {
	var value, sold, charges, units, goods int64
	if d.amended {
		for _, bill := range d.bills {
			value += bill.Total
		}
		return value
	}
	for _, l := range d.accepted.Lines {
		if !stocked(l.Kind) {
			charges += l.Amount
			continue
		}
		goods++
		units += d.shipped[l.LineID]
		sold += l.Amount
		value += halfEven(l.Amount, min(d.shipped[l.LineID], l.Qty), l.Qty)
	}
	switch {
	case goods > 0 && units == 0 || goods == 0 && d.completed == nil:
		return 0
	case sold == 0:
		return charges + d.accepted.Shipping
	}
	return value + charges + halfEven(d.accepted.Shipping, value, sold)
}

// last is the lines of the order as they are at the end, and whether an amendment took
// units off.
func (d *docket) last() (lines []event.OrderLine, less bool) {
	lines = d.accepted.Lines
	for _, a := range d.amendments {
		less = less || unitsOf(a.Lines) < unitsOf(lines)
		lines = a.Lines
	}
	return lines, less
}

// unitsOf is how many units of goods lines ask for.
func unitsOf(lines []event.OrderLine) (sum int64) {
	for _, l := range lines {
		if stocked(l.Kind) {
			sum += l.Qty
		}
	}
	return sum
}

// most is how many units of a line were ever ordered, and what the order was worth at
// most.
func (d *docket) most(line string) (units, total int64) {
	look := func(lines []event.OrderLine, sum int64) {
		total = max(total, sum)
		for _, l := range lines {
			if l.LineID == line {
				units = max(units, l.Qty)
			}
		}
	}
	look(d.accepted.Lines, d.accepted.Total)
	for _, a := range d.amendments {
		look(a.Lines, a.Total)
	}
	return units, total
}

// billable is how many units of a line must be billed.
func (d *docket) billable(l event.OrderLine) int64 {
	switch {
	case stocked(l.Kind):
		return d.shipped[l.LineID]
	case len(d.bills) > 0:
		return l.Qty
	}
	return 0
}

// halfEven is total x part / whole.
func halfEven(total, part, whole int64) int64 {
	exact := big.NewRat(total, 1)
	exact.Mul(exact, big.NewRat(part, whole))
	text := exact.FloatString(0) // rounds half away from zero
	rounded, _ := new(big.Int).SetString(text, 10)
	rest := new(big.Rat).Sub(exact, new(big.Rat).SetInt(rounded))
	if rest.Cmp(big.NewRat(-1, 2)) == 0 && rounded.Bit(0) == 1 {
		rounded.Sub(rounded, big.NewInt(1))
	}
	return rounded.Int64()
}
