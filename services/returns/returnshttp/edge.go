// Package returnshttp is the HTTP edge of returns:
//
//	POST /v1/returns                a buyer wants to give goods back
//	GET  /v1/returns?waiting=true   returns, the newest first; those that wait for a person
//	GET  /v1/returns/summary        what became of all returns
//	GET  /v1/returns/{id}
//	POST /v1/returns/{id}/receive   goods arrived
//	POST /v1/returns/{id}/dispose   what becomes of them
//	POST /v1/returns/{id}/resolve   a person matches, credits, refuses, or ends it
//	GET  /v1/orders/{id}/returnable what of an order may come back
//
// It checks the form of what comes in, writes it down, waits until the return has
// taken it, and shows returns from the committed rows. It decides nothing.
package returnshttp

import (
	"fmt"
	"net/http"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/returns"
	"github.com/millrace/millrace/services/returns/returnsstream"
	"github.com/millrace/millrace/streams"
)

// Config of the edge. All fields are required.
type Config struct {
	Room    *returnsstream.Room
	Runtime streams.Awaiter
	Write   gateway.Writer
	Schemas *codec.Schemas
	Now     func() time.Time
}

// Edge serves /v1/returns.
type Edge struct {
	Config
	wishes    *codec.Codec[event.ReturnRequested]
	receipts  *codec.Codec[event.ReturnReceived]
	verdicts  *codec.Codec[event.ReturnDispositioned]
	words     *codec.Codec[event.ReturnResolve]
	forwarder *gateway.Forwarder
}

// New makes the edge.
func New(config Config) *Edge {
	return &Edge{
		Config:    config,
		wishes:    codec.Of[event.ReturnRequested](config.Schemas, topic.ReturnRequested),
		receipts:  codec.Of[event.ReturnReceived](config.Schemas, topic.ReturnReceived),
		verdicts:  codec.Of[event.ReturnDispositioned](config.Schemas, topic.ReturnDispositioned),
		words:     codec.Of[event.ReturnResolve](config.Schemas, topic.ReturnResolve),
		forwarder: gateway.NewForwarder(),
	}
}

// Routes adds the endpoints.
func (e *Edge) Routes(mux *http.ServeMux) {
	mux.HandleFunc("POST /v1/returns", e.request)
	mux.HandleFunc("GET /v1/returns", e.list)
	mux.HandleFunc("GET /v1/returns/summary", e.summary)
	mux.HandleFunc("GET /v1/returns/{id}", e.get)
	mux.HandleFunc("POST /v1/returns/{id}/receive", e.receive)
	mux.HandleFunc("POST /v1/returns/{id}/dispose", e.dispose)
	mux.HandleFunc("POST /v1/returns/{id}/resolve", e.resolve)
	mux.HandleFunc("GET /v1/orders/{id}/returnable", e.returnable)
}

// get shows one return.
func (e *Edge) get(w http.ResponseWriter, r *http.Request) {
	id := idOf(r)
	record, err := e.Room.Return(e.Runtime, id)
	switch {
	case err != nil:
		e.fail(w, r, err)
	case record == nil:
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusNotFound, "RETURN_UNKNOWN", fmt.Sprintf("There is no return %s.", r.PathValue("id"))))
	default:
		e.show(w, r, http.StatusOK, id, record)
	}
}

// idOf is the return id that the path names: a return id, or channel:number.
func idOf(r *http.Request) string { return gateway.Named(r, event.ReturnID) }

// take writes something about a return and waits until the return has taken it:
// then the status is done, and 202 when the time was up.
func (e *Edge) take(w http.ResponseWriter, r *http.Request, def topic.Def, id string, value []byte, done int) {
	read := func(from streams.Committed) (*returns.Record, error) { return e.Room.Return(from, id) }
	record, taken, err := gateway.Decided(r, e.Write, e.Runtime, def, id, value, read)
	if err == nil && !taken {
		done = http.StatusAccepted
		record, err = read(e.Runtime)
	}
	if err != nil {
		e.fail(w, r, err)
		return
	}
	w.Header().Set("Location", "/v1/returns/"+id)
	e.show(w, r, done, id, record)
}

// show writes a return as it stands; of one that is not known yet its id alone.
func (e *Edge) show(w http.ResponseWriter, r *http.Request, status int, id string, record *returns.Record) {
	if record == nil {
		httpd.WriteJSON(w, r, status, Return{Row: Row{ReturnID: id, State: event.ReturnStateNone}, Lines: []Line{}})
		return
	}
	entries, err := e.Room.Entries(e.Runtime, id)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	httpd.WriteJSON(w, r, status, viewOf(id, record, entries))
}

// fail answers with the problem that err is.
func (e *Edge) fail(w http.ResponseWriter, r *http.Request, err error) {
	if !e.forwarder.Refused(w, r, err) {
		httpd.WriteError(w, r, err)
	}
}
