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
// active in this process, as stock.Summary.
func (e *Edge) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/stock/summary", func(w http.ResponseWriter, r *http.Request) {
		sum, err := e.room.Summary(e.rows)
		if err != nil {
			httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, err))
			return
		}
		httpd.WriteCached(w, r, "no-cache", sum)
	})
}
