package returnshttp

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/gateway"
)

// Bounds of what comes in.
const (
	maxLines    = 1000
	maxQuantity = 1_000_000_000
	maxText     = 200 // bytes
)

// wishBody is a wish to give goods back.
type wishBody struct {
	Channel     string     `json:"channel"`
	ExternalID  string     `json:"external_id"`
	Currency    string     `json:"currency"`
	Customer    party      `json:"customer"`
	Reason      string     `json:"reason"`
	RequestedAt *time.Time `json:"requested_at"`
	Lines       []wishLine `json:"lines"`
}

type party struct {
	ID         string `json:"id"`
	Country    string `json:"country"`
	Region     string `json:"region"`
	PostalArea string `json:"postal_area"`
}

type wishLine struct {
	SKU         string `json:"sku"`
	Quantity    int64  `json:"quantity"`
	UnitPrice   string `json:"unit_price"` // what was paid; needed without an order
	OrderID     string `json:"order_id"`
	LineID      string `json:"line_id"`
	ShipmentID  string `json:"shipment_id"`
	ExchangeSKU string `json:"exchange_sku"`
}

// receiptBody is goods that arrived.
type receiptBody struct {
	Node     string        `json:"node"`
	Final    bool          `json:"final"`
	Document string        `json:"document"`
	Customer *party        `json:"customer"`
	Lines    []receiptLine `json:"lines"`
}

type receiptLine struct {
	ReturnLine string `json:"return_line"`
	SKU        string `json:"sku"`
	Quantity   int64  `json:"quantity"`
	Lot        string `json:"lot"`
}

// verdictBody is what becomes of goods.
type verdictBody struct {
	Node     string        `json:"node"`
	Document string        `json:"document"`
	Currency string        `json:"currency"`
	Lines    []verdictLine `json:"lines"`
}

type verdictLine struct {
	receiptLine
	Disposition string `json:"disposition"`
	Allowance   string `json:"allowance"`
	Refused     bool   `json:"refused"`
}

// wordBody is a person's decision.
type wordBody struct {
	Action     string `json:"action"`
	ReturnLine string `json:"return_line"`
	OrderID    string `json:"order_id"`
	LineID     string `json:"line_id"`
	ShipmentID string `json:"shipment_id"`
	Quantity   int64  `json:"quantity"` // units to credit without an order; 0 for all that no order gives
	Amount     string `json:"amount"`   // what all of them are worth
	By         string `json:"by"`
}

// faults collects what is wrong with a body.
type faults []httpd.Field

func (f *faults) add(pointer, code, detail string) {
	*f = append(*f, httpd.Field{Pointer: pointer, Code: code, Detail: detail})
}

// text wants a text within its bounds.
func (f *faults) text(pointer, text string, needed bool) {
	if needed && text == "" || len(text) > maxText {
		f.add(pointer, httpd.CodeRange, fmt.Sprintf("It is needed, and bounded at %d bytes.", maxText))
	}
}

// units wants an item and a quantity.
func (f *faults) units(n int, sku string, qty int64) {
	f.text(fmt.Sprintf("/lines/%d/sku", n), sku, true)
	if qty < 1 || qty > maxQuantity {
		f.add(fmt.Sprintf("/lines/%d/quantity", n), httpd.CodeRange, fmt.Sprintf("a quantity is from 1 to %d", maxQuantity))
	}
}

func (f *faults) lines(n int) {
	if n < 1 || n > maxLines {
		f.add("/lines", httpd.CodeRange, fmt.Sprintf("there are 1 to %d lines", maxLines))
	}
}

func invalid(fields ...httpd.Field) *httpd.Problem {
	return httpd.NewProblem(http.StatusUnprocessableEntity, "INVALID", "The request has fields that cannot be accepted.").WithErrors(fields...)
}

// read reads a body, which stays readable for another process, and returns the
// request's key; empty when it has answered.
func (e *Edge) read(w http.ResponseWriter, r *http.Request, body any) string {
	key, err := gateway.KeyOf(r)
	if err == nil {
		var kept bytes.Buffer
		r.Body = io.NopCloser(io.TeeReader(r.Body, &kept))
		err = httpd.DecodeRequest(r, body)
		r.Body = io.NopCloser(&kept)
	}
	if err != nil {
		e.fail(w, r, err)
		return ""
	}
	return key
}

func (e *Edge) now() time.Time { return e.Now().UTC().Truncate(time.Microsecond) }

