// Package settlementhttp shows the money of orders:
//
//	GET /v1/settlement/summary  of all orders, by currency
//	GET /v1/settlement/{id}     of one order, or of a return that is credited without one
//
// It reads the committed rows and decides nothing.
package settlementhttp

import (
	"fmt"
	"net/http"

	"github.com/millrace/millrace/platform/fault"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/settlement"
	"github.com/millrace/millrace/services/settlement/settlementstream"
	"github.com/millrace/millrace/streams"
)

// Config of the edge. All fields are required.
type Config struct {
	Room *settlementstream.Room
	// Rows are the committed rows of this process.
	Rows streams.Committed
}

// Edge serves /v1/settlement.
type Edge struct {
	Config
	forwarder *gateway.Forwarder
}

// New makes the edge of a room whose topology runs where the rows come from.
func New(config Config) *Edge { return &Edge{config, gateway.NewForwarder()} }

// Routes adds the endpoints.
func (e *Edge) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/settlement/summary", e.summary)
	mux.HandleFunc("GET /v1/settlement/{id}", e.get)
}

// summary adds up the money of the orders of this process, and of the returns that are
// credited without one.
func (e *Edge) summary(w http.ResponseWriter, r *http.Request) {
	sum, err := e.sum()
	if err != nil {
		e.fail(w, r, err)
		return
	}
	httpd.WriteJSON(w, r, http.StatusOK, sum)
}

func (e *Edge) sum() (Summary, error) {
	sum, all := Summary{Money: map[string]Money{}}, make(map[string]*amounts)
	var failed error
	err := e.Room.Scan(e.Rows, func(id string, o *settlement.Record) bool {
		if o.Currency == "" {
			return true
		}
		if o.Known { // else it is what a return is credited without an order
			sum.Orders++
		}
		if all[o.Currency] == nil {
			all[o.Currency] = new(amounts)
		}
		var tenders []*settlement.Tender
		if o.Payments > 0 || o.Captured > 0 {
			tenders, failed = e.Room.Tenders(e.Rows, id)
		}
		all[o.Currency].add(o, tenders)
		return failed == nil
	})
	if err == nil {
		err = failed
	}
	for code, a := range all {
		sum.Money[code] = a.view(code)
	}
	return sum, err
}

// get shows the money of one order, or of a return that is credited without one.
func (e *Edge) get(w http.ResponseWriter, r *http.Request) {
	id := gateway.Named(r, event.OrderID)
	o, err := e.Room.Order(e.Rows, id)
	if err == nil && (o == nil || !o.Known && !settlement.OfReturn(o)) {
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusNotFound, "ORDER_UNKNOWN", fmt.Sprintf("No order %s was accepted, and no return of that id credited without one.", r.PathValue("id"))))
		return
	}
	var shown Order
	if err == nil {
		shown, err = e.order(id, o)
	}
	if err != nil {
		e.fail(w, r, err)
		return
	}
	httpd.WriteJSON(w, r, http.StatusOK, shown)
}

// order reads everything of an order's money, or of a return's.
func (e *Edge) order(id string, o *settlement.Record) (Order, error) {
	tenders, err := e.Room.Tenders(e.Rows, id)
	if err != nil {
		return Order{}, err
	}
	bills, err := e.Room.Bills(e.Rows, id)
	if err != nil {
		return Order{}, err
	}
	credits, err := e.Room.Credits(e.Rows, id)
	if err != nil {
		return Order{}, err
	}
	return viewOf(id, o, tenders, bills, credits), nil
}

// fail answers with the problem that err is.
func (e *Edge) fail(w http.ResponseWriter, r *http.Request, err error) {
	if !e.forwarder.Refused(w, r, err) {
		httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, err))
	}
}
