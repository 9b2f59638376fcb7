// Package availabilityhttp is the HTTP edge of availability:
//
//	GET  /v1/availability?sku=A&sku=B&location=north&min_position=3:1042
//	POST /v1/availability:batchGet {"skus": [...], "locations": [...], "min_position": "3:1042"}
//
// Both take 1 to 100 skus. A location is a node; without one all are shown. A
// reader who knows a record of inventory.position, as partition:offset, asks with
// min_position to see at least that; the wait is bounded at 2 s, and an answer
// that does not show it is marked stale.
package availabilityhttp

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/availability/availabilitystream"
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
	room *availabilitystream.Room
}

// New makes the edge of a room.
func New(room *availabilitystream.Room) *Edge { return &Edge{room} }

// Routes adds the two endpoints.
func (e *Edge) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/availability", e.get)
	mux.HandleFunc("POST /v1/availability:batchGet", e.batchGet)
}

func (e *Edge) get(w http.ResponseWriter, r *http.Request) {
	q, err := queryOf(r.URL.Query())
	if err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	answer, err := e.answer(r.Context(), q)
	if err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	if one := answer.Items[0]; len(answer.Items) == 1 && !one.Known {
		httpd.WriteProblem(w, r, unknown(one.SKU, answer.Stale))
		return
	}
	if answer.Stale {
		httpd.WriteCached(w, r, "no-cache", answer)
		return
	}
	httpd.WriteCached(w, r, cacheControl, answer)
}

func (e *Edge) batchGet(w http.ResponseWriter, r *http.Request) {
	var q query
	if err := httpd.DecodeRequest(r, &q); err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	if err := q.check("/skus", "/min_position"); err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	answer, err := e.answer(r.Context(), &q)
	if err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	httpd.WriteJSON(w, r, http.StatusOK, answer)
}

// unknown is the problem of a single item. While the answer is stale nobody can
// say that an item is not known, so the client may ask again.
func unknown(sku string, stale bool) *httpd.Problem {
	if stale {
		return httpd.NewProblem(http.StatusServiceUnavailable, "NOT_READY", fmt.Sprintf("Nothing is known of sku %q yet, and availability is still being read.", sku))
	}
	return httpd.NewProblem(http.StatusNotFound, "SKU_UNKNOWN", fmt.Sprintf("There is no stock of sku %q at any location, nor was there ever.", sku))
}

func (e *Edge) answer(ctx context.Context, q *query) (*Answer, error) {
	behind := false
	if at := q.at; at != nil {
		bounded, cancel := context.WithTimeout(ctx, patience)
		behind = !e.room.Await(bounded, at.partition, at.offset)
		cancel()
	}
	rows, stale, err := e.room.Read(ctx, q.SKUs...)
	if err != nil {
		return nil, err
	}
	answer := &Answer{Stale: stale || behind, Items: make([]Item, len(rows))}
	for i, row := range rows {
		answer.Items[i] = itemOf(row, q.Locations)
	}
	return answer, nil
}

// Answer is the body of both endpoints.
type Answer struct {
	// Stale says that the items may be older than they should be.
	Stale bool   `json:"stale"`
	Items []Item `json:"items"` // in the order asked for
}

// Item is what can be sold of a sku, in base units.
type Item struct {
	SKU   string `json:"sku"`
	Known bool   `json:"known"` // false: all that follows is absent
	// Available is the sum over the locations shown; one that lacks units takes
	// nothing from what others have.
	Available int64      `json:"available"`
	Locations []Location `json:"locations"`
	Version   int64      `json:"version,omitempty"`
	AsOf      *time.Time `json:"as_of,omitempty"`
	Source    *Source    `json:"source,omitempty"`
}

// Location is what a node could promise; below zero it lacks units for what it
// has promised.
type Location struct {
	Location  string `json:"location"`
	Available int64  `json:"available"`
}

// Source is the record the answer was made from.
type Source struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// itemOf shows a row at the given locations, at all when there are none.
func itemOf(row availability.Row, locations []string) Item {
	item := Item{SKU: row.SKU, Locations: []Location{}}
	if row.Version == 0 {
		return item
	}
	source := Source(row.Source)
	item.Known, item.Version, item.AsOf, item.Source = true, row.Version, &row.AsOf, &source
	for _, n := range row.Nodes {
		if len(locations) == 0 || slices.Contains(locations, n.Node) {
			item.Locations = append(item.Locations, Location{n.Node, n.Available})
			item.Available += max(0, n.Available)
		}
	}
	return item
}
