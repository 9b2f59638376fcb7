package cataloguehttp

import (
	"fmt"
	"net/http"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/catalogue"
	"github.com/millrace/millrace/services/gateway"
)

// wish is the body of POST /v1/eligibility.
type wish struct {
	Customer string `json:"customer"`
	Currency string `json:"currency"` // the customer's when absent
	ShipTo   struct {
		Country string `json:"country"`
	} `json:"ship_to"` // the customer's country when absent
	Lines []struct {
		SKU      string `json:"sku"`
		Quantity int64  `json:"quantity"`
	} `json:"lines"`
}

// Eligibility is what a customer may buy.
type Eligibility struct {
	Allowed bool           `json:"allowed"`
	Reasons []Reason       `json:"reasons"` // against the order as a whole
	Lines   []EligibleLine `json:"lines"`   // in the order asked for
}

// EligibleLine is the judgement of one line.
type EligibleLine struct {
	SKU       string   `json:"sku"`
	Quantity  int64    `json:"quantity"`
	Allowed   bool     `json:"allowed"`
	Reasons   []Reason `json:"reasons"`
	UnitPrice string   `json:"unit_price,omitempty"`
}

// Reason says why something is not allowed.
type Reason struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// eligibility answers before an order is placed; it promises nothing and changes
// nothing, so it needs no idempotency key.
func (e *Edge) eligibility(w http.ResponseWriter, r *http.Request) {
	var body wish
	err := httpd.DecodeRequest(r, &body)
	if err == nil {
		err = body.check()
	}
	if err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	customer, ok := e.Room.Customer(body.Customer)
	if !ok {
		httpd.WriteProblem(w, r, e.missing("CUSTOMER_UNKNOWN", fmt.Sprintf("There is no customer %q.", body.Customer)))
		return
	}
	wanted := e.wanted(&body, &customer)
	judged := catalogue.Eligible(wanted)
	answer := Eligibility{Allowed: judged.Allowed(), Reasons: reasonsOf(judged.Order), Lines: make([]EligibleLine, len(wanted.Lines))}
	for i, line := range wanted.Lines {
		shown := EligibleLine{SKU: line.SKU, Quantity: line.Qty, Allowed: len(judged.Lines[i]) == 0, Reasons: reasonsOf(judged.Lines[i])}
		if p, ok := e.Room.Price(&customer, line.SKU, line.Qty, wanted.Currency, wanted.At); ok {
			shown.UnitPrice = gateway.FormatPrice(p.UnitPriceE6, p.Currency)
		}
		answer.Lines[i] = shown
	}
	httpd.WriteJSON(w, r, http.StatusOK, answer)
}

func (b *wish) check() error {
	var wrong []httpd.Field
	add := func(pointer, format string, args ...any) {
		wrong = append(wrong, httpd.Field{Pointer: pointer, Code: httpd.CodeRange, Detail: fmt.Sprintf(format, args...)})
	}
	if b.Customer == "" || len(b.Customer) > maxText {
		add("/customer", "A customer has 1 to %d bytes.", maxText)
	}
	if len(b.Lines) < 1 || len(b.Lines) > maxLines {
		add("/lines", "1 to %d lines can be asked for, got %d.", maxLines, len(b.Lines))
	}
	for i, line := range b.Lines[:min(len(b.Lines), maxLines)] {
		if line.SKU == "" || len(line.SKU) > maxText {
			add(fmt.Sprintf("/lines/%d/sku", i), "A sku has 1 to %d bytes.", maxText)
		}
		if line.Quantity < 1 || line.Quantity > maxQty {
			add(fmt.Sprintf("/lines/%d/quantity", i), "A quantity is 1 to %d.", maxQty)
		}
	}
	if len(wrong) > 0 {
		return unprocessable(wrong[:min(len(wrong), 50)]...)
	}
	return nil
}

// wanted looks up what the judgement needs.
func (e *Edge) wanted(b *wish, customer *event.CustomerPublished) *catalogue.Wanted {
	w := &catalogue.Wanted{Customer: customer, Country: b.ShipTo.Country, Currency: b.Currency, At: e.Now(), Lines: make([]catalogue.WantedLine, len(b.Lines))}
	if w.Country == "" {
		w.Country = customer.Country
	}
	if w.Currency == "" {
		w.Currency = customer.Currency
	}
	for i, line := range b.Lines {
		out := catalogue.WantedLine{SKU: line.SKU, Qty: line.Quantity}
		if row := e.Room.Product(line.SKU); row != nil {
			out.Product = &row.Value
		}
		if p, ok := e.Room.Price(customer, line.SKU, line.Quantity, w.Currency, w.At); ok {
			amount, err := gateway.LineAmount(line.Quantity, p.UnitPriceE6, p.Currency)
			out.Amount, out.Priced = amount, err == nil // a line too large to be an amount has no price
		}
		w.Lines[i] = out
	}
	return w
}

func reasonsOf(reasons []catalogue.Reason) []Reason {
	shown := make([]Reason, len(reasons))
	for i, r := range reasons {
		shown[i] = Reason(r)
	}
	return shown
}
