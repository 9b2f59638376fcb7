package orderhttp

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/order"
)

// Order is an order as clients read it. Amounts and prices are decimal strings.
type Order struct {
	Row
	Company       string       `json:"company,omitempty"`
	Customer      Party        `json:"customer"`
	ShipTo        Party        `json:"ship_to"`
	ShipComplete  bool         `json:"ship_complete"`
	Shortage      string       `json:"shortage"`
	PurchaseOrder string       `json:"purchase_order,omitempty"`
	Shipping      string       `json:"shipping"`
	Registered    string       `json:"registered,omitempty"`
	WaitsFor      []Wait       `json:"waits_for"`
	Lines         []Line       `json:"lines"`
	Fulfilments   []Fulfilment `json:"fulfilments"`
	Shipments     []Shipment   `json:"shipments"`
	Invoices      []Invoice    `json:"invoices"`
	Holds         []Hold       `json:"holds"`
	Problems      []Problem    `json:"problems"`
	Timeline      []Moment     `json:"timeline"`
}

// Wait is one thing that an order waits for: package order says what the causes are.
type Wait struct {
	Cause  order.Cause `json:"cause"`
	Who    string      `json:"who,omitempty"`
	Since  time.Time   `json:"since"`
	Until  *time.Time  `json:"until,omitempty"`
	Detail string      `json:"detail,omitempty"`
}

// Row is what a list shows of an order.
type Row struct {
	OrderID    string            `json:"order_id"`
	Channel    string            `json:"channel"`
	ExternalID string            `json:"external_id"`
	Source     string            `json:"source"`
	Status     event.OrderStatus `json:"status"`
	Reason     string            `json:"reason,omitempty"`
	Version    int64             `json:"version"`
	Currency   string            `json:"currency"`
	Total      string            `json:"total"`
	Invoiced   string            `json:"invoiced"`
	OrderedAt  time.Time         `json:"ordered_at"`
	AcceptedAt *time.Time        `json:"accepted_at,omitempty"`
	UpdatedAt  time.Time         `json:"updated_at"`
	Units      Units             `json:"units"`
	Exceptions int64             `json:"exceptions"`
}

// Units counts the units of an order that stock must give.
type Units struct {
	Ordered     int64 `json:"ordered"`
	Shipped     int64 `json:"shipped"`
	Backordered int64 `json:"backordered"`
	Cancelled   int64 `json:"cancelled"`
}

// Line is a line with where its units are.
type Line struct {
	LineID      string         `json:"line_id"`
	SKU         string         `json:"sku"`
	Kind        event.LineKind `json:"kind"`
	Quantity    int64          `json:"quantity"`
	Uom         string         `json:"uom"`
	UnitPrice   string         `json:"unit_price"`
	Amount      string         `json:"amount"`
	Description string         `json:"description,omitempty"`
	MinExpiry   string         `json:"min_expiry,omitempty"` // day before which its units must not expire
	Open        int64          `json:"open"`
	Backordered int64          `json:"backordered"`
	Reserved    int64          `json:"reserved"`
	Allocated   int64          `json:"allocated"`
	Released    int64          `json:"released"`
	Picked      int64          `json:"picked"`
	Packed      int64          `json:"packed"`
	Shipped     int64          `json:"shipped"`
	Cancelled   int64          `json:"cancelled"`
	Delivered   int64          `json:"delivered"`
	// Provisional are those allocated or released units that a supplier has not accepted yet.
	Provisional int64      `json:"provisional"`
	PromisedFor *time.Time `json:"promised_for,omitempty"` // of what is backordered
}

// Fulfilment is how far a node is with its part.
type Fulfilment struct {
	FulfilmentID string                 `json:"fulfilment_id"`
	Node         string                 `json:"node"`
	Status       event.FulfilmentStatus `json:"status"`
	Word         string                 `json:"word,omitempty"`
	Units        int64                  `json:"units"`
	Shipped      int64                  `json:"shipped"`
	Ended        bool                   `json:"ended"`
	InDoubt      bool                   `json:"in_doubt"`
}

