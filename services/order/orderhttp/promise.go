package orderhttp

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
)

// Codes of wrong quotes.
const (
	codeForged  = "QUOTE_INVALID"
	codeExpired = "QUOTE_EXPIRED"
	codeDiffers = "QUOTE_DIFFERS"
)

// promiseBody is what a channel would order.
type promiseBody struct {
	Channel      string        `json:"channel"`
	Company      string        `json:"company"`
	Customer     string        `json:"customer"`
	ShipTo       destination   `json:"ship_to"`
	Service      string        `json:"service"`
	NeededBy     *time.Time    `json:"needed_by"`
	ShipComplete *bool         `json:"ship_complete"`
	Lines        []promiseLine `json:"lines"`
}

// destination is where goods would go.
type destination struct {
	Country    string `json:"country"`
	Region     string `json:"region"`
	PostalArea string `json:"postal_area"`
}

type promiseLine struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

// Promised is what could be shipped now. It reserves nothing.
type Promised struct {
	Complete  bool           `json:"complete"`
	Split     bool           `json:"split"`
	Late      bool           `json:"late"`
	ArrivesBy *time.Time     `json:"arrives_by,omitempty"`
	Rules     string         `json:"rules"`
	AsOf      time.Time      `json:"as_of"`
	Lines     []PromisedLine `json:"lines"`
	Later     *PromisedWhole `json:"later,omitempty"` // when not everything could be shipped now
	Quote     string         `json:"quote,omitempty"`
	ExpiresAt *time.Time     `json:"quote_expires_at,omitempty"`
}

// PromisedLine is what becomes of one line, by the position of that version.
type PromisedLine struct {
	SKU      string         `json:"sku"`
	Quantity int64          `json:"quantity"`
	Short    int64          `json:"short"`
	Version  int64          `json:"position_version"`
	Parts    []PromisedPart `json:"parts"`
	Later    *PromisedRest  `json:"later,omitempty"` // of what is short
}

// PromisedRest is what comes later of a line, by what is to come and nobody claims.
type PromisedRest struct {
	Quantity  int64     `json:"quantity"`
	From      time.Time `json:"from"`
	ArrivesAt time.Time `json:"arrives_at"`
}

// PromisedWhole is from when on everything could be shipped at once.
type PromisedWhole struct {
	From      time.Time `json:"from"`
	Split     bool      `json:"split"`
	ArrivesBy time.Time `json:"arrives_by"`
}

// PromisedPart is what one node ships of a line.
type PromisedPart struct {
	Node      string    `json:"node"`
	Lane      string    `json:"lane,omitempty"`
	Quantity  int64     `json:"quantity"`
	LeavesAt  time.Time `json:"leaves_at"`
	ArrivesAt time.Time `json:"arrives_at"`
}

// promise says when and from where lines could be shipped, with a quote to order
// by when everything could.
func (e *Edge) promise(w http.ResponseWriter, r *http.Request) {
	var body promiseBody
	if err := httpd.DecodeRequest(r, &body); err != nil {
		e.fail(w, r, err)
		return
	}
	o, lines, wrong := e.readPromise(&body)
	if len(wrong) > 0 {
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusUnprocessableEntity, "INVALID", "Nothing can be promised.").WithErrors(wrong...))
		return
	}
	now := e.now()
	market := e.Room.Market(now, o.Channel, o.Customer.PartyID, o.ShipTo.Country)
	market.Service = body.Service
	p := order.PromiseOf(o, lines, market)
	out := Promised{Complete: p.Complete, Split: p.Split, Late: p.Late, Rules: market.Rules.Version, AsOf: now, Lines: make([]PromisedLine, len(p.Lines))}
	for n, l := range p.Lines {
		line := PromisedLine{SKU: l.Line.Sku, Quantity: l.Line.Qty, Short: l.Short, Version: l.Version, Parts: []PromisedPart{}}
		for _, part := range l.Parts {
			line.Parts = append(line.Parts, PromisedPart{part.Node, part.Lane, part.Qty, part.LeavesAt.UTC(), part.Arrives.UTC()})
		}
		out.Lines[n] = line
	}
	if !p.Complete {
		out.look(order.OutlookOf(o, lines, market, p))
	}
	if !p.ArrivesBy.IsZero() {
		by := p.ArrivesBy.UTC()
		out.ArrivesBy = &by
	}
	if p.Complete && out.ArrivesBy != nil {
		expires := now.Add(order.QuoteLife)
		out.ExpiresAt = &expires
		out.Quote = e.QuoteKey.Token(&order.Quote{
			Channel: o.Channel, Goods: order.GoodsHash(o.ShipTo, o.ShipComplete, lines), ArrivesBy: *out.ArrivesBy, ExpiresAt: expires,
		})
	}
	w.Header().Set("Cache-Control", "no-store")
	httpd.WriteJSON(w, r, http.StatusOK, out)
}

