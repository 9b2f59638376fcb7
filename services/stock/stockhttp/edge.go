// Package stockhttp shows what the stock entities hold, for operators and for the
// checks that units add up. Channels ask the availability edge instead.
package stockhttp

import (
	"net/http"
	"time"

	"github.com/millrace/millrace/platform/fault"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/streams"
)

// Config of the edge. All fields are required.
type Config struct {
	Room *stockstream.Room
	// Rows are the committed rows of this process.
	Rows    streams.Committed
	Write   gateway.Writer
	Schemas *codec.Schemas
	Now     func() time.Time
}

// Edge answers from the committed rows of this process, and writes down what is
// said about baselines and pools.
type Edge struct {
	Config
	staged *codec.Codec[event.InventoryBaseline]
	words  *codec.Codec[event.InventoryBaselineBatch]
	pools  *codec.Codec[event.InventoryPools]
}

// New makes the edge of a room whose topology runs where the rows come from.
func New(config Config) *Edge {
	return &Edge{
		Config: config,
		staged: codec.Of[event.InventoryBaseline](config.Schemas, topic.InventoryBaseline),
		words:  codec.Of[event.InventoryBaselineBatch](config.Schemas, topic.InventoryBaselineBatch),
		pools:  codec.Of[event.InventoryPools](config.Schemas, topic.InventoryPools),
	}
}

// Routes adds GET /v1/stock/summary: the sums over all items whose tasks are
// active in this process, as stock.Summary; and GET /v1/stock/items/{sku}: one of
// these items, as stock.Item; PUT /v1/stock/items/{sku}/pools says which of its
// units are kept for whom. Below /v1/stock/baselines are those of all sources:
//
//	GET  /v1/stock/baselines
//	GET  /v1/stock/baselines/{source}/{batch}
//	PUT  /v1/stock/baselines/{source}/{batch}
//	POST /v1/stock/baselines/{source}/{batch}/decision
func (e *Edge) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/stock/summary", e.summary)
	mux.HandleFunc("GET /v1/stock/items/{sku}", e.item)
	mux.HandleFunc("PUT /v1/stock/items/{sku}/pools", e.setPools)
	mux.HandleFunc("GET /v1/stock/baselines", e.baselines)
	mux.HandleFunc("GET /v1/stock/baselines/{source}/{batch}", e.baseline)
	mux.HandleFunc("PUT /v1/stock/baselines/{source}/{batch}", e.upload)
	mux.HandleFunc("POST /v1/stock/baselines/{source}/{batch}/decision", e.resolve)
}

func (e *Edge) summary(w http.ResponseWriter, r *http.Request) {
	sum, err := e.Room.Summary(e.Rows)
	if err != nil {
		httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, err))
		return
	}
	httpd.WriteCached(w, r, "no-cache", sum)
}

func (e *Edge) item(w http.ResponseWriter, r *http.Request) {
	item, err := e.Room.Item(e.Rows, r.PathValue("sku"))
	switch {
	case err != nil:
		httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, err))
	case item == nil:
		httpd.WriteError(w, r, httpd.NewProblem(http.StatusNotFound, "NOT_FOUND", "Nothing was ever heard of the stock of this item."))
	default:
		httpd.WriteCached(w, r, "no-cache", item)
	}
}
