package orderhttp

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/streams"
)

const (
	// keptByDefault is how long units are kept for a basket that names no end.
	keptByDefault = 15 * time.Minute
	// lookEvery is how often the rows are looked at while stock decides.
	lookEvery = 10 * time.Millisecond
)

// reserveBody is a basket as clients send it.
type reserveBody struct {
	Channel    string        `json:"channel"`
	ExternalID string        `json:"external_id"`
	Company    string        `json:"company"`
	Customer   Party         `json:"customer"`
	ShipTo     *Party        `json:"ship_to"`
	NeededBy   *time.Time    `json:"needed_by"`
	Until      *time.Time    `json:"until"`
	Lines      []reserveLine `json:"lines"`
}

// reserveLine is a line whose units may have to live until a day.
type reserveLine struct {
	promiseLine
	MinExpiry *string `json:"min_expiry"`
}

type extendBody struct {
	Until time.Time `json:"until"`
}

// Reservation is what is kept for a basket.
type Reservation struct {
	ReservationID string            `json:"reservation_id"` // the id that the order will have
	Status        event.BasketState `json:"status"`
	Until         *time.Time        `json:"until,omitempty"`
	Reason        string            `json:"reason,omitempty"`
	Lines         []ReservedLine    `json:"lines"`
}

// ReservedLine is how many units of an item are wanted, and who keeps them.
type ReservedLine struct {
	SKU       string         `json:"sku"`
	Quantity  int64          `json:"quantity"`
	MinExpiry string         `json:"min_expiry,omitempty"` // day before which its units must not expire
	Kept      []ReservedPart `json:"kept"`
}

// ReservedPart is what one node keeps of a line's item.
type ReservedPart struct {
	Node     string `json:"node"`
	Quantity int64  `json:"quantity"`
}

// reserve keeps units for a basket until it is ordered: 201 they are kept, 200 the
// same request was answered before, 202 stock has not answered, 409 it cannot.
func (e *Edge) reserve(w http.ResponseWriter, r *http.Request) {
	key, err := gateway.KeyOf(r)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	var body reserveBody
	if err := decodeTwice(r, &body); err != nil {
		e.fail(w, r, err)
		return
	}
	c, wrong := e.readBasket(&body)
	if len(wrong) > 0 {
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusUnprocessableEntity, "INVALID", "Nothing can be kept.").WithErrors(wrong...))
		return
	}
	if e.elsewhere(w, r, c.OrderID) {
		return
	}
	c.RequestID = key
	before, err := e.Room.Basket(e.Runtime, c.OrderID)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	repeated := before != nil && before.RequestID == key
	if !repeated && !e.ask(w, r, c) {
		return
	}
	b, err := e.settled(r, c.OrderID, func(b *order.Basket) bool { return b.State != event.BasketStateAsking })
	if err != nil {
		e.fail(w, r, err)
		return
	}
	o, err := e.Room.Order(e.Runtime, c.OrderID)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	if b == nil || b.RequestID != c.RequestID {
		httpd.WriteProblem(w, r, taken(c.OrderID, o != nil && order.InBasket(o)))
		return
	}
	e.answerBasket(w, r, c, b, repeated)
}

// ask writes a request about a basket and waits until the entity has it. It
// reports false when it has answered.
func (e *Edge) ask(w http.ResponseWriter, r *http.Request, c *event.OrderReserve) bool {
	c.RequestedAt = e.now()
	value, err := e.reserves.Append(nil, c)
	if err != nil {
		e.fail(w, r, err)
		return false
	}
	_, handled, err := gateway.Decided(r, e.Write, e.Runtime, topic.OrderReserve, c.OrderID, value, func(from streams.Committed) (*order.Record, error) {
		return e.Room.Order(from, c.OrderID)
	})
	switch {
	case err != nil:
		e.fail(w, r, err)
		return false
	case !handled:
		w.Header().Set("Location", "/v1/reservations/"+c.OrderID)
		httpd.WriteJSON(w, r, http.StatusAccepted, Reservation{ReservationID: c.OrderID, Status: event.BasketStateAsking, Lines: []ReservedLine{}})
	}
	return handled
}

// settled reads a basket once done says so, or when the client waits no longer;
// nil when there is none.
func (e *Edge) settled(r *http.Request, id string, done func(*order.Basket) bool) (*order.Basket, error) {
	ctx, stop := context.WithTimeout(r.Context(), gateway.WaitOf(r))
	defer stop()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		b, err := e.Room.Basket(e.Runtime, id)
		if err != nil || b == nil || done(b) {
			return b, err
		}
		select {
		case <-ctx.Done():
			return b, nil
		case <-look.C:
		}
	}
}

