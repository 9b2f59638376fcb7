package stock

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Summary adds up the stock of many items, in base units.
type Summary struct {
	SKUs              int64 `json:"skus"`
	OnHand            int64 `json:"on_hand"`
	Reserved          int64 `json:"reserved"`
	Available         int64 `json:"available"`          // what can be promised; a lack at one node takes nothing from another
	OversoldUnits     int64 `json:"oversold_units"`     // promised units that no sellable unit on hand stands behind
	NegativePositions int64 `json:"negative_positions"` // nodes of items whose available is below zero
	OverShipped       int64 `json:"over_shipped"`       // units shipped above what their reservation promised
	WaitingClaims     int64 `json:"waiting_claims"`     // orders in the queues of the items
	// Nodes holds what stands at each node, whoever owns it, to be compared with
	// the node's own books.
	Nodes map[string]int64 `json:"nodes"`
}

// Add counts one item. rules are as in Open.
func (s *Summary) Add(record *event.StockRecord, rules *Rules) {
	book := Book{record: record, rules: rules}
	if s.Nodes == nil {
		s.Nodes = make(map[string]int64)
	}
	s.SKUs++
	s.OverShipped += record.OverShipped
	s.WaitingClaims += record.Claims
	for i := range record.Nodes {
		n := &record.Nodes[i]
		s.Nodes[n.Node] += n.OnHand
		if n.Owner != rules.owner(n.Node) {
			continue
		}
		kept, free := taken(n), book.available(n)
		s.OnHand += n.OnHand
		s.Reserved += kept
		s.Available += max(0, free)
		s.OversoldUnits += min(kept, max(0, kept-(n.OnHand-n.Unsellable)))
		if free < 0 {
			s.NegativePositions++
		}
	}
}

// Spent says whether nothing of a holding can matter any more: nothing is open
// and nothing has happened to it since before.
func Spent(h *event.StockHolding, before time.Time) bool {
	for i := range h.Reservations {
		if h.Reservations[i].State != event.ReservationStateClosed {
			return false
		}
	}
	return h.TouchedAt.Before(before)
}
