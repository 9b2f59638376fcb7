// Package twinbank speaks the language of the sandbox payment provider:
// authorizations, captures, reversals and refunds, in minor units.
package twinbank

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/schemas/event"
)

// Vendor implements connector.Payment.
type Vendor struct{}

// operation is any of the four documents.
type operation struct {
	Reference     string `json:"reference"`
	Order         string `json:"order,omitempty"`
	Shopper       string `json:"shopper,omitempty"`
	Authorization string `json:"authorization,omitempty"`
	Amount        int64  `json:"amount"`
	Currency      string `json:"currency"`
}

// kinds are their words for what is asked.
var kinds = map[event.PaymentAction]string{
	event.PaymentActionAuthorise: "authorizations", event.PaymentActionCapture: "captures",
	event.PaymentActionVoid: "reversals", event.PaymentActionRefund: "refunds",
}

// Ask implements connector.Payment. The provider books a reference once.
func (Vendor) Ask(r *event.PaymentRequested) (connector.Document, error) {
	kind := kinds[r.Action]
	if kind == "" {
		return connector.Document{}, fmt.Errorf("payment %s asks for %q: it is authorise, capture, void or refund", r.PaymentID, r.Action)
	}
	doc := operation{Reference: r.PaymentID, Amount: r.Amount, Currency: r.Currency}
	if r.Action == event.PaymentActionAuthorise {
		doc.Order, doc.Shopper = r.OrderID, r.Customer.PartyID
	} else {
		doc.Authorization = r.TenderID
	}
	d, err := connector.Post(string(r.Action), r.PaymentID, "/"+kind, doc)
	d.Search = "/operations/" + url.PathEscape(r.PaymentID)
	return d, err
}

// Read implements connector.Payment.
func (Vendor) Read(reply connector.Reply) (connector.Transaction, error) {
	var doc struct {
		ID            string     `json:"id"`
		Authorization string     `json:"authorization"`
		Result        string     `json:"result"`
		Code          string     `json:"code"`
		Amount        int64      `json:"amount"`
		Currency      string     `json:"currency"`
		Method        string     `json:"method"`
		At            time.Time  `json:"at"`
		Expires       *time.Time `json:"expires"`
	}
	if err := json.Unmarshal(reply.Answer, &doc); err != nil {
		return connector.Transaction{}, fmt.Errorf("reading answer to %s %s: %w", reply.Kind, reply.ID, err)
	}
	t := connector.Transaction{
		ID: doc.ID, Tender: doc.Authorization, Amount: doc.Amount, Currency: doc.Currency, Method: strings.ToUpper(doc.Method), At: doc.At, Expires: doc.Expires,
	}
	switch {
	case doc.ID == "" || doc.Currency == "":
		return t, fmt.Errorf("answer to %s %s names no transaction", reply.Kind, reply.ID)
	case doc.Result == "declined" && doc.Code != "":
		t.Declined = strings.ToUpper(doc.Code)
	case doc.Result != "approved":
		return t, fmt.Errorf("answer to %s %s says %q, which is neither approved nor declined with a code", reply.Kind, reply.ID, doc.Result)
	}
	return t, nil
}

// System implements connector.Payment.
func (Vendor) System() string { return "twinbank" }
