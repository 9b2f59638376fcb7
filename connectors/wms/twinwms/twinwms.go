// Package twinwms speaks the language of the sandbox warehouse: orders, items,
// single units, words in lower case.
package twinwms

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

type order struct {
	OrderNo       string `json:"order_no"`
	CustomerOrder string `json:"customer_order"`
	Lines         []line `json:"lines"`
}

type line struct {
	Line  string `json:"line"`
	Item  string `json:"item"`
	Units int64  `json:"units"`
	// BestBefore is the day before which the lots that it picks must not expire.
	BestBefore string `json:"best_before,omitempty"`
}

type advice struct {
	AdviceNo string    `json:"advice_no"`
	Item     string    `json:"item"`
	Units    int64     `json:"units"`
	Due      time.Time `json:"due"`
	Adjust   bool      `json:"adjust,omitempty"`
	Reason   string    `json:"reason,omitempty"`
}

type happening struct {
	Seq           int64     `json:"seq"`
	At            time.Time `json:"at"`
	Event         string    `json:"event"`
	OrderNo       string    `json:"order_no"`
	CustomerOrder string    `json:"customer_order"`
	Document      string    `json:"document"`
	Lines         []line    `json:"lines"`
	Carrier       string    `json:"carrier"`
	Tracking      string    `json:"tracking"`
	AdviceNo      string    `json:"advice_no"`
	Item          string    `json:"item"`
	Units         int64     `json:"units"`
}

// Release implements connector.Node.
func (Vendor) Release(r *event.FulfilmentRequested, _ connector.Cases) (connector.Document, error) {
	doc := order{OrderNo: r.FulfilmentID, CustomerOrder: r.OrderID, Lines: make([]line, len(r.Lines))}
	for i, l := range r.Lines {
		doc.Lines[i] = line{Line: l.LineID, Item: l.Sku, Units: l.Qty, BestBefore: connector.Day(l.MinExpiry)}
	}
	return connector.Post("release", r.FulfilmentID, "/orders", doc)
}

// Cancel implements connector.Node.
func (Vendor) Cancel(c *event.FulfilmentCancel) (connector.Document, error) {
	return connector.Post("cancel", c.FulfilmentID+"/cancel", "/orders/"+url.PathEscape(c.FulfilmentID)+"/cancel", struct{}{})
}

// Advise implements connector.Node.
func (Vendor) Advise(a connector.Advice, _ connector.Cases) (connector.Document, error) {
	return connector.Post("advice", a.ID, "/advices", advice{AdviceNo: a.ID, Item: a.SKU, Units: a.Units, Due: a.Due, Adjust: a.Adjust, Reason: a.Reason})
}

// Events implements connector.Node.
func (Vendor) Events(after int64, limit int, wait time.Duration) connector.Document {
	path := fmt.Sprintf("/events?after=%d&limit=%d&wait=%s", after, limit, wait)
	return connector.Document{ID: fmt.Sprint(after), Kind: "events", Method: http.MethodGet, Path: path}
}

// Refused implements connector.Node.
func (Vendor) Refused() string { return "refused" }

// final are the words after which nothing more comes.
var final = map[string]bool{"shipped": true, "cancelled": true}

// Read implements connector.Node.
func (Vendor) Read(page []byte) ([]connector.NodeEvent, error) {
	return connector.ReadEvents(page, happening.canonical)
}

func (h happening) canonical(raw []byte) connector.NodeEvent {
	e := connector.NodeEvent{Seq: h.Seq, At: h.At.UTC(), Raw: raw, Document: h.Document}
	switch {
	case h.OrderNo != "":
		e.Report = &event.FulfilmentReported{
			FulfilmentID: h.OrderNo, OrderID: h.CustomerOrder, Word: h.Event, Carrier: h.Carrier, Tracking: h.Tracking,
			Final: final[h.Event], Document: h.Document, SourceSeq: h.Seq, OccurredAt: e.At,
		}
		for _, l := range h.Lines {
			e.Report.Lines = append(e.Report.Lines, event.ShipmentLine{LineID: l.Line, Sku: l.Item, Qty: l.Units})
		}
	case h.Event == "goods_out":
		e.Movement = &connector.Movement{SKU: h.Item, Units: -h.Units, Issue: true}
	case h.Item != "":
		e.Movement = &connector.Movement{Advice: h.AdviceNo, SKU: h.Item, Units: h.Units, Adjust: h.Event == "adjusted"}
	}
	return e
}
