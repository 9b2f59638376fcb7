package stockhttp

import (
	"net/http"
	"time"

	"github.com/millrace/millrace/platform/fault"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/stock"
)

// Pools is what a person or a planning system says about the pools of an item.
type Pools struct {
	Version int64  `json:"version"`
	Pools   []Pool `json:"pools"`
}

// Pool is one of them. No channels or classes are all; without Until it has no end.
type Pool struct {
	Pool     string     `json:"pool"`
	Node     string     `json:"node"`
	Qty      int64      `json:"quantity"`
	Channels []string   `json:"channels,omitempty"`
	Classes  []string   `json:"classes,omitempty"`
	Until    *time.Time `json:"until,omitempty"`
}

// setPools writes the master row of an item's pools: 202, since the item's entity
// takes it, if no higher version was there before.
func (e *Edge) setPools(w http.ResponseWriter, r *http.Request) {
	var in Pools
	if err := httpd.DecodeRequest(r, &in); err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	row := event.InventoryPools{Sku: r.PathValue("sku"), Version: in.Version, PublishedAt: e.Now()}
	for _, p := range in.Pools {
		row.Pools = append(row.Pools, event.InventoryPool(p))
	}
	err := stock.CheckPools(&row)
	if err != nil || len(row.Sku) > maxText {
		httpd.WriteError(w, r, unprocessable(httpd.Field{Pointer: "/pools", Code: httpd.CodeRange, Detail: detailOf(err)}))
		return
	}
	value, err := e.pools.Append(nil, &row)
	if err == nil {
		_, _, err = e.Write(r.Context(), topic.InventoryPools.Name, row.Sku, value)
	}
	if err != nil {
		httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, err))
		return
	}
	w.Header().Set("Location", "/v1/stock/items/"+row.Sku)
	w.WriteHeader(http.StatusAccepted)
}

func detailOf(err error) string {
	if err == nil {
		return "A sku has at most 200 bytes."
	}
	return err.Error()
}
