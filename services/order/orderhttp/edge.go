// Package orderhttp is the HTTP edge of orders: it checks the form of what
// clients send, writes commands, waits for the order entity's decision, and shows
// orders from the committed rows. It decides nothing itself: whether a submission
// is new, a repeat or a contradiction says the entity, so that it holds across
// processes and restarts.
package orderhttp

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/orderstream"
	"github.com/millrace/millrace/streams"
)

// Runtime is the process that runs the order topology; a streams.App is one.
type Runtime = streams.Awaiter

// Config of the edge. All fields are required.
type Config struct {
	Room     *orderstream.Room
	Runtime  Runtime
	Write    gateway.Writer
	Together gateway.Together
	Channels gateway.Channels
	Schemas  *codec.Schemas
	Now      func() time.Time
	// QuoteKey signs the quotes of promises; all processes have the same.
	QuoteKey order.QuoteKey
}

// Edge serves /v1/orders, /v1/promise and /v1/reservations.
type Edge struct {
	Config
	submits   *codec.Codec[event.OrderSubmit]
	cancels   *codec.Codec[event.OrderCancel]
	amends    *codec.Codec[event.OrderAmend]
	resolves  *codec.Codec[event.OrderResolve]
	reserves  *codec.Codec[event.OrderReserve]
	commands  *codec.Codec[event.InventoryCommand]
	forwarder *gateway.Forwarder
}

// New makes the edge.
func New(cfg Config) *Edge {
	return &Edge{
		Config:    cfg,
		submits:   codec.Of[event.OrderSubmit](cfg.Schemas, topic.OrderSubmit),
		cancels:   codec.Of[event.OrderCancel](cfg.Schemas, topic.OrderCancel),
		amends:    codec.Of[event.OrderAmend](cfg.Schemas, topic.OrderAmend),
		resolves:  codec.Of[event.OrderResolve](cfg.Schemas, topic.OrderResolve),
		reserves:  codec.Of[event.OrderReserve](cfg.Schemas, topic.OrderReserve),
		commands:  codec.Of[event.InventoryCommand](cfg.Schemas, topic.InventoryCommand),
		forwarder: gateway.NewForwarder(),
	}
}

// Routes adds the edge's routes.
func (e *Edge) Routes(mux *http.ServeMux) {
	mux.HandleFunc("POST /v1/orders", e.post)
	mux.HandleFunc("POST /v1/promise", e.promise)
	mux.HandleFunc("POST /v1/reservations", e.reserve)
	mux.HandleFunc("GET /v1/reservations/{id}", e.reservation)
	mux.HandleFunc("DELETE /v1/reservations/{id}", e.unreserve)
	mux.HandleFunc("POST /v1/reservations/{id}/extend", e.extend)
	mux.HandleFunc("GET /v1/orders", e.list)
	mux.HandleFunc("GET /v1/orders/summary", e.summary)
	mux.HandleFunc("GET /v1/orders/{id}", e.get)
	mux.HandleFunc("POST /v1/orders/{id}/cancel", e.cancel)
	mux.HandleFunc("POST /v1/orders/{id}/amend", e.amend)
	mux.HandleFunc("POST /v1/orders/{id}/resolve", e.resolve)
}

// get shows one order.
func (e *Edge) get(w http.ResponseWriter, r *http.Request) {
	id := idOf(r)
	f, err := e.Room.Facts(e.Runtime, id)
	switch {
	case err != nil:
		e.fail(w, r, err)
	case f == nil || f.Order.Phase == event.OrderPhaseNone || order.InBasket(f.Order):
		httpd.WriteProblem(w, r, unknown(r))
	default:
		httpd.WriteCached(w, r, "no-cache", viewOf(f))
	}
}

// idOf is the order id that the path names: an order id, or channel:number.
func idOf(r *http.Request) string { return gateway.Named(r, event.OrderID) }

func unknown(r *http.Request) *httpd.Problem {
	return httpd.NewProblem(http.StatusNotFound, "ORDER_UNKNOWN", fmt.Sprintf("There is no order %s.", r.PathValue("id")))
}

// decided writes a command about an order, with others in the same transaction if
// there are any, and waits until the entity has handled it. It returns the order's record, or nil when the time was up.
func (e *Edge) decided(r *http.Request, def topic.Def, id string, value []byte, with ...gateway.Command) (*order.Record, error) {
	record, _, err := gateway.Decided(r, gateway.With(e.Write, e.Together, with), e.Runtime, def, id, value, func(from streams.Committed) (*order.Record, error) {
		return e.Room.Order(from, id)
	})
	return record, err
}

// elsewhere answers a request about an order that another process owns, or whose
// rows are being restored, and reports whether it did. The body of r must not
// have been read.
func (e *Edge) elsewhere(w http.ResponseWriter, r *http.Request, id string) bool {
	if _, err := e.Runtime.Rows(orderstream.App, id); err != nil {
		e.fail(w, r, err)
		return true
	}
	return false
}

// fail answers with the problem that err is.
func (e *Edge) fail(w http.ResponseWriter, r *http.Request, err error) {
	var problem *httpd.Problem
	switch {
	case e.forwarder.Refused(w, r, err):
	case errors.As(err, &problem):
		httpd.WriteProblem(w, r, problem)
	default:
		httpd.WriteError(w, r, err)
	}
}
