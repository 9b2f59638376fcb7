package orderhttp

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/gateway"
)

// Bounds of what POST /v1/orders takes.
const (
	maxLines    = 1000
	maxQuantity = 1_000_000_000
	maxText     = 200 // bytes of ids and names
	maxNote     = 2000
)

// Codes of wrong fields, besides those of httpd.
const (
	codeRequired = "REQUIRED"
	codeRange    = "RANGE"
	codeUnknown  = "UNKNOWN_VALUE"
	codeDecimal  = "DECIMAL"
	codeSum      = "SUM"
	codeRepeated = "DUPLICATE"
)

// Body is an order as clients send it. Amounts and prices are decimal strings.
type Body struct {
	Channel       string     `json:"channel"`
	ExternalID    string     `json:"external_id"`
	Company       string     `json:"company"`
	Currency      string     `json:"currency"`
	Customer      Party      `json:"customer"`
	ShipTo        *Party     `json:"ship_to"`
	Lines         []BodyLine `json:"lines"`
	Shipping      string     `json:"shipping"`
	Total         *string    `json:"total"`
	ShipComplete  *bool      `json:"ship_complete"`
	Shortage      *string    `json:"shortage"`
	PurchaseOrder string     `json:"purchase_order"`
	Terms         *string    `json:"terms"`
	OrderedAt     *time.Time `json:"ordered_at"`
	RequestedBy   *time.Time `json:"requested_by"`
	Quote         string     `json:"quote"`
	Note          string     `json:"note"`
}

// Party names somebody without personal data.
type Party struct {
	ID         string `json:"id"`
	Country    string `json:"country"`
	Region     string `json:"region,omitempty"`
	PostalArea string `json:"postal_area,omitempty"`
}

// BodyLine is a line as clients send it.
type BodyLine struct {
	LineID      *string `json:"line_id"`
	SKU         string  `json:"sku"`
	Quantity    int64   `json:"quantity"`
	UnitPrice   string  `json:"unit_price"`
	Amount      *string `json:"amount"`
	Description string  `json:"description"`
	MinExpiry   *string `json:"min_expiry"`
}

// reading turns a body into a submission and collects what is wrong with it.
type reading struct {
	edge   *Edge
	body   *Body
	out    *event.OrderSubmit
	fields []httpd.Field
	// lapsed says that the order names a quote that has expired: it can only be a
	// repeat of one that was taken in time.
	lapsed bool
	// waits says that an item nobody knows holds the order, instead of refusing it.
	waits bool
}

// read returns the submission that a body asks for, without what the clock and
// chance add, or what is wrong with it.
func (e *Edge) read(b *Body) (s *event.OrderSubmit, lapsed bool, wrong []httpd.Field) {
	r := &reading{edge: e, body: b, out: &event.OrderSubmit{
		OrderID: event.OrderID(b.Channel, b.ExternalID), Channel: b.Channel, ExternalID: b.ExternalID, Company: b.Company,
		Currency: b.Currency, PurchaseOrder: b.PurchaseOrder, Source: "api", Note: b.Note, RequestedBy: b.RequestedBy,
	}}
	r.text("/external_id", b.ExternalID, true)
	r.text("/company", b.Company, false)
	r.text("/purchase_order", b.PurchaseOrder, false)
	if len(b.Note) > maxNote {
		r.wrong("/note", codeRange, "a note has at most %d bytes", maxNote)
	}
	if b.OrderedAt != nil {
		r.out.OrderedAt = b.OrderedAt.UTC()
	}
	r.channel()
	r.out.Customer = r.party("/customer", b.Customer)
	r.out.ShipTo = r.out.Customer
	if b.ShipTo != nil {
		r.out.ShipTo = r.party("/ship_to", *b.ShipTo)
	}
	r.terms()
	r.lines()
	r.total()
	r.quote()
	if len(r.fields) > 0 {
		return nil, false, r.fields
	}
	r.out.BodyHash = hash(r.asked())
	return r.out, r.lapsed, nil
}

// asked is the submission in the channel's own numbers, so that the same body is the
// same order whatever its numbers come to mean.
func (r *reading) asked() *event.OrderSubmit {
	said := *r.out
	said.Lines = slices.Clone(said.Lines)
	for n := range said.Lines {
		said.Lines[n].Sku = r.body.Lines[n].SKU
		if r.waits {
			said.Lines[n].Kind, said.Lines[n].Uom, said.Lines[n].Unmapped = "", "", false
		}
	}
	return &said
}

