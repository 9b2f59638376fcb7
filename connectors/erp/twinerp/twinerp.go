// Package twinerp speaks the language of the sandbox ERP: sales, products,
// amounts as decimal strings.
package twinerp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/schemas/event"
)

// Vendor implements connector.ERP.
type Vendor struct{}

type sale struct {
	Reference   string    `json:"reference"`
	Customer    string    `json:"customer"`
	Channel     string    `json:"channel"`
	TheirNumber string    `json:"their_number"`
	Currency    string    `json:"currency"`
	Date        time.Time `json:"date"`
	Lines       []priced  `json:"lines"`
	Freight     string    `json:"freight"`
	Total       string    `json:"total"`
}

type amendment struct {
	Reference string    `json:"reference"`
	Number    int64     `json:"number"`
	Reason    string    `json:"reason"`
	Date      time.Time `json:"date"`
	Lines     []priced  `json:"lines"`
	Freight   string    `json:"freight"`
	Total     string    `json:"total"`
}

type priced struct {
	Line     string `json:"line"`
	Product  string `json:"product"`
	Quantity int64  `json:"quantity"`
	Amount   string `json:"amount"`
	Service  bool   `json:"service,omitempty"`
}

type shipment struct {
	Reference string    `json:"reference"`
	Sale      string    `json:"sale"`
	From      string    `json:"from"`
	Date      time.Time `json:"date"`
	Lines     []moved   `json:"lines"`
}

type moved struct {
	Line     string `json:"line"`
	Product  string `json:"product"`
	Quantity int64  `json:"quantity"`
}

type invoice struct {
	Reference string    `json:"reference"`
	Sale      string    `json:"sale"`
	Shipment  string    `json:"shipment"`
	Currency  string    `json:"currency"`
	Date      time.Time `json:"date"`
	Lines     []priced  `json:"lines"`
	Freight   string    `json:"freight"`
	Total     string    `json:"total"`
}

type credit struct {
	Reference string    `json:"reference"`
	Sale      string    `json:"sale"`
	Invoice   string    `json:"invoice"`
	Return    string    `json:"return,omitempty"`   // that is credited without a sale
	Customer  string    `json:"customer,omitempty"` // of such a return; the sale knows its own
	Reason    string    `json:"reason"`
	Currency  string    `json:"currency"`
	Date      time.Time `json:"date"`
	Lines     []priced  `json:"lines"`
	Freight   string    `json:"freight"`
	Total     string    `json:"total"`
}

// Sale implements connector.ERP.
func (Vendor) Sale(o *event.OrderAccepted) (connector.Document, error) {
	m := &money{currency: o.Currency}
	doc := sale{
		Reference: o.OrderID, Customer: o.Customer.PartyID, Channel: o.Channel, TheirNumber: o.ExternalID, Currency: o.Currency, Date: o.OrderedAt,
		Freight: m.text(o.Shipping), Total: m.text(o.Total), Lines: m.lines(o.Lines),
	}
	return post("sale", o.OrderID, "/sales", doc, m.err)
}

// Amendment implements connector.ERP. It counts as the version of the order does, and
// bears in freight what the lines leave of the total.
func (Vendor) Amendment(a *event.OrderAmended) (connector.Document, error) {
	m, freight := &money{currency: a.Currency}, a.Total
	for _, l := range a.Lines {
		freight -= l.Amount
	}
	doc := amendment{
		Reference: fmt.Sprintf("%s-%d", a.OrderID, a.OrderVersion), Number: a.OrderVersion, Reason: a.Reason, Date: a.AmendedAt,
		Lines: m.lines(a.Lines), Freight: m.text(freight), Total: m.text(a.Total),
	}
	return post("amendment", doc.Reference, "/sales/"+url.PathEscape(a.OrderID)+"/amendments", doc, m.err)
}

// ships says whether units of a line leave a node; the others have no stock.
func ships(kind event.LineKind) bool {
	return kind == event.LineKindGoods || kind == event.LineKindKit
}

// Shipment implements connector.ERP.
func (Vendor) Shipment(s *event.ShipmentConfirmed) (connector.Document, error) {
	doc := shipment{Reference: s.ShipmentID, Sale: s.OrderID, From: s.Node, Date: s.ShippedAt, Lines: make([]moved, len(s.Lines))}
	for i, l := range s.Lines {
		doc.Lines[i] = moved{Line: l.LineID, Product: l.Sku, Quantity: l.Qty}
	}
	return post("shipment", s.ShipmentID, "/shipments", doc, nil)
}

// Invoice implements connector.ERP.
func (Vendor) Invoice(v *event.InvoiceRequested) (connector.Document, error) {
	m := &money{currency: v.Currency}
	doc := invoice{
		Reference: v.InvoiceID, Sale: v.OrderID, Shipment: v.ShipmentID, Currency: v.Currency, Date: v.RequestedAt,
		Freight: m.text(v.Shipping), Total: m.text(v.Total), Lines: make([]priced, len(v.Lines)),
	}
	for i, l := range v.Lines {
		doc.Lines[i] = priced{Line: l.LineID, Product: l.Sku, Quantity: l.Qty, Amount: m.text(l.Amount), Service: !ships(l.Kind)}
	}
	return post("invoice", v.InvoiceID, "/invoices", doc, m.err)
}

