package returnshttp

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/gateway"
)

// Returnable is what of an order may come back.
type Returnable struct {
	OrderID string           `json:"order_id"`
	AsOf    time.Time        `json:"as_of"`
	Lines   []ReturnableLine `json:"lines"`
}

// ReturnableLine is one line of goods of it.
type ReturnableLine struct {
	LineID    string     `json:"line_id"`
	SKU       string     `json:"sku"`
	UnitPrice string     `json:"unit_price"`
	Currency  string     `json:"currency"`
	Shipped   int64      `json:"shipped"`
	Returned  int64      `json:"returned"`        // units that returns hold
	Quantity  int64      `json:"quantity"`        // units that may be given back now
	Until     *time.Time `json:"until,omitempty"` // up to when; absent while nothing left
}

// returnable shows what of an order may come back.
func (e *Edge) returnable(w http.ResponseWriter, r *http.Request) {
	id, now := gateway.Named(r, event.OrderID), e.Now()
	lines, err := e.Room.Returnable(e.Runtime, id, now)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	if len(lines) == 0 {
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusNotFound, "ORDER_UNKNOWN", fmt.Sprintf("There is no order %s with goods.", r.PathValue("id"))))
		return
	}
	shown := Returnable{OrderID: id, AsOf: now.UTC(), Lines: []ReturnableLine{}}
	for _, l := range lines {
		shown.Lines = append(shown.Lines, ReturnableLine{
			LineID: l.LineID, SKU: l.Sku, UnitPrice: gateway.FormatPrice(l.UnitPriceE6, l.Currency), Currency: l.Currency,
			Shipped: l.Shipped, Returned: l.Returned, Quantity: l.Units, Until: l.Until,
		})
	}
	slices.SortFunc(shown.Lines, func(a, b ReturnableLine) int {
		return cmp.Or(cmp.Compare(len(a.LineID), len(b.LineID)), cmp.Compare(a.LineID, b.LineID))
	})
	httpd.WriteJSON(w, r, http.StatusOK, shown)
}
