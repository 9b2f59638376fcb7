// Package availabilityhttp is the HTTP edge of availability:
//
//	GET  /v1/availability?sku=A&sku=B&channel=shop&location=north&min_position=3:1042
//	POST /v1/availability:batchGet {"skus": [...], "channel": "shop", "locations": [...], "min_position": "3:1042"}
//	GET  /v1/availability/{sku}/explain?channel=shop
//	GET  /v1/availability/changes (a stream, see changes.go)
//
// The first two take 1 to 100 skus. A location is a node; without one all are
// shown, or those that ship for the channel. A reader who knows a record of
// inventory.position, as partition:offset, asks with min_position to see at least
// that; the wait is bounded at 2 s, and an answer that does not show it is marked
// stale. What a channel is shown of a stale answer is its own policy.
package availabilityhttp

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/availability/availabilitystream"
	"github.com/millrace/millrace/services/gateway"
)

const (
	// cacheControl lets a proxy serve a second, longer while it asks anew or when
	// nobody answers: availability promises nothing.
	cacheControl = "max-age=1, stale-while-revalidate=5, stale-if-error=60"
	// patience bounds how long a read waits for its min_position.
	patience = 2 * time.Second
)

// Edge answers from a room.
type Edge struct {
	room     *availabilitystream.Room
	channels gateway.Channels
	streams  chan struct{} // one token an open stream
}

// New makes the edge of a room for the channels that may ask.
func New(room *availabilitystream.Room, channels gateway.Channels) (*Edge, error) {
	for id, c := range channels {
		if err := StalenessOf(c).Check(); err != nil {
			return nil, fmt.Errorf("channel %s: %w", id, err)
		}
	}
	return &Edge{room: room, channels: channels, streams: make(chan struct{}, maxStreams)}, nil
}

// StalenessOf is what a channel accepts of old answers.
func StalenessOf(c gateway.Channel) availability.Staleness {
	return availability.Staleness{After: c.StaleAfter, Policy: c.StalePolicy, Percent: c.StalePercent}
}

// Routes adds the endpoints.
func (e *Edge) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/availability", e.get)
	mux.HandleFunc("POST /v1/availability:batchGet", e.batchGet)
	mux.HandleFunc("GET /v1/availability/{sku}/explain", e.explain)
	mux.HandleFunc("GET /v1/availability/changes", e.changes)
}

func (e *Edge) get(w http.ResponseWriter, r *http.Request) {
	q, err := queryOf(r.URL.Query(), false)
	if err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	a, err := e.answer(r.Context(), q)
	if err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	if a.unknown() {
		httpd.WriteProblem(w, r, unknown(a.reading.Items[0].SKU, a.stale))
		return
	}
	write(w, r, a)
}

// write answers a read under its entity tag, or with 304 when the client has it.
func write(w http.ResponseWriter, r *http.Request, a *answer) {
	body := a.append(make([]byte, 0, 256*len(a.reading.Items)))
	tag := httpd.ETagOf(body)
	h := w.Header()
	h["Etag"] = []string{tag}
	h["Cache-Control"] = []string{a.cacheControl()}
	if httpd.NotModified(r, tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	send(w, body)
}

func (a *answer) cacheControl() string {
	if a.stale {
		return "no-cache"
	}
	return cacheControl
}

// unknown says that all that was asked for is one item nobody ever heard of.
func (a *answer) unknown() bool {
	return len(a.reading.Items) == 1 && !a.reading.Items[0].Known
}

// send says how long the body is, since the server would send a long one in
// chunks else.
func send(w http.ResponseWriter, body []byte) {
	body = append(body, '\n')
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	_, _ = w.Write(body)
}

func (e *Edge) batchGet(w http.ResponseWriter, r *http.Request) {
	var q query
	if err := decode(r, &q); err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	if err := q.check("/"); err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	a, err := e.answer(r.Context(), &q)
	if err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	send(w, a.append(make([]byte, 0, 256*len(a.reading.Items))))
}

// unknown is the problem of a single item. While the answer is stale nobody can
// say that an item is not known, so the client may ask again.
func unknown(sku string, stale bool) *httpd.Problem {
	if stale {
		return httpd.NewProblem(http.StatusServiceUnavailable, "NOT_READY", fmt.Sprintf("Nothing is known of sku %q yet, and availability is still being read.", sku))
	}
	return httpd.NewProblem(http.StatusNotFound, "SKU_UNKNOWN", fmt.Sprintf("There is no stock of sku %q at any location, nor was there ever.", sku))
}

// answer reads what is asked and decides how it is shown.
func (e *Edge) answer(ctx context.Context, q *query) (*answer, error) {
	view, staleness, err := e.viewOf(q)
	if err != nil {
		return nil, err
	}
	behind := false
	if at := q.at; at != nil {
		bounded, cancel := context.WithTimeout(ctx, patience)
		behind = !e.room.Await(bounded, at.partition, at.offset)
		cancel()
	}
	reading, err := e.room.Read(ctx, q.SKUs...)
	if err != nil {
		return nil, err
	}
	a := &answer{reading: reading, view: view, stale: behind || reading.Stale || staleness.Old(reading.Age)}
	return a, a.follow(staleness)
}

// viewOf is what a buyer is shown at some locations; without a channel and a class
// that is all there is.
func (e *Edge) viewOf(q *query) (view availability.View, s availability.Staleness, err error) {
	view.Channel, view.Class, view.Bought = q.Channel, q.Class, q.Channel != "" || q.Class != ""
	if len(q.Locations) > 0 {
		view.Locations = q.Locations
	}
	if q.Channel == "" {
		return view, s, nil
	}
	channel, ok := e.channels[q.Channel]
	if !ok {
		return view, s, invalid(httpd.Field{Pointer: "channel", Code: "CHANNEL_UNKNOWN", Detail: fmt.Sprintf("There is no channel %q.", q.Channel)})
	}
	switch {
	case len(channel.Nodes) == 0:
	case view.Locations == nil:
		view.Locations = channel.Nodes
	default:
		view.Locations = slices.DeleteFunc(slices.Clone(q.Locations), func(l string) bool { return !slices.Contains(channel.Nodes, l) })
	}
	return view, StalenessOf(channel), nil
}

// follow does what a channel wants when the answer is stale.
func (a *answer) follow(s availability.Staleness) error {
	switch {
	case !a.stale:
	case s.Policy == availability.StaleRefuse:
		return httpd.NewProblem(http.StatusServiceUnavailable, "AVAILABILITY_STALE", "What is known of availability is older than the channel accepts.")
	case s.Policy == availability.StaleReduce:
		a.view.Reduced, a.view.Percent, a.reduced = true, s.Percent, true
	}
	return nil
}