// Credit implements connector.ERP. Quantities are units that are credited, not
// goods that are back: stock is told by whoever takes them in.
func (Vendor) Credit(r *event.RefundApproved) (connector.Document, error) {
	m := &money{currency: r.Currency}
	doc := credit{
		Reference: r.RefundID, Sale: r.OrderID, Invoice: r.InvoiceNumber, Reason: r.Cause, Currency: r.Currency, Date: r.ApprovedAt,
		Freight: m.text(r.Shipping), Total: m.text(r.Total), Lines: make([]priced, len(r.Lines)),
	}
	for i, l := range r.Lines {
		doc.Lines[i] = priced{Line: l.LineID, Product: l.Sku, Quantity: l.Qty, Amount: m.text(l.Amount)}
	}
	if r.OrderID == "" {
		doc.Return, doc.Customer = r.ReturnID, r.Customer.PartyID
	}
	return post("credit", r.RefundID, "/credits", doc, m.err)
}

type giveBack struct {
	Reference   string     `json:"reference"`
	Channel     string     `json:"channel"`
	TheirNumber string     `json:"their_number"`
	Customer    string     `json:"customer"`
	Reason      string     `json:"reason"`
	Date        time.Time  `json:"date"`
	Lines       []comeBack `json:"lines"`
}

type comeBack struct {
	Sale     string `json:"sale"`
	Line     string `json:"line"`
	Product  string `json:"product"`
	Quantity int64  `json:"quantity"`
}

// Authorise implements connector.ERP. Asked again, it is another document.
func (Vendor) Authorise(q *event.ReturnAuthorise) (connector.Document, error) {
	doc := giveBack{
		Reference: fmt.Sprintf("%s-%d", q.ReturnID, q.Revision), Channel: q.Channel, TheirNumber: q.ExternalID, Customer: q.Customer.PartyID, Reason: q.Reason,
		Date: q.AskedAt, Lines: make([]comeBack, len(q.Lines)),
	}
	for i, l := range q.Lines {
		doc.Lines[i] = comeBack{Sale: l.OrderID, Line: l.LineID, Product: l.Sku, Quantity: l.Qty}
	}
	return post("authorisation", doc.Reference, "/returns", doc, nil)
}

// decisions are the system's words.
var decisions = map[string]event.ReturnDecision{
	"approved": event.ReturnDecisionAuthorised, "declined": event.ReturnDecisionDeclined, "more_info": event.ReturnDecisionInfoNeeded,
}

// Ruling implements connector.ERP.
func (Vendor) Ruling(reply connector.Reply) (connector.Ruling, error) {
	var doc struct {
		Number   string `json:"number"`
		Decision string `json:"decision"`
		Reason   string `json:"reason"`
	}
	if err := json.Unmarshal(reply.Answer, &doc); err != nil {
		return connector.Ruling{}, fmt.Errorf("reading answer to %s %s: %w", reply.Kind, reply.ID, err)
	}
	decision, known := decisions[doc.Decision]
	if !known {
		return connector.Ruling{}, fmt.Errorf("answer to %s %s decides %q; known are approved, declined and more_info", reply.Kind, reply.ID, doc.Decision)
	}
	return connector.Ruling{Decision: decision, Number: doc.Number, Reason: doc.Reason}, nil
}

// Close implements connector.ERP.
func (Vendor) Close(orderID, reason string) (connector.Document, error) {
	return post("close", orderID+"/close", "/sales/"+url.PathEscape(orderID)+"/close", map[string]string{"reason": reason}, nil)
}

// Number implements connector.ERP. A conflict means that the reference was used
// for another document, which no repetition mends.
func (Vendor) Number(reply connector.Reply) (string, error) {
	var doc struct {
		Number string `json:"number"`
		Error  string `json:"error"`
	}
	if err := json.Unmarshal(reply.Answer, &doc); err != nil {
		return "", fmt.Errorf("reading answer to %s %s: %w", reply.Kind, reply.ID, err)
	}
	if doc.Number == "" {
		return "", fmt.Errorf("answer to %s %s has no number: %s", reply.Kind, reply.ID, doc.Error)
	}
	return doc.Number, nil
}

// System implements connector.ERP.
func (Vendor) System() string { return "twinerp" }

// money writes amounts and keeps the first failure.
type money struct {
	currency string
	err      error
}

func (m *money) text(minor int64) string {
	s, err := connector.Decimal(minor, m.currency)
	m.err = errors.Join(m.err, err)
	return s
}

func (m *money) lines(sold []event.OrderLine) []priced {
	lines := make([]priced, len(sold))
	for i, l := range sold {
		lines[i] = priced{Line: l.LineID, Product: l.Sku, Quantity: l.Qty, Amount: m.text(l.Amount), Service: !ships(l.Kind)}
	}
	return lines
}

func post(kind, id, path string, body any, failed error) (connector.Document, error) {
	if failed != nil {
		return connector.Document{}, fmt.Errorf("writing %s %s: %w", kind, id, failed)
	}
	d, err := connector.Post(kind, id, path, body)
	if err != nil {
		return d, err
	}
	if kind != "close" { // closing twice is closing once
		d.Search = path + "/" + url.PathEscape(id)
	}
	return d, nil
}
