package availabilityhttp

import (
	"fmt"
	"net/http"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
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
// unsellable - expired - (reserved - contained) - safety_stock, and what the asker is offered of it:
// available - claimed - what pools keep for others.
type NodeAccounts struct {
	Location    string `json:"location"`
	Owner       string `json:"owner"` // own, or the supplier whose location it is
	OnHand      int64  `json:"on_hand"`
	Unsellable  int64  `json:"unsellable"`
	Expired     int64  `json:"expired"`
	Reserved    int64  `json:"reserved"`
	Contained   int64  `json:"contained"` // of reserved, taken off by the supplier's count
	SafetyStock int64  `json:"safety_stock"`
	Available   int64  `json:"available"`
	Claimed     int64  `json:"claimed"` // set aside for backorders
	Pools       []Pool `json:"pools"`
	Offered     int64  `json:"offered"`
	Counted     bool   `json:"counted"` // it is among the locations of the channel
}

// Pool keeps units of a node for some channels or classes of customers.
type Pool struct {
	Pool     string     `json:"pool"`
	Channels []string   `json:"channels"` // none: all
	Classes  []string   `json:"classes"`  // none: all
	Quantity int64      `json:"quantity"` // may be taken from it in sum
	Used     int64      `json:"used"`
	Units    int64      `json:"units"` // kept now
	Until    *time.Time `json:"until,omitempty"`
	Yours    bool       `json:"yours"` // the asker may take from it
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
	policy := StalenessOf(e.channels[q.Channel])
	ask := *q
	ask.Channel = "" // the channel's policy must not hide what is to be explained
	a, err := e.answer(r.Context(), &ask)
	if err == nil {
		a.view, _, err = e.viewOf(q)
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
		Rules: []string{
			"available = on_hand - unsellable - expired - (reserved - contained) - safety_stock; a location below zero takes nothing from others.",
			"offered = available - claimed - what pools keep for others than the asker; without a channel or a class of customers all pools count as the asker's.",
		},
		Positions: []Position{},
	}
	if a.view.Locations != nil {
		x.Rules = append(x.Rules, fmt.Sprintf("Only the locations %q count.", a.view.Locations))
	}
	p, _, _ := e.room.Position(item.SKU)
	if p.Frozen {
		x.Rules = append(x.Rules, "The item is frozen: nobody is granted anything of it until somebody thaws it.")
	}
	if rule := supplierRule(p.Nodes); rule != "" {
		x.Rules = append(x.Rules, rule)
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

// supplierRule says how the units of suppliers count, when there are any.
func supplierRule(nodes []event.NodePosition) string {
	for _, n := range nodes {
		if n.Owner != "" && n.Owner != event.OwnerSelf {
			return "At a supplier on_hand is its own count of what is free, and contained are reserved units that this count leaves out already; a grant there is provisional until the supplier accepts the purchase."
		}
	}
	return ""
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
	row := availability.RowOf(&p, at)
	for i, n := range p.Nodes {
		shown.Nodes[i] = NodeAccounts{
			Location: n.Node, Owner: n.Owner, OnHand: n.OnHand, Contained: n.Contained, Unsellable: n.Unsellable, Expired: n.Expired, Reserved: n.Reserved, SafetyStock: n.SafetyStock,
			Available: n.Available, Claimed: n.Claimed, Pools: poolsOf(n.Pools, view), Counted: view.Shows(n.Node),
		}
		shown.Nodes[i].Offered = view.Offered(&row.Nodes[i])
	}
	return shown, true
}

func poolsOf(pools []event.PoolShare, view availability.View) []Pool {
	shown := make([]Pool, len(pools))
	for i := range pools {
		p := &pools[i]
		shown[i] = Pool{
			Pool: p.Pool, Channels: append([]string{}, p.Channels...), Classes: append([]string{}, p.Classes...), Quantity: p.Qty,
			Used: p.Used, Units: p.Units, Until: p.Until, Yours: !view.Bought || p.For(view.Channel, view.Class),
		}
	}
	return shown
}
