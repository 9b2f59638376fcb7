package availabilityhttp

import (
	"fmt"
	"net/http"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/services/availability"
)

// Explanation says how what can be sold of an item comes about.
type Explanation struct {
	SKU       string `json:"sku"`
	Channel   string `json:"channel,omitempty"`
	Available int64  `json:"available"`
	// Stale says that it may be older than it should be, and Age by how much.
	Stale bool  `json:"stale"`
	Age   int64 `json:"age_ms"`
	// Rules are sentences: what was counted, and what not, and why.
	Rules     []string         `json:"rules"`
	Positions []Position       `json:"positions"` // of the item; of a kit, of its parts
	Kit       []KitExplanation `json:"kit,omitempty"`
}

// Position is the stock of an item at all nodes, from one record.
type Position struct {
	SKU     string         `json:"sku"`
	Version int64          `json:"version"`
	AsOf    time.Time      `json:"as_of"`
	Source  Source         `json:"source"`
	Nodes   []NodeAccounts `json:"locations"`
}

// NodeAccounts are the parts of what a node can promise: available = on_hand -
// unsellable - reserved - safety_stock.
type NodeAccounts struct {
	Location    string `json:"location"`
	OnHand      int64  `json:"on_hand"`
	Unsellable  int64  `json:"unsellable"`
	Reserved    int64  `json:"reserved"`
	SafetyStock int64  `json:"safety_stock"`
	Available   int64  `json:"available"`
	Counted     bool   `json:"counted"` // it is among the locations of the channel
}

// KitExplanation says how many kits a part suffices for.
type KitExplanation struct {
	SKU       string `json:"sku"`
	Quantity  int64  `json:"quantity"` // in one kit
	Available int64  `json:"available"`
	Kits      int64  `json:"kits"`
}

func (e *Edge) explain(w http.ResponseWriter, r *http.Request) {
	values := r.URL.Query()
	values.Set("sku", r.PathValue("sku"))
	q, err := queryOf(values, false)
	if err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	policy := stalenessOf(e.channels[q.Channel])
	ask := *q
	ask.Channel = "" // the channel's policy must not hide what is to be explained
	a, err := e.answer(r.Context(), &ask)
	if err == nil {
		a.view, _, err = e.viewOf(q.Channel, q.Locations)
	}
	if err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	if !a.reading.Items[0].Known {
		httpd.WriteProblem(w, r, unknown(a.reading.Items[0].SKU, a.stale))
		return
	}
	a.stale = a.stale || policy.Old(a.reading.Age)
	httpd.WriteCached(w, r, "no-cache", e.explanation(q, a, policy))
}

func (e *Edge) explanation(q *query, a *answer, policy availability.Staleness) Explanation {
	item := &a.reading.Items[0]
	x := Explanation{
		SKU: item.SKU, Channel: q.Channel, Stale: a.stale, Age: a.reading.Age.Milliseconds(), Available: item.Total(a.view),
		Rules:     []string{"available = on_hand - unsellable - reserved - safety_stock; a location below zero takes nothing from others."},
		Positions: []Position{},
	}
	if a.view.Locations != nil {
		x.Rules = append(x.Rules, fmt.Sprintf("Only the locations %q count.", a.view.Locations))
	}
	if a.stale {
		x.Rules = append(x.Rules, staleRule(policy))
	}
	rows := []availability.Row{item.Row}
	if item.Parts != nil {
		rows = item.PartRows
		x.Rules = append(x.Rules, "A kit can be sold as often as the scarcest of its parts gives whole sets, wherever the parts stand.")
	}
	for i, part := range item.Parts {
		total := a.view.Total(item.PartRows[i])
		x.Kit = append(x.Kit, KitExplanation{SKU: part.Sku, Quantity: part.Qty, Available: total, Kits: availability.Sets(item.Parts[i:i+1], []int64{total})})
	}
	for _, row := range rows {
		if p, ok := e.position(row.SKU, a.view); ok {
			x.Positions = append(x.Positions, p)
		}
	}
	return x
}

func staleRule(s availability.Staleness) string {
	switch s.Policy {
	case availability.StaleReduce:
		return fmt.Sprintf("The answer is stale: the channel is shown %d percent of it.", s.Percent)
	case availability.StaleRefuse:
		return "The answer is stale: the channel is refused."
	default:
		return "The answer is stale: the channel is shown the last known one."
	}
}

// position is what the process knows of an item itself, whatever the shared
// cache says.
func (e *Edge) position(sku string, view availability.View) (Position, bool) {
	p, at, ok := e.room.Position(sku)
	if !ok {
		return Position{}, false
	}
	shown := Position{SKU: sku, Version: p.Version, AsOf: p.AsOf, Source: Source(at), Nodes: make([]NodeAccounts, len(p.Nodes))}
	for i, n := range p.Nodes {
		shown.Nodes[i] = NodeAccounts{
			Location: n.Node, OnHand: n.OnHand, Unsellable: n.Unsellable, Reserved: n.Reserved, SafetyStock: n.SafetyStock,
			Available: n.Available, Counted: view.Shows(n.Node),
		}
	}
	return shown, true
}
