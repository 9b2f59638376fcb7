// Package stockhttp shows what the stock entities hold, for operators and for the
// checks that units add up. Channels ask the availability edge instead.
package stockhttp

import (
	"net/http"

	"github.com/millrace/millrace/platform/fault"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/streams"
)

// Edge answers from the committed rows of this process.
type Edge struct {
	room *stockstream.Room
	rows streams.Committed
}

// New makes the edge of a room whose topology runs where rows come from.
func New(room *stockstream.Room, rows streams.Committed) *Edge { return &Edge{room, rows} }

// Routes adds GET /v1/stock/summary: the sums over all items whose tasks are
// active in this process, as stock.Summary; and GET /v1/stock/items/{sku}: one of
// these items, as stock.Item.
func (e *Edge) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/stock/summary", e.summary)
	mux.HandleFunc("GET /v1/stock/items/{sku}", e.item)
}

func (e *Edge) summary(w http.ResponseWriter, r *http.Request) {
	sum, err := e.room.Summary(e.rows)
	if err != nil {
		httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, err))
		return
	}
	httpd.WriteCached(w, r, "no-cache", sum)
}

func (e *Edge) item(w http.ResponseWriter, r *http.Request) {
	item, err := e.room.Item(e.rows, r.PathValue("sku"))
	switch {
	case err != nil:
		httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, err))
	case item == nil:
		httpd.WriteError(w, r, httpd.NewProblem(http.StatusNotFound, "NOT_FOUND", "Nothing was ever heard of the stock of this item."))
	default:
		httpd.WriteCached(w, r, "no-cache", item)
	}
}