// answerBasket tells what became of a request to keep units.
func (e *Edge) answerBasket(w http.ResponseWriter, r *http.Request, c *event.OrderReserve, b *order.Basket, repeated bool) {
	w.Header().Set("Location", "/v1/reservations/"+c.OrderID)
	switch {
	case b.BodyHash != c.BodyHash:
		httpd.WriteProblem(w, r, mismatch("The idempotency key belongs to a request for other goods."))
	case b.State == event.BasketStateRefused:
		httpd.WriteProblem(w, r, short(b))
	case repeated:
		w.Header().Set(gateway.Replayed, "true")
		httpd.WriteJSON(w, r, http.StatusOK, reservationOf(c.OrderID, b))
	case b.State == event.BasketStateAsking:
		httpd.WriteJSON(w, r, http.StatusAccepted, reservationOf(c.OrderID, b))
	default:
		httpd.WriteJSON(w, r, http.StatusCreated, reservationOf(c.OrderID, b))
	}
}

// taken is the problem of a number that another request, or an order, has.
func taken(id string, inBasket bool) *httpd.Problem {
	if inBasket {
		return httpd.NewProblem(http.StatusConflict, "RESERVATION_EXISTS", "Units are kept under this number by another request; release them first, or order them.")
	}
	return httpd.NewProblem(http.StatusConflict, "ORDER_EXISTS", "The order "+id+" was submitted; see /v1/orders/"+id+".")
}

// short is the problem of a basket that stock cannot keep, line by line.
func short(b *order.Basket) *httpd.Problem {
	p := httpd.NewProblem(http.StatusConflict, "OUT_OF_STOCK", "Not all of it can be kept, so nothing is.")
	for n, l := range b.Lines {
		for _, could := range b.Could {
			if could.Sku == l.Sku && len(p.Errors) < 50 {
				p.Errors = append(p.Errors, httpd.Field{
					Pointer: "/lines/" + strconv.Itoa(n) + "/quantity", Code: b.Reason, Detail: fmt.Sprintf("%d could be kept now", could.Qty),
				})
			}
		}
	}
	return p
}

// reservation shows what is kept for a basket.
func (e *Edge) reservation(w http.ResponseWriter, r *http.Request) {
	id := idOf(r)
	if b := e.basket(w, r, id); b != nil {
		httpd.WriteCached(w, r, "no-cache", reservationOf(id, b))
	}
}

// basket reads a basket, or answers that there is none and returns nil.
func (e *Edge) basket(w http.ResponseWriter, r *http.Request, id string) *order.Basket {
	b, err := e.Room.Basket(e.Runtime, id)
	switch {
	case err != nil:
		e.fail(w, r, err)
	case b == nil:
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusNotFound, "RESERVATION_UNKNOWN", fmt.Sprintf("Nothing was ever kept as %s.", r.PathValue("id"))))
	}
	return b
}

// unreserve releases what is kept: 200 it is free, however often that is asked.
func (e *Edge) unreserve(w http.ResponseWriter, r *http.Request) {
	id := idOf(r)
	b := e.basket(w, r, id)
	if b == nil {
		return
	}
	if !e.ask(w, r, &event.OrderReserve{OrderID: id, Action: event.BasketActionRelease, RequestID: b.RequestID}) {
		return
	}
	switch b = e.basket(w, r, id); {
	case b == nil:
	case b.State == event.BasketStateOrdered:
		httpd.WriteProblem(w, r, taken(id, false))
	default:
		httpd.WriteJSON(w, r, http.StatusOK, reservationOf(id, b))
	}
}

// extend keeps units longer: 200 they are, 202 stock has not answered, 409 they
// are no longer kept.
func (e *Edge) extend(w http.ResponseWriter, r *http.Request) {
	id := idOf(r)
	key, err := gateway.KeyOf(r)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	if e.elsewhere(w, r, id) {
		return
	}
	var body extendBody
	if err := httpd.DecodeRequest(r, &body); err != nil {
		e.fail(w, r, err)
		return
	}
	if e.basket(w, r, id) == nil {
		return
	}
	until := body.Until.UTC().Truncate(time.Microsecond)
	if wrong := e.outside(until); wrong != "" {
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusUnprocessableEntity, "INVALID", "It cannot be kept so long.").WithErrors(httpd.Field{Pointer: "/until", Code: codeRange, Detail: wrong}))
		return
	}
	if !e.ask(w, r, &event.OrderReserve{OrderID: id, Action: event.BasketActionExtend, RequestID: key, Until: &until}) {
		return
	}
	b, err := e.settled(r, id, func(b *order.Basket) bool { return b.State != event.BasketStateKept || b.Extended == nil })
	switch {
	case err != nil:
		e.fail(w, r, err)
	case b == nil || b.State != event.BasketStateKept:
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusConflict, "RESERVATION_ENDED", "Nothing is kept any more, or not yet."))
	case b.Extended != nil:
		httpd.WriteJSON(w, r, http.StatusAccepted, reservationOf(id, b))
	default:
		httpd.WriteJSON(w, r, http.StatusOK, reservationOf(id, b))
	}
}