// Shipment is what left a node.
type Shipment struct {
	ShipmentID   string         `json:"shipment_id"`
	FulfilmentID string         `json:"fulfilment_id"`
	Node         string         `json:"node"`
	Document     string         `json:"document,omitempty"`
	Carrier      string         `json:"carrier,omitempty"`
	Tracking     string         `json:"tracking,omitempty"`
	Parcel       string         `json:"parcel,omitempty"`    // where its parcels are by their carrier, one that has not arrived first
	Delivered    bool           `json:"delivered,omitempty"` // the buyer has all of them
	ShippedAt    time.Time      `json:"shipped_at"`
	Lost         bool           `json:"lost,omitempty"`    // some of it will not arrive
	Redress      order.Redress  `json:"redress,omitempty"` // how that was made good
	Lines        []ShipmentLine `json:"lines"`
}

// ShipmentLine is the part of a line that left.
type ShipmentLine struct {
	LineID   string `json:"line_id"`
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
	Lot      string `json:"lot,omitempty"`
}

// Invoice is an invoice of the order.
type Invoice struct {
	InvoiceID  string    `json:"invoice_id"`
	ShipmentID string    `json:"shipment_id,omitempty"`
	Number     string    `json:"number"`
	System     string    `json:"system"`
	Total      string    `json:"total"`
	PostedAt   time.Time `json:"posted_at"`
}

// Hold is why the order waits for somebody.
type Hold struct {
	Reason    string     `json:"reason"`
	HeldBy    string     `json:"held_by,omitempty"`
	Note      string     `json:"note,omitempty"`
	Since     time.Time  `json:"since"`
	ExpiresAt *time.Time `json:"expires_at,omitempty"`
}

// Problem is a fact that should not have happened.
type Problem struct {
	Kind    string    `json:"kind"`
	Subject string    `json:"subject"`
	Detail  string    `json:"detail,omitempty"`
	Since   time.Time `json:"since"`
}

// Moment is an entry of the timeline.
type Moment struct {
	At     time.Time `json:"at"`
	Event  string    `json:"event"`
	Detail string    `json:"detail,omitempty"`
}

// rowOf shows an order's record.
func rowOf(id string, o *order.Record) Row {
	row := Row{
		OrderID: id, Channel: o.Channel, ExternalID: o.ExternalID, Source: o.Source, Status: order.Status(o), Reason: o.CancelReason,
		Version: o.Version, Currency: o.Currency, Total: gateway.FormatAmount(o.Total, o.Currency), Invoiced: gateway.FormatAmount(o.Invoiced, o.Currency),
		OrderedAt: o.OrderedAt.UTC(), UpdatedAt: o.UpdatedAt.UTC(), Exceptions: o.Exceptions,
		Units: Units{Ordered: o.Units, Shipped: o.Shipped, Backordered: o.Backordered, Cancelled: o.Cancelled},
	}
	if at := o.AcceptedAt.UTC(); at.Year() > 1970 {
		row.AcceptedAt = &at
	}
	return row
}

