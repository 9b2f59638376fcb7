package settlementhttp

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/settlement"
)

// Money are sums of one currency, as decimals.
type Money struct {
	Invoiced   string `json:"invoiced"`   // by posted invoices
	Credited   string `json:"credited"`   // approved, as posted where it is
	Authorised string `json:"authorised"` // set aside so far
	Voided     string `json:"voided"`     // set free again
	Captured   string `json:"captured"`   // taken
	Refunded   string `json:"refunded"`   // paid back
}

// Summary is the money of all orders.
type Summary struct {
	Orders int64            `json:"orders"`
	Money  map[string]Money `json:"money"` // by currency
}

// Order is the money of one order, or of a return that is credited without one; that
// has the return's id in place of the order's, and no terms.
type Order struct {
	OrderID  string             `json:"order_id,omitempty"`
	ReturnID string             `json:"return_id,omitempty"`
	Currency string             `json:"currency"`
	Terms    event.PaymentTerms `json:"terms,omitempty"`
	Stopped  bool               `json:"stopped"` // an authorisation was declined, none is asked for
	Money    Money              `json:"money"`
	Tenders  []Tender           `json:"tenders"`
	Invoices []Invoice          `json:"invoices"`
	Credits  []Credit           `json:"credits"`
}

// Tender is a means of payment.
type Tender struct {
	TenderID   string     `json:"tender_id"`
	Method     string     `json:"method"`
	Authorised string     `json:"authorised"`
	Voided     string     `json:"voided"`
	Captured   string     `json:"captured"`
	Refunded   string     `json:"refunded"`
	ExpiresAt  *time.Time `json:"expires_at,omitempty"`
}

// Invoice is what was asked for a shipment, or for the whole order.
type Invoice struct {
	InvoiceID  string `json:"invoice_id"`
	ShipmentID string `json:"shipment_id"`
	Number     string `json:"number"` // empty until posted
	Total      string `json:"total"`
}

// Credit is what is credited of one invoice.
type Credit struct {
	RefundID string            `json:"refund_id"`
	State    event.CreditState `json:"state"`
	Number   string            `json:"number"` // empty until posted
	Total    string            `json:"total"`
}

// amounts are sums in minor units.
type amounts struct {
	invoiced, credited, authorised, voided, captured, refunded int64
}

// add books an order and its means of payment.
func (a *amounts) add(o *settlement.Record, tenders []*settlement.Tender) {
	a.invoiced += o.Posted
	a.credited += o.Credited
	a.captured += o.Captured
	a.refunded += o.Refunded
	for _, t := range tenders {
		a.authorised += t.Authorised
		a.voided += t.Voided
	}
}

func (a *amounts) view(code string) Money {
	text := func(minor int64) string { return gateway.FormatAmount(minor, code) }
	return Money{
		Invoiced: text(a.invoiced), Credited: text(a.credited), Authorised: text(a.authorised), Voided: text(a.voided),
		Captured: text(a.captured), Refunded: text(a.refunded),
	}
}

func viewOf(id string, o *settlement.Record, tenders []*settlement.Tender, bills []*settlement.Bill, credits []*settlement.Credit) Order {
	text := func(minor int64) string { return gateway.FormatAmount(minor, o.Currency) }
	sums := new(amounts)
	sums.add(o, tenders)
	shown := Order{
		OrderID: id, Currency: o.Currency, Terms: o.Terms, Stopped: o.Stopped, Money: sums.view(o.Currency),
		Tenders: []Tender{}, Invoices: []Invoice{}, Credits: []Credit{},
	}
	if settlement.OfReturn(o) {
		shown.OrderID, shown.ReturnID, shown.Terms = "", id, ""
	}
	for _, t := range tenders {
		shown.Tenders = append(shown.Tenders, Tender{
			TenderID: t.TenderID, Method: t.Method, Authorised: text(t.Authorised), Voided: text(t.Voided), Captured: text(t.Captured),
			Refunded: text(t.Refunded), ExpiresAt: t.ExpiresAt,
		})
	}
	for _, b := range bills {
		if b.InvoiceID != "" {
			shown.Invoices = append(shown.Invoices, Invoice{InvoiceID: b.InvoiceID, ShipmentID: b.ShipmentID, Number: b.Number, Total: text(b.Owed)})
		}
	}
	for _, c := range credits {
		shown.Credits = append(shown.Credits, Credit{RefundID: c.RefundID, State: c.State, Number: c.Number, Total: text(c.Total)})
	}
	return shown
}
