package stock

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

// orders are those that ask, by the channel and class that they buy through.
var orders = map[string]buyer{"o1": {channel: "web"}, "o2": {channel: "web", class: "gold"}, "o3": {channel: "shop"}, "o4": {class: "gold"}, "o5": {}}

// keep puts up pools: some for others than before, some that go on.
func (w *walk) keep(t *rapid.T) {
	w.pools++
	row := event.InventoryPools{Sku: "lamp", Version: w.pools}
	old := w.model.pools
	w.model.pools = nil
	for _, name := range []string{"a", "b", "c"} {
		p := event.InventoryPool{Pool: name, Node: rapid.SampledFrom([]string{"", "north", "south"}).Draw(t, "node of "+name), Qty: rapid.Int64Range(1, 6).Draw(t, "keeps")}
		if p.Node == "" {
			continue
		}
		p.Channels = rapid.SampledFrom([][]string{nil, {"web"}, {"shop", "web"}}).Draw(t, "channels")
		p.Classes = rapid.SampledFrom([][]string{nil, {"gold"}}).Draw(t, "classes")
		if len(p.Channels)+len(p.Classes) == 0 {
			continue
		}
		s := &shelf{name: name, node: p.Node}
		if i := slices.IndexFunc(old, func(o *shelf) bool { return o.name == name && o.node == p.Node }); i >= 0 {
			s = old[i]
		}
		s.qty, s.until, s.members = p.Qty, time.Time{}, nil
		for order, b := range orders {
			if (p.Channels == nil || slices.Contains(p.Channels, b.channel)) && (p.Classes == nil || b.class == "gold") {
				s.members = append(s.members, order)
			}
		}
		if d := rapid.Int64Range(0, 600).Draw(t, "seconds"); d > 0 {
			until := w.item.now.Add(time.Duration(d)*time.Second + time.Duration(w.step)*time.Millisecond)
			p.Until, s.until = &until, until
		}
		row.Pools, w.model.pools = append(row.Pools, p), append(w.model.pools, s)
	}
	w.item.last = Open("lamp", &w.item.record, w.item.rows, &w.item.rules, w.item.now)
	if err := w.item.last.SetPools(&row); err != nil {
		t.Fatal(err)
	}
	w.expect(t, w.item.last.Answers())
}

// checkOffers compares what the position shows each buyer with what the model
// would grant, and divides all that is available into pools and what is free.
func (w *walk) checkOffers(t *rapid.T) {
	for _, n := range Open("lamp", &w.item.record, w.item.rows, &w.item.rules, w.item.now).Position().Nodes {
		free := n.Available
		for _, p := range n.Pools {
			free -= p.Units
		}
		for order, b := range orders {
			want := w.model.deal(order, n.Node, n.Available, false)
			if got := n.Offer(b.channel, b.class); max(0, got) != want || len(n.Pools) > 0 && got < min(free, n.Available) {
				t.Fatalf("step %d: %s at %s is offered %d of %d, the model %d; %d are free", w.step, order, n.Node, got, n.Available, want, free)
			}
		}
		if n.Available > 0 && free < 0 {
			t.Fatalf("step %d: pools keep more than %+v has", w.step, n)
		}
	}
}