// viewOf shows everything known of an order.
func viewOf(f *order.Facts) Order {
	o := f.Order
	v := Order{
		Row: rowOf(f.ID, o), Company: o.Company, Customer: partyOf(o.Customer), ShipTo: partyOf(o.ShipTo),
		ShipComplete: o.ShipComplete, Shortage: string(o.Shortage), PurchaseOrder: o.PurchaseOrder,
		Shipping: gateway.FormatAmount(o.Shipping, o.Currency), Registered: o.Registered,
		WaitsFor: []Wait{}, Lines: linesOf(f), Fulfilments: []Fulfilment{}, Shipments: []Shipment{}, Invoices: []Invoice{}, Holds: []Hold{}, Problems: []Problem{}, Timeline: []Moment{},
	}
	for _, w := range order.Waits(f) {
		v.WaitsFor = append(v.WaitsFor, Wait{w.Cause, w.Who, w.Since.UTC(), w.Until, w.Detail})
	}
	for _, x := range f.Fulfilments {
		v.Fulfilments = append(v.Fulfilments, Fulfilment{x.FulfilmentID, x.Node, x.Status, x.Word, x.Units, x.Shipped, order.Ended(x), order.InDoubt(x)})
	}
	for _, x := range f.Holds {
		v.Holds = append(v.Holds, Hold{x.Reason, x.HeldBy, x.Note, x.Since.UTC(), x.ExpiresAt})
	}
	for _, x := range f.Exceptions {
		v.Problems = append(v.Problems, Problem{x.Kind, x.Subject, x.Detail, x.Since.UTC()})
	}
	for _, x := range f.Shipments {
		if x.FulfilmentID == "" {
			continue // a parcel spoke of it first
		}
		v.Shipments = append(v.Shipments, shipmentOf(x))
	}
	for _, x := range f.Invoices {
		v.Invoices = append(v.Invoices, Invoice{x.InvoiceID, x.ShipmentID, x.Number, x.System, gateway.FormatAmount(x.Total, x.Currency), x.PostedAt.UTC()})
	}
	for _, x := range f.Timeline {
		v.Timeline = append(v.Timeline, Moment{x.At.UTC(), x.Event, x.Detail})
	}
	return v
}

// linesOf joins what was sold with where its units are.
func linesOf(f *order.Facts) []Line {
	sold := make(map[string]*event.OrderLine)
	for _, i := range f.Items {
		for n := range i.Lines {
			sold[i.Lines[n].Line.LineID] = &i.Lines[n].Line
		}
	}
	for _, c := range f.Charges {
		sold[c.Line.LineID] = &c.Line
	}
	promised := make(map[string]*time.Time)
	for _, c := range f.Claims {
		if c.PromisedFor != nil && !c.DatesOnly && c.State == event.ClaimStateWaiting {
			at := c.PromisedFor.UTC()
			promised[c.Sku] = &at
		}
	}
	lines := []Line{}
	for _, s := range order.Lines(f) {
		l := sold[s.LineID]
		lines = append(lines, Line{
			LineID: s.LineID, SKU: s.Sku, Kind: s.Kind, Quantity: s.Ordered, Uom: l.Uom, Description: l.Description,
			UnitPrice: gateway.FormatPrice(l.UnitPriceE6, f.Order.Currency), Amount: gateway.FormatAmount(l.Amount, f.Order.Currency),
			Open: s.Open, Backordered: s.Backordered, Reserved: s.Reserved, Allocated: s.Allocated, Released: s.Released,
			Picked: s.Picked, Packed: s.Packed, Shipped: s.Shipped, Cancelled: s.Cancelled, Delivered: s.Delivered, Provisional: s.Provisional,
			MinExpiry: dateOf(l.MinExpiry),
		})
		if s.Backordered+s.Open > 0 {
			lines[len(lines)-1].PromisedFor = promised[s.Sku]
		}
	}
	return lines
}

func shipmentOf(x *order.Shipment) Shipment {
	s := Shipment{
		ShipmentID: x.ShipmentID, FulfilmentID: x.FulfilmentID, Node: x.Node, Document: x.Document, Carrier: x.Carrier, Tracking: x.Tracking,
		ShippedAt: x.ShippedAt.UTC(), Lost: order.Lost(x), Delivered: order.Delivered(x), Lines: []ShipmentLine{},
	}
	for _, p := range x.Parcels {
		if s.Parcel == "" || p.Status != string(event.ParcelStatusDelivered) {
			s.Parcel = p.Status
		}
	}
	if x.MadeGood {
		s.Redress = order.Redress(x.Redress)
	}
	for _, l := range x.Lines {
		s.Lines = append(s.Lines, ShipmentLine{l.LineID, l.Sku, l.Qty, l.Lot})
	}
	return s
}

func partyOf(p event.PartyRef) Party {
	return Party{ID: p.PartyID, Country: p.Country, Region: p.Region, PostalArea: p.PostalArea}
}