// look adds what becomes of what is short.
func (p *Promised) look(later *order.Outlook) {
	for n, rest := range later.Lines {
		if rest != nil {
			p.Lines[n].Later = &PromisedRest{rest.Qty, rest.From.UTC(), rest.Arrives.UTC()}
		}
	}
	if all := later.Complete; all != nil {
		p.Later = &PromisedWhole{all.Decision.DecidedAt.UTC(), all.Split, all.ArrivesBy.UTC()}
	}
}

// readPromise returns the order that a body would make, or what is wrong with it.
func (e *Edge) readPromise(b *promiseBody) (*order.Record, []event.OrderLine, []httpd.Field) {
	r := &reading{edge: e, body: &Body{Channel: b.Channel}, out: &event.OrderSubmit{}}
	c, known := e.Channels[b.Channel]
	if !known {
		r.wrong("/channel", codeUnknown, "there is no channel %q", clip(b.Channel))
	}
	r.text("/company", b.Company, false)
	r.text("/customer", b.Customer, false)
	r.text("/service", b.Service, false)
	to := r.party("/ship_to", Party{ID: "-", Country: b.ShipTo.Country, Region: b.ShipTo.Region, PostalArea: b.ShipTo.PostalArea})
	to.PartyID = ""
	o := order.New()
	o.Channel, o.Company, o.ShipTo, o.NeededBy, o.ShipComplete = b.Channel, b.Company, to, b.NeededBy, c.ShipComplete
	o.Customer.PartyID = b.Customer
	if b.ShipComplete != nil {
		o.ShipComplete = *b.ShipComplete
	}
	lines := r.wanted(b.Lines)
	return o, lines, r.fields
}

// wanted reads lines that name items and quantities only.
func (r *reading) wanted(all []promiseLine) []event.OrderLine {
	if n := len(all); n < 1 || n > maxLines {
		r.wrong("/lines", codeRange, "it has 1 to %d lines, this one %d", maxLines, n)
		return nil
	}
	lines := make([]event.OrderLine, len(all))
	for n, l := range all {
		at := "/lines/" + strconv.Itoa(n)
		product, known := r.edge.Room.Item(r.body.Channel, l.SKU, r.edge.Now())
		if !known || !product.Active {
			r.wrong(at+"/sku", codeUnknown, "there is no item %q for sale", clip(l.SKU))
		}
		if l.Quantity < 1 || l.Quantity > maxQuantity {
			r.wrong(at+"/quantity", codeRange, "a quantity is from 1 to %d, got %d", maxQuantity, l.Quantity)
		}
		lines[n] = event.OrderLine{LineID: strconv.Itoa(n + 1), Sku: product.Sku, Kind: product.Kind, Qty: l.Quantity}
	}
	return lines
}

// quote takes the date of a promise that the order names: it holds for the same
// goods to the same place.
func (r *reading) quote() {
	if r.body.Quote == "" || len(r.fields) > 0 {
		return
	}
	q, err := r.edge.QuoteKey.Open(r.body.Quote, r.edge.now())
	switch {
	case q == nil:
		r.wrong("/quote", codeForged, "%v", err)
		return
	case errors.Is(err, order.ErrQuoteExpired):
		r.lapsed = true
	}
	if q.Channel != r.out.Channel || q.Goods != order.GoodsHash(r.out.ShipTo, r.out.ShipComplete, r.out.Lines) {
		r.wrong("/quote", codeDiffers, "the quote is for other goods, another place or another channel")
		return
	}
	if r.out.RequestedBy == nil {
		by := q.ArrivesBy
		r.out.RequestedBy = &by
	}
}
