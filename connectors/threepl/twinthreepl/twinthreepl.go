// Package twinthreepl speaks the language of the sandbox logistics firm:
// shipments, products, quantities in cases and eaches.
package twinthreepl

import (
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/schemas/event"
)

// Vendor implements connector.Node.
type Vendor struct{}

// quantity is Cases of PerCase units and single Eaches.
type quantity struct {
	Cases   int64 `json:"cases"`
	Eaches  int64 `json:"eaches"`
	PerCase int64 `json:"per_case"`
}

// units is exact: a case is multiplied, never rounded.
func (q quantity) units() int64 { return q.Cases*q.PerCase + q.Eaches }

// pack splits units into whole cases and the rest, both with the sign of units.
func pack(units, perCase int64) quantity {
	perCase = max(1, perCase)
	return quantity{Cases: units / perCase, Eaches: units % perCase, PerCase: perCase}
}

type product struct {
	Ref      string   `json:"ref"`
	SKU      string   `json:"sku"`
	Quantity quantity `json:"quantity"`
	// MinExpiry is the day before which the lots that are picked must not expire.
	MinExpiry string `json:"min_expiry,omitempty"`
}

type shipment struct {
	ReferenceID string    `json:"reference_id"`
	OrderID     string    `json:"order_id"`
	Products    []product `json:"products"`
}

type inbound struct {
	ReferenceID string    `json:"reference_id"`
	SKU         string    `json:"sku"`
	Quantity    quantity  `json:"quantity"`
	ExpectedAt  time.Time `json:"expected_at"`
	Kind        string    `json:"kind"`
	Note        string    `json:"note,omitempty"`
}

type happening struct {
	Seq         int64     `json:"seq"`
	CreatedAt   time.Time `json:"created_at"`
	Status      string    `json:"status"`
	ReferenceID string    `json:"reference_id"`
	OrderID     string    `json:"order_id"`
	ID          string    `json:"id"`
	Products    []product `json:"products"`
	Carrier     string    `json:"carrier"`
	TrackingNo  string    `json:"tracking_number"`
	SKU         string    `json:"sku"`
	Quantity    *quantity `json:"quantity"`
}

// Release implements connector.Node.
func (Vendor) Release(r *event.FulfilmentRequested, cases connector.Cases) (connector.Document, error) {
	doc := shipment{ReferenceID: r.FulfilmentID, OrderID: r.OrderID, Products: make([]product, len(r.Lines))}
	for i, l := range r.Lines {
		doc.Products[i] = product{Ref: l.LineID, SKU: l.Sku, Quantity: pack(l.Qty, cases(l.Sku)), MinExpiry: connector.Day(l.MinExpiry)}
	}
	return connector.Post("release", r.FulfilmentID, "/shipments", doc)
}

// Cancel implements connector.Node.
func (Vendor) Cancel(c *event.FulfilmentCancel) (connector.Document, error) {
	return connector.Post("cancel", c.FulfilmentID+"/cancel", "/shipments/"+url.PathEscape(c.FulfilmentID)+"/cancel", struct{}{})
}

// Advise implements connector.Node.
func (Vendor) Advise(a connector.Advice, cases connector.Cases) (connector.Document, error) {
	doc := inbound{ReferenceID: a.ID, SKU: a.SKU, Quantity: pack(a.Units, cases(a.SKU)), ExpectedAt: a.Due, Kind: "receiving", Note: a.Reason}
	if a.Adjust {
		doc.Kind = "correction"
	}
	return connector.Post("advice", a.ID, "/inbound", doc)
}

// Events implements connector.Node.
func (Vendor) Events(after int64, limit int, wait time.Duration) connector.Document {
	path := fmt.Sprintf("/events?after=%d&limit=%d&wait=%s", after, limit, wait)
	return connector.Document{ID: fmt.Sprint(after), Kind: "events", Method: http.MethodGet, Path: path}
}

// Refused implements connector.Node.
func (Vendor) Refused() string { return "Refused" }

// final are the words after which nothing more comes.
var final = map[string]bool{"Completed": true, "Cancelled": true}

// dispatched is the word for goods that left, under the id of their shipment.
const dispatched = "Dispatched"

// Read implements connector.Node.
func (Vendor) Read(page []byte) ([]connector.NodeEvent, error) {
	return connector.ReadEvents(page, happening.canonical)
}

func (h happening) canonical(raw []byte) connector.NodeEvent {
	e := connector.NodeEvent{Seq: h.Seq, At: h.CreatedAt.UTC(), Raw: raw, Document: h.ID}
	stock := h.SKU != "" && h.Quantity != nil
	if stock && h.Status == dispatched {
		e.Movement = &connector.Movement{SKU: h.SKU, Units: -h.Quantity.units(), Issue: true}
		return e
	}
	if stock {
		e.Movement = &connector.Movement{Advice: h.ReferenceID, SKU: h.SKU, Units: h.Quantity.units(), Adjust: h.Status == "Corrected"}
		return e
	}
	e.Report = &event.FulfilmentReported{
		FulfilmentID: h.ReferenceID, OrderID: h.OrderID, Word: h.Status, Carrier: h.Carrier, Tracking: h.TrackingNo,
		Final: final[h.Status], Document: h.ID, SourceSeq: h.Seq, OccurredAt: e.At,
	}
	for _, p := range h.Products {
		e.Report.Lines = append(e.Report.Lines, event.ShipmentLine{LineID: p.Ref, Sku: p.SKU, Qty: p.Quantity.units()})
	}
	return e
}
