package audit

import "time"

// position is what stock published of an item, until it is judged.
type position struct {
	Place
	Version int64
	At      time.Time
	Stands  map[string]seenStand

	// bases are the sources of baselines by stand, rebased the stands that one may
	// have set just now.
	bases   map[string][]string
	rebased map[string]bool
}

// seenStand is what a position says of a stand. Promised ones may be granted from;
// Contained are reserved units that a supplier's count has taken off already.
type seenStand struct {
	OnHand, Unsellable, Reserved, Safety, Contained int64
	Promised                                        bool
}

// notePosition files a position until it can be judged.
func (a *Auditor) notePosition(f *fact) {
	i := a.item(f.key)
	p := &position{Place: f.Place, Version: f.number("version"), At: f.at, Stands: make(map[string]seenStand)}
	for _, n := range f.rows("nodes") {
		p.Stands[standKey(n.text("node"), n.text("owner"))] = seenStand{n.number("on_hand"), n.number("unsellable"), n.number("reserved"), n.number("safety_stock"), n.number("contained"), true}
	}
	for _, n := range f.rows("others") {
		p.Stands[standKey(n.text("node"), n.text("owner"))] = seenStand{OnHand: n.number("on_hand"), Unsellable: n.number("unsellable")}
	}
	a.checkSums(i, f)
	if p.Version <= i.Last {
		a.violated(Conservation, i.SKU, "version "+p.String(), "a version above the one before", versions(i.Last, p.Version), i.Newest, p.Place)
		return
	}
	i.Last, i.Newest = p.Version, p.Place
	i.Positions = append(i.Positions, p)
	a.later(Conservation, judgePosition, i.SKU, "", f, a.limits.Skew)
}