// elsewhere answers a request about a return of another process, and reports
// whether it did.
func (e *Edge) elsewhere(w http.ResponseWriter, r *http.Request, id string) bool {
	if _, err := e.Room.Return(e.Runtime, id); err != nil {
		e.fail(w, r, err)
		return true
	}
	return false
}

// maybe is a pointer to a text, nil for an empty one.
func maybe(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (p party) ref() event.PartyRef {
	return event.PartyRef{PartyID: p.ID, Country: p.Country, Region: p.Region, PostalArea: p.PostalArea}
}

// request takes a wish: 201, again for the same number, which changes nothing.
func (e *Edge) request(w http.ResponseWriter, r *http.Request) {
	var body wishBody
	key := e.read(w, r, &body)
	if key == "" {
		return
	}
	q := event.ReturnRequested{
		ReturnID: event.ReturnID(body.Channel, body.ExternalID), Channel: body.Channel, ExternalID: body.ExternalID, Customer: body.Customer.ref(),
		Currency: body.Currency, Reason: body.Reason, RequestedAt: e.now(),
	}
	if body.RequestedAt != nil {
		q.RequestedAt = body.RequestedAt.UTC().Truncate(time.Microsecond)
	}
	var wrong faults
	wrong.lines(len(body.Lines))
	wrong.text("/channel", body.Channel, true)
	wrong.text("/external_id", body.ExternalID, true)
	wrong.text("/customer/id", body.Customer.ID, true)
	wrong.text("/reason", body.Reason, false)
	if !gateway.Agree(key, body.Channel, body.ExternalID) {
		wrong.add("/external_id", gateway.CodeMismatch, "the idempotency key is external_id, or channel:external_id")
	}
	for n, l := range body.Lines {
		if n == maxLines {
			break
		}
		line, err := l.line(body.Currency)
		if err != nil {
			wrong.add(fmt.Sprintf("/lines/%d/unit_price", n), httpd.CodeFormat, err.Error())
		}
		if (l.OrderID == "") != (l.LineID == "") {
			wrong.add(fmt.Sprintf("/lines/%d/line_id", n), httpd.CodeRange, "order_id and line_id go together")
		}
		wrong.units(n, l.SKU, l.Quantity)
		q.Lines = append(q.Lines, line)
	}
	if len(wrong) == 0 && e.elsewhere(w, r, q.ReturnID) {
		return
	}
	value, err := e.wishes.Append(nil, &q)
	e.finish(w, r, topic.ReturnRequested, q.ReturnID, wrong, value, err, http.StatusCreated)
}

func (l *wishLine) line(currency string) (event.ReturnLine, error) {
	line := event.ReturnLine{
		LineID: l.LineID, Sku: l.SKU, Kind: event.LineKindGoods, Qty: l.Quantity, OrderID: maybe(l.OrderID), ShipmentID: maybe(l.ShipmentID), ExchangeSku: maybe(l.ExchangeSKU),
	}
	if l.UnitPrice == "" && l.OrderID != "" {
		return line, nil // the order knows what was paid
	}
	price, err := gateway.ParsePrice(l.UnitPrice)
	if err != nil {
		return line, err
	}
	line.UnitPriceE6 = price
	line.Amount, err = gateway.LineAmount(l.Quantity, price, currency)
	return line, err
}

// finish writes what was read, or answers what is wrong with it.
func (e *Edge) finish(w http.ResponseWriter, r *http.Request, def topic.Def, id string, wrong faults, value []byte, err error, done int) {
	switch {
	case len(wrong) > 0:
		httpd.WriteProblem(w, r, invalid(wrong...))
	case err != nil:
		e.fail(w, r, err)
	default:
		e.take(w, r, def, id, value, done)
	}
}

// receive takes goods that arrived: a fact, also of a return that nobody asked
// for. The idempotency key is the receipt's id.
func (e *Edge) receive(w http.ResponseWriter, r *http.Request) {
	id := idOf(r)
	var body receiptBody
	key := e.read(w, r, &body)
	if key == "" || e.elsewhere(w, r, id) {
		return
	}
	x := event.ReturnReceived{ReturnID: id, ReceiptID: key, Node: body.Node, Final: body.Final, Source: "api", Document: body.Document, ReceivedAt: e.now()}
	if body.Customer != nil {
		ref := body.Customer.ref()
		x.Customer = &ref
	}
	var wrong faults
	wrong.text("/node", body.Node, true)
	wrong.text("/document", body.Document, false)
	if !body.Final {
		wrong.lines(len(body.Lines))
	}
	for n, l := range body.Lines[:min(len(body.Lines), maxLines)] {
		wrong.units(n, l.SKU, l.Quantity)
		x.Lines = append(x.Lines, event.ReceivedLine{ReturnLine: l.ReturnLine, Sku: l.SKU, Qty: l.Quantity, Lot: l.Lot})
	}
	value, err := e.receipts.Append(nil, &x)
	e.finish(w, r, topic.ReturnReceived, id, wrong, value, err, http.StatusOK)
}

// dispose takes what becomes of goods. The idempotency key is the decision's id.
func (e *Edge) dispose(w http.ResponseWriter, r *http.Request) {
	id := idOf(r)
	var body verdictBody
	key := e.read(w, r, &body)
	if key == "" || e.elsewhere(w, r, id) {
		return
	}
	x := event.ReturnDispositioned{ReturnID: id, DispositionID: key, Node: body.Node, Currency: body.Currency, Source: "api", Document: body.Document, DispositionedAt: e.now()}
	var wrong faults
	wrong.text("/node", body.Node, true)
	wrong.text("/document", body.Document, false)
	wrong.lines(len(body.Lines))
	for n, l := range body.Lines[:min(len(body.Lines), maxLines)] {
		wrong.units(n, l.SKU, l.Quantity)
		line := event.DispositionLine{ReturnLine: l.ReturnLine, Sku: l.SKU, Qty: l.Quantity, Lot: l.Lot, Disposition: event.Disposition(l.Disposition), Refused: l.Refused}
		if !known[line.Disposition] {
			line.Disposition = event.DispositionUnknown
			wrong.add(fmt.Sprintf("/lines/%d/disposition", n), httpd.CodeFormat, "want RESTOCK, B_GRADE, REFURBISH, RETURN_TO_VENDOR, QUARANTINE, SCRAP, DONATE or KEEP_WITH_ALLOWANCE")
		}
		if l.Allowance != "" {
			amount, err := gateway.ParseAmount(l.Allowance, body.Currency)
			if err != nil || amount < 0 {
				wrong.add(fmt.Sprintf("/lines/%d/allowance", n), httpd.CodeFormat, "want an amount of the currency, not below zero")
			}
			line.Allowance = amount
		}
		x.Lines = append(x.Lines, line)
	}
	value, err := e.verdicts.Append(nil, &x)
	e.finish(w, r, topic.ReturnDispositioned, id, wrong, value, err, http.StatusOK)
}

// known are the dispositions that a node may state.
var known = map[event.Disposition]bool{
	event.DispositionRestock: true, event.DispositionBGrade: true, event.DispositionRefurbish: true, event.DispositionReturnToVendor: true,
	event.DispositionQuarantine: true, event.DispositionScrap: true, event.DispositionDonate: true, event.DispositionKeepWithAllowance: true,
}

// resolve takes a person's decision. The idempotency key is its id.
func (e *Edge) resolve(w http.ResponseWriter, r *http.Request) {
	id := idOf(r)
	var body wordBody
	key := e.read(w, r, &body)
	if key == "" || e.elsewhere(w, r, id) {
		return
	}
	x := event.ReturnResolve{
		RequestID: key, ReturnID: id, Action: event.ReturnResolution(body.Action), ReturnLine: body.ReturnLine, OrderID: maybe(body.OrderID), LineID: maybe(body.LineID),
		ShipmentID: maybe(body.ShipmentID), AskedBy: body.By, RequestedAt: e.now(),
	}
	var wrong faults
	wrong.text("/by", body.By, true)
	switch x.Action {
	case event.ReturnResolutionMatch:
		wrong.text("/return_line", body.ReturnLine, true)
		wrong.text("/order_id", body.OrderID, true)
		wrong.text("/line_id", body.LineID, true)
	case event.ReturnResolutionWithoutReference:
		if problem := e.credit(&x, &body, &wrong); problem != nil {
			e.fail(w, r, problem)
			return
		}
	case event.ReturnResolutionRefuse, event.ReturnResolutionCancel, event.ReturnResolutionLost, event.ReturnResolutionAskAgain:
	default:
		x.Action = event.ReturnResolutionNone
		wrong.add("/action", httpd.CodeFormat, "want match, without_reference, refuse, cancel, lost or ask_again")
	}
	value, err := e.words.Append(nil, &x)
	e.finish(w, r, topic.ReturnResolve, id, wrong, value, err, http.StatusOK)
}