// hash tells two bodies apart by what they ask, not by how they write it.
func hash(s *event.OrderSubmit) string {
	canonical, err := json.Marshal(s)
	if err != nil { // strings, numbers and times always marshal
		panic(err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

func (r *reading) wrong(pointer, code, format string, args ...any) {
	if len(r.fields) < 50 {
		r.fields = append(r.fields, httpd.Field{Pointer: pointer, Code: code, Detail: fmt.Sprintf(format, args...)})
	}
}

// text checks a name or number: not too long and, as a part of ids, without
// control characters.
func (r *reading) text(pointer, value string, required bool) {
	switch {
	case value == "" && required:
		r.wrong(pointer, codeRequired, "it must not be empty")
	case len(value) > maxText:
		r.wrong(pointer, codeRange, "it has at most %d bytes", maxText)
	case strings.ContainsFunc(value, func(c rune) bool { return c < ' ' || c == 0x7f }):
		r.wrong(pointer, httpd.CodeFormat, "it must not have control characters")
	}
}

// channel checks the channel, and takes from it what the order leaves open.
func (r *reading) channel() {
	c, known := r.edge.Channels[r.body.Channel]
	if !known {
		r.wrong("/channel", codeUnknown, "there is no channel %q", r.body.Channel)
		return
	}
	if !c.Sells(r.body.Currency) {
		r.wrong("/currency", codeUnknown, "channel %s sells in %s, not in %q", c.ID, strings.Join(c.Currencies, ", "), r.body.Currency)
	}
	r.waits = c.TheirItems
	r.out.ShipComplete, r.out.Shortage = c.ShipComplete, event.ShortagePolicy(c.Shortage)
	if r.body.ShipComplete != nil {
		r.out.ShipComplete = *r.body.ShipComplete
	}
	if s := r.body.Shortage; s != nil {
		if *s != gateway.ShortageBackorder && *s != gateway.ShortageCancel {
			r.wrong("/shortage", codeUnknown, "it is %s or %s", gateway.ShortageBackorder, gateway.ShortageCancel)
		}
		r.out.Shortage = event.ShortagePolicy(*s)
	}
}

// terms takes when the buyer pays; without it the customer's own terms hold.
func (r *reading) terms() {
	if r.body.Terms == nil {
		return
	}
	terms := event.PaymentTerms(*r.body.Terms)
	switch terms {
	case event.PaymentTermsPrepaid, event.PaymentTermsAccount, event.PaymentTermsProforma:
		r.out.Terms = &terms
	default:
		r.wrong("/terms", codeUnknown, "it is %s, %s or %s", event.PaymentTermsPrepaid, event.PaymentTermsAccount, event.PaymentTermsProforma)
	}
}

func (r *reading) party(pointer string, p Party) event.PartyRef {
	r.text(pointer+"/id", p.ID, true)
	r.text(pointer+"/region", p.Region, false)
	r.text(pointer+"/postal_area", p.PostalArea, false)
	if len(p.Country) != 2 || strings.ToUpper(p.Country) != p.Country {
		r.wrong(pointer+"/country", httpd.CodeFormat, "want an ISO 3166-1 code of two capital letters, got %q", p.Country)
	}
	return event.PartyRef{PartyID: p.ID, Country: p.Country, Region: p.Region, PostalArea: p.PostalArea}
}

func (r *reading) lines() {
	if n := len(r.body.Lines); n < 1 || n > maxLines {
		r.wrong("/lines", codeRange, "an order has 1 to %d lines, this one %d", maxLines, n)
		return
	}
	seen := make(map[string]bool, len(r.body.Lines))
	for n := range r.body.Lines {
		l := r.line("/lines/"+strconv.Itoa(n), n)
		if seen[l.LineID] {
			r.wrong("/lines/"+strconv.Itoa(n)+"/line_id", codeRepeated, "line id %q stands twice", l.LineID)
		}
		seen[l.LineID] = true
		r.out.Lines = append(r.out.Lines, l)
	}
}

func (r *reading) line(at string, n int) event.OrderLine {
	b := &r.body.Lines[n]
	product, known := r.edge.Room.Item(r.body.Channel, b.SKU, r.edge.Now())
	l := event.OrderLine{LineID: strconv.Itoa(n + 1), Sku: product.Sku, Qty: b.Quantity, Description: b.Description}
	if b.LineID != nil {
		l.LineID = *b.LineID
		r.text(at+"/line_id", l.LineID, true)
	}
	if len(b.Description) > maxText {
		r.wrong(at+"/description", codeRange, "it has at most %d bytes", maxText)
	}
	l.MinExpiry = r.date(at+"/min_expiry", b.MinExpiry)
	l.Kind, l.Uom = product.Kind, product.Uom
	switch {
	case known && product.Active:
	case r.waits && b.SKU != "":
		r.text(at+"/sku", b.SKU, true)
		l.Sku, l.Kind, l.Uom, l.Unmapped = b.SKU, event.LineKindGoods, "EA", true
	default:
		r.wrong(at+"/sku", codeUnknown, "there is no item %q for sale", clip(b.SKU))
	}
	if b.Quantity < 1 || b.Quantity > maxQuantity {
		r.wrong(at+"/quantity", codeRange, "a quantity is from 1 to %d, got %d", maxQuantity, b.Quantity)
		return l
	}
	price, err := gateway.ParsePrice(b.UnitPrice)
	if err != nil || price < 0 {
		r.wrong(at+"/unit_price", codeDecimal, "want a decimal string of at least 0: %v", reason(err))
		return l
	}
	l.UnitPriceE6 = price
	r.amount(at, b, &l)
	return l
}

// date reads a day; it begins in UTC.
func (r *reading) date(at string, text *string) *time.Time {
	if text == nil {
		return nil
	}
	day, err := time.Parse(time.DateOnly, *text)
	if err != nil {
		r.wrong(at, httpd.CodeFormat, "want a date as YYYY-MM-DD, got %q", clip(*text))
		return nil
	}
	return &day
}

// dateOf writes a day, empty for none.
func dateOf(day *time.Time) string {
	if day == nil {
		return ""
	}
	return day.UTC().Format(time.DateOnly)
}

// amount prices a line; what the client says it costs must be the same.
func (r *reading) amount(at string, b *BodyLine, l *event.OrderLine) {
	amount, err := gateway.LineAmount(l.Qty, l.UnitPriceE6, r.body.Currency)
	if err != nil || amount > maxAmount {
		r.wrong(at+"/unit_price", codeRange, "the line costs more than an order can")
		return
	}
	l.Amount = amount
	if b.Amount == nil {
		return
	}
	said, err := gateway.ParseAmount(*b.Amount, r.body.Currency)
	switch {
	case err != nil:
		r.wrong(at+"/amount", codeDecimal, "%v", err)
	case said != amount:
		r.wrong(at+"/amount", codeSum, "%d times %s is %s, not %s", l.Qty, b.UnitPrice, gateway.FormatAmount(amount, r.body.Currency), *b.Amount)
	}
}

// maxAmount bounds a line and the freight in minor units, so that no sum of an
// order overflows.
const maxAmount = int64(1) << 50

// total adds up lines and freight; what the client says must be the same.
func (r *reading) total() {
	if r.body.Shipping != "" {
		shipping, err := gateway.ParseAmount(r.body.Shipping, r.body.Currency)
		if err != nil || shipping < 0 || shipping > maxAmount {
			r.wrong("/shipping", codeDecimal, "want a decimal string of at least 0: %v", reason(err))
		}
		r.out.Shipping = shipping
	}
	r.out.Total = r.out.Shipping
	for _, l := range r.out.Lines {
		r.out.Total += l.Amount
	}
	if r.body.Total == nil || len(r.fields) > 0 {
		return
	}
	said, err := gateway.ParseAmount(*r.body.Total, r.body.Currency)
	switch {
	case err != nil:
		r.wrong("/total", codeDecimal, "%v", err)
	case said != r.out.Total:
		r.wrong("/total", codeSum, "lines and freight add up to %s, not %s", gateway.FormatAmount(r.out.Total, r.body.Currency), *r.body.Total)
	}
}

func reason(err error) string {
	if err == nil {
		return "it is out of range"
	}
	return err.Error()
}

func clip(text string) string {
	if len(text) > maxText {
		return strings.ToValidUTF8(text[:maxText], "") + "..."
	}
	return text
}