// outside says what is wrong with an end; empty when it can be kept.
func (e *Edge) outside(until time.Time) string {
	if now := e.now(); !until.After(now) || until.After(now.Add(order.MaxKept)) {
		return fmt.Sprintf("units are kept until a moment to come, at most %s from now", order.MaxKept)
	}
	return ""
}

// readBasket returns the request that a body makes, or what is wrong with it.
func (e *Edge) readBasket(b *reserveBody) (*event.OrderReserve, []httpd.Field) {
	r := &reading{edge: e, body: &Body{Channel: b.Channel}, out: &event.OrderSubmit{}}
	if _, known := e.Channels[b.Channel]; !known {
		r.wrong("/channel", codeUnknown, "there is no channel %q", clip(b.Channel))
	}
	r.text("/external_id", b.ExternalID, true)
	r.text("/company", b.Company, false)
	c := &event.OrderReserve{
		OrderID: event.OrderID(b.Channel, b.ExternalID), Action: event.BasketActionKeep, Channel: b.Channel, ExternalID: b.ExternalID,
		Company: b.Company, NeededBy: b.NeededBy, Customer: r.party("/customer", b.Customer),
	}
	c.ShipTo = c.Customer
	if b.ShipTo != nil {
		c.ShipTo = r.party("/ship_to", *b.ShipTo)
	}
	wanted := make([]promiseLine, len(b.Lines))
	for n, l := range b.Lines {
		wanted[n] = l.promiseLine
	}
	for n, l := range r.wanted(wanted) {
		at := "/lines/" + strconv.Itoa(n)
		lives := r.date(at+"/min_expiry", b.Lines[n].MinExpiry)
		if order.Reservable(l.Kind) {
			c.Lines = append(c.Lines, event.BasketLine{Sku: l.Sku, Qty: l.Qty, MinExpiry: lives})
		} else if len(r.fields) == 0 {
			r.wrong(at+"/sku", codeUnknown, "%s needs no stock, so nothing can be kept of it", clip(l.Sku))
		}
	}
	canonical, err := json.Marshal(c)
	if err != nil { // strings, numbers and times always marshal
		panic(err)
	}
	sum := sha256.Sum256(canonical)
	c.BodyHash = hex.EncodeToString(sum[:])
	until := e.now().Add(keptByDefault)
	if b.Until != nil {
		until = b.Until.UTC().Truncate(time.Microsecond)
	}
	if wrong := e.outside(until); wrong != "" {
		r.wrong("/until", codeRange, "%s", wrong)
	}
	c.Until = &until
	return c, r.fields
}

// confirm returns what keeps the units of an order's basket at stock until the
// order has taken them over; nothing when none are kept for it.
func (e *Edge) confirm(s *event.OrderSubmit) ([]gateway.Command, error) {
	b, err := e.Room.Basket(e.Runtime, s.OrderID)
	if err != nil || !order.Fits(b, s.Lines) {
		return nil, err
	}
	until := e.now().Add(order.ConfirmWithin)
	if b.Until.After(until) {
		until = b.Until
	}
	bySKU := make(map[string]*event.InventoryCommand)
	var skus []string
	for _, g := range b.Grants {
		c := bySKU[g.Sku]
		if c == nil {
			c = &event.InventoryCommand{
				CommandID: order.CommandID(s.OrderID, g.Sku, "confirm "+s.SubmissionID), OrderID: s.OrderID, Sku: g.Sku, Channel: s.Channel,
				Action: event.StockActionExtend, Mode: event.ReserveModeHold, ExpiresAt: &until, RequestedAt: e.now(),
			}
			bySKU[g.Sku], skus = c, append(skus, g.Sku)
		}
		c.ReservationIds = append(c.ReservationIds, g.ReservationID)
	}
	commands := make([]gateway.Command, len(skus))
	for n, sku := range skus {
		value, err := e.commands.Append(nil, bySKU[sku])
		if err != nil {
			return nil, fmt.Errorf("writing down that %s is kept longer: %w", sku, err)
		}
		commands[n] = gateway.Command{Topic: topic.InventoryCommand.Name, Key: sku, Value: value}
	}
	return commands, nil
}

func reservationOf(id string, b *order.Basket) Reservation {
	v := Reservation{ReservationID: id, Status: b.State, Reason: b.Reason, Lines: []ReservedLine{}}
	if b.State == event.BasketStateAsking || b.State == event.BasketStateKept {
		until := b.Until.UTC()
		v.Until = &until
	}
	dealt := make(map[string]bool)
	for _, l := range b.Lines {
		line := ReservedLine{SKU: l.Sku, Quantity: l.Qty, MinExpiry: dateOf(l.MinExpiry), Kept: []ReservedPart{}}
		for _, g := range b.Grants {
			if g.Sku == l.Sku && !dealt[l.Sku] {
				line.Kept = append(line.Kept, ReservedPart{g.Node, g.Qty})
			}
		}
		dealt[l.Sku] = true // an item in two lines shows its units once
		v.Lines = append(v.Lines, line)
	}
	return v
}
