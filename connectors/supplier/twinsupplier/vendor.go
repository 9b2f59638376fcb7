// Package twinsupplier speaks the language of the sandbox supplier: purchase orders,
// articles and pieces.
package twinsupplier

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/schemas/event"
)

// Vendor implements connector.Supplier.
type Vendor struct{}

type purchase struct {
	PONumber string     `json:"po_number"`
	Customer string     `json:"customer_reference"`
	Items    []position `json:"items"`
}

type position struct {
	Position string `json:"position"`
	Article  string `json:"article"`
	Pieces   int64  `json:"pieces"`
	Declined int64  `json:"declined,omitempty"`
	// BestBefore is the day before which no lot that is sold may expire.
	BestBefore string `json:"best_before,omitempty"`
	Reason     string `json:"reason,omitempty"`
}

type happening struct {
	Seq      int64      `json:"seq"`
	Time     time.Time  `json:"time"`
	Type     string     `json:"type"`
	PONumber string     `json:"po_number"`
	Customer string     `json:"customer_reference"`
	Number   string     `json:"number"`
	Items    []position `json:"items"`
	Carrier  string     `json:"carrier"`
	Tracking string     `json:"tracking"`
}

type stock struct {
	Seq      int64     `json:"seq"`
	Time     time.Time `json:"time"`
	Articles []struct {
		Article string `json:"article"`
		Free    int64  `json:"free"`
	} `json:"articles"`
}

// errPurchases says that a supplier is asked to sell.
var errPurchases = errors.New("a supplier is sent purchases and nothing else")

// Release implements connector.Node.
func (Vendor) Release(r *event.FulfilmentRequested, _ connector.Cases) (connector.Document, error) {
	return connector.Document{}, fmt.Errorf("asking %s to release %s: %w", r.Node, r.FulfilmentID, errPurchases)
}

// Advise implements connector.Node.
func (Vendor) Advise(a connector.Advice, _ connector.Cases) (connector.Document, error) {
	return connector.Document{}, fmt.Errorf("advising %s: %w", a.ID, errPurchases)
}

// Purchase implements connector.Supplier.
func (Vendor) Purchase(p *event.PurchaseRequested) (connector.Document, error) {
	doc := purchase{PONumber: p.PurchaseID, Customer: p.OrderID, Items: make([]position, len(p.Lines))}
	for i, l := range p.Lines {
		doc.Items[i] = position{Position: l.LineID, Article: l.Sku, Pieces: l.Qty, BestBefore: connector.Day(l.MinExpiry)}
	}
	return connector.Post("purchase", p.PurchaseID, "/purchase-orders", doc)
}

// Cancel implements connector.Node.
func (Vendor) Cancel(c *event.FulfilmentCancel) (connector.Document, error) {
	return connector.Post("cancel", c.FulfilmentID+"/cancel", "/purchase-orders/"+url.PathEscape(c.FulfilmentID)+"/cancel", struct{}{})
}

// Events implements connector.Node.
func (Vendor) Events(after int64, limit int, wait time.Duration) connector.Document {
	path := fmt.Sprintf("/events?after=%d&limit=%d&wait=%s", after, limit, wait)
	return connector.Document{ID: fmt.Sprint(after), Kind: "events", Method: http.MethodGet, Path: path}
}

// Count implements connector.Supplier.
func (Vendor) Count() connector.Document {
	return connector.Document{ID: "stock", Kind: "count", Method: http.MethodGet, Path: "/stock"}
}

// ReadCount implements connector.Supplier.
func (Vendor) ReadCount(answer []byte) (connector.Count, error) {
	var doc stock
	if err := json.Unmarshal(answer, &doc); err != nil {
		return connector.Count{}, fmt.Errorf("reading stock: %w", err)
	}
	c := connector.Count{Seq: doc.Seq, At: doc.Time.UTC(), Free: make([]connector.ItemCount, len(doc.Articles))}
	for i, a := range doc.Articles {
		if a.Article == "" || a.Free < 0 {
			return connector.Count{}, fmt.Errorf("reading stock: article %q has %d free", a.Article, a.Free)
		}
		c.Free[i] = connector.ItemCount{SKU: a.Article, Units: a.Free}
	}
	return c, nil
}

// Refused implements connector.Node.
func (Vendor) Refused() string { return "Rejected" }

// Words of decisions, which are no steps of the work.
var decisions = map[string]bool{"Confirmed": true, "PartlyConfirmed": true, "Declined": true}

// final are the words after which nothing more comes.
var final = map[string]bool{"Dispatched": true, "Withdrawn": true}

// Read implements connector.Node.
func (Vendor) Read(page []byte) ([]connector.NodeEvent, error) {
	return connector.ReadEvents(page, happening.canonical)
}

func (h happening) canonical(raw []byte) connector.NodeEvent {
	e := connector.NodeEvent{Seq: h.Seq, At: h.Time.UTC(), Raw: raw, Document: h.Number}
	switch {
	case h.PONumber == "":
	case decisions[h.Type]:
		e.Decision = &event.PurchaseAccepted{PurchaseID: h.PONumber, OrderID: h.Customer, Document: h.Number, SourceSeq: h.Seq, DecidedAt: e.At}
		for _, p := range h.Items {
			e.Decision.Lines = append(e.Decision.Lines, event.DecidedLine{LineID: p.Position, Sku: p.Article, Accepted: p.Pieces, Refused: p.Declined, Reason: p.Reason})
			if h.Type == "Declined" {
				e.Decision.Reason = p.Reason
			}
		}
	default:
		e.Report = &event.FulfilmentReported{
			FulfilmentID: h.PONumber, OrderID: h.Customer, Word: h.Type, Carrier: h.Carrier, Tracking: h.Tracking,
			Final: final[h.Type], Document: h.Number, SourceSeq: h.Seq, OccurredAt: e.At,
		}
		for _, p := range h.Items {
			e.Report.Lines = append(e.Report.Lines, event.ShipmentLine{LineID: p.Position, Sku: p.Article, Qty: p.Pieces})
		}
	}
	return e
}
