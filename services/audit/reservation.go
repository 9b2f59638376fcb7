package audit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// I3, reservations: at every position, reserved at a node equals the sum of open
// reservations there; open = granted - consumed by shipments - given back. A
// reservation is granted once, no more than was asked, and whole unless parts are
// allowed. What an order calls allocated is granted to it. A tentative
// reservation ends within Hold.
//
// From inventory.command, inventory.answer and inventory.movement, held against
// inventory.position and order.allocated. Answers name the version of the position
// that contains them. A hold whose time is over may be given back at any position
// after. Judged when the watermark passes the position by Skew.

// outcome is what became of reservations between two positions, if the given
// moves were taken.
type outcome struct {
	fits          bool
	moves         []*move
	taken, floats int
	changed       map[string]*reservation
	grants        []granted
	reserved      map[string]int64 // by stand
	faults        []fault
}

// granted is a grant and what was available at its node at most before it.
type granted struct {
	answer   *answer
	command  *command
	grant    grant
	reserved int64 // at its node before it
}

type fault struct {
	name, expected, seen string
	places               []Place
}

// answersUpTo lists what stock had answered by a version, in its order: of one
// version, what came free first, then what was granted from it, then what was made
// firm, which changes no version.
func (i *item) answersUpTo(version int64) []*answer {
	var due []*answer
	for _, s := range i.Answers {
		if s.Version <= version {
			due = append(due, s)
		}
	}
	order := func(s *answer) (int, int64) {
		c := i.Commands[s.Command]
		if c == nil {
			return 1, 0
		}
		switch {
		case s.Verdict == "committed":
			return 2, c.Offset
		case s.Verdict == "granted" && c.Action != "replace":
			return 1, c.Offset
		}
		return 0, c.Offset
	}
	slices.SortStableFunc(due, func(x, y *answer) int {
		xr, xo := order(x)
		yr, yo := order(y)
		return cmp.Or(cmp.Compare(x.Version, y.Version), cmp.Compare(xr, yr), cmp.Compare(xo, yo))
	})
	return due
}

// follow applies answers, then moves, to a copy of the reservations.
func (i *item) follow(p *position, due []*answer, moves, floats []*move) *outcome {
	o := &outcome{changed: make(map[string]*reservation), taken: len(moves), floats: len(floats), reserved: make(map[string]int64)}
	o.moves = append(slices.Clone(moves), floats...)
	for key, s := range i.Stands {
		o.reserved[key] = s.Reserved
	}
	for _, r := range i.Reservations {
		o.reserved[r.stand()] += r.open()
	}
	for _, s := range due {
		i.apply(o, s)
	}
	for _, m := range o.moves {
		for _, u := range m.Consumes {
			if r := i.change(o, u.Reservation); r != nil {
				units := min(u.Units, r.open())
				r.Consumed += units
				o.reserved[r.stand()] -= units
			}
		}
	}
	o.fits = true
	for key, seen := range p.Stands {
		if over := o.reserved[key] - seen.Reserved; over > 0 {
			over = i.lapse(o, key, p, over)
			o.fits = o.fits && over == 0
		} else if over < 0 {
			o.fits = false
		}
	}
	return o
}

// change returns a reservation that may be written to, nil when it is not known.
func (i *item) change(o *outcome, id string) *reservation {
	r := o.changed[id]
	if r == nil && i.Reservations[id] != nil {
		kept := *i.Reservations[id]
		r = &kept
		o.changed[id] = r
	}
	return r
}

func (i *item) giveBack(o *outcome, r *reservation, units int64) {
	units = min(units, r.open())
	r.Given += units
	o.reserved[r.stand()] -= units
}

// apply follows one answer.
func (i *item) apply(o *outcome, s *answer) {
	c := i.Commands[s.Command]
	if c == nil {
		return // judged by itself
	}
	switch {
	case c.Action == "release" && s.Verdict == "released":
		i.release(o, c)
	case c.Action == "commit" && s.Verdict == "committed":
		for _, id := range i.named(o, c) {
			i.change(o, id).Mode = "commit"
		}
	case c.Action == "extend" && s.Verdict == "granted":
		for _, id := range i.named(o, c) {
			if r := i.change(o, id); c.Expires.After(r.Expires) {
				r.Expires = c.Expires
			}
		}
	case s.Verdict == "granted":
		if fresh := i.fresh(o, s); fresh && c.Action == "replace" {
			for _, id := range i.named(o, c) {
				r := i.change(o, id)
				i.giveBack(o, r, r.open())
			}
		}
		i.grantAll(o, c, s)
	}
}

// fresh says whether an answer grants something for the first time.
func (i *item) fresh(o *outcome, s *answer) bool {
	return slices.ContainsFunc(s.Grants, func(g grant) bool { return i.change(o, g.ID) == nil })
}

// named lists the reservations that a command means: by name, or all of the
// order's plan.
func (i *item) named(o *outcome, c *command) []string {
	var ids []string
	if len(c.Names) > 0 {
		for _, id := range c.Names {
			if i.change(o, id) != nil {
				ids = append(ids, id)
			}
		}
		return ids
	}
	for _, id := range i.all(o) {
		if r := i.change(o, id); r.Order == c.Order && r.Plan == c.Plan {
			ids = append(ids, id)
		}
	}
	return ids
}

// all lists the known reservations.
func (i *item) all(o *outcome) []string {
	ids := slices.Collect(maps.Keys(i.Reservations))
	for id := range o.changed {
		if i.Reservations[id] == nil {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// release gives back named reservations up to their node's quantity, or all that
// the order has up to the command's plan.
func (i *item) release(o *outcome, c *command) {
	if len(c.Names) == 0 {
		for _, id := range i.all(o) {
			known := i.Reservations[id]
			if known == nil {
				known = o.changed[id]
			}
			if known.Order == c.Order && known.Plan <= c.Plan {
				r := i.change(o, id)
				i.giveBack(o, r, r.open())
			}
		}
		return
	}
	left := maps.Clone(c.Nodes)
	for _, id := range i.named(o, c) {
		r := i.change(o, id)
		if slices.Contains(r.Released, c.ID) {
			continue // the answer is that to a repeated command
		}
		r.Released = append(slices.Clip(r.Released), c.ID)
		units := r.open()
		if len(c.Nodes) > 0 {
			units = min(units, left[r.Node])
			left[r.Node] -= units
		}
		i.giveBack(o, r, units)
	}
}

func (i *item) grantAll(o *outcome, c *command, s *answer) {
	left := maps.Clone(c.Nodes)
	news := false
	for _, g := range s.Grants {
		left[g.Node] -= g.Qty
		if r := i.change(o, g.ID); r != nil {
			if r.Qty-r.Given > g.Qty || r.Qty < g.Qty {
				o.faults = append(o.faults, fault{"twice " + g.ID, fmt.Sprintf("reservation %s of %d units is granted once", g.ID, r.Qty), fmt.Sprintf("%d units are granted again", g.Qty), []Place{r.Place, s.Place}})
			}
			continue
		}
		news = true
		key := g.stand()
		o.grants = append(o.grants, granted{s, c, g, o.reserved[key]})
		o.changed[g.ID] = &reservation{Order: c.Order, Node: g.Node, Owner: g.Owner, Plan: c.Plan, Qty: g.Qty, Mode: c.Mode, Expires: c.Expires, Place: s.Place, At: s.At}
		o.reserved[key] += g.Qty
	}
	for node, rest := range left {
		if news && (rest < 0 || rest > 0 && !c.Partial && c.Mode != "backorder") {
			o.faults = append(o.faults, fault{
				"quantity " + c.ID, fmt.Sprintf("%d units at %s, as asked", c.Nodes[node], node), fmt.Sprintf("%d units granted", c.Nodes[node]-rest), []Place{c.Place, s.Place},
			})
		}
	}
}

// lapse ends holds at a node whose time is over, so many that over units come
// back. It returns what is left.
func (i *item) lapse(o *outcome, key string, p *position, over int64) int64 {
	var ids []string
	for _, id := range i.all(o) {
		r := i.change(o, id)
		if r.Mode == "hold" && r.open() > 0 && r.stand() == key && r.Expires.Before(p.At) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(x, y string) int {
		return cmp.Or(o.changed[x].Expires.Compare(o.changed[y].Expires), strings.Compare(x, y))
	})
	for _, id := range choose(ids, func(id string) int64 { return o.changed[id].open() }, over) {
		r := o.changed[id]
		over -= r.open()
		i.giveBack(o, r, r.open())
	}
	return over
}

// choose picks the first ids that make a sum, else none. More than maxChoice are
// only tried from the front.
func choose(ids []string, size func(string) int64, sum int64) []string {
	const maxChoice = 12
	if len(ids) > maxChoice {
		ids = ids[:maxChoice]
	}
	for set := 1; set < 1<<len(ids); set++ {
		var chosen []string
		total := int64(0)
		for n, id := range ids {
			if set>>n&1 == 1 {
				chosen = append(chosen, id)
				total += size(id)
			}
		}
		if total == sum {
			return chosen
		}
	}
	return nil
}

// checkReserved judges what reservations there are at a position.
func (a *Auditor) checkReserved(i *item, p *position, o *outcome, fits bool) {
	for _, f := range o.faults {
		a.violated(Reservations, i.SKU, f.name, f.expected, f.seen, f.places...)
	}
	for key, seen := range p.Stands {
		was := i.stand(key)
		if gap := seen.Reserved - o.reserved[key]; gap != 0 {
			was.Reserved += gap
			node, _, _ := strings.Cut(key, sep)
			if fits {
				a.violated(Reservations, i.SKU, "reserved "+p.String()+node,
					fmt.Sprintf("%d reserved at %s by open reservations", seen.Reserved-gap, node), fmt.Sprintf("%d in version %d", seen.Reserved, p.Version),
					append(append(placesOf(o.moves), grantPlaces(o)...), i.Stood, p.Place)...)
			}
		}
	}
}

func grantPlaces(o *outcome) []Place {
	var places []Place
	for _, g := range o.grants[max(0, len(o.grants)-maxShown):] {
		places = append(places, g.command.Place, g.answer.Place)
	}
	return places
}

// The modes of a reserve whose grants have to be made firm.
const (
	modeTentative = "tentative"
	modeClaim     = "claim"
)

// judgeTentativeEnd: what was granted tentatively is firm or given back by now.
func (a *Auditor) judgeTentativeEnd(w *appointment) {
	a.checked(Reservations)
	i := a.items[w.Key]
	if i == nil || i.Reservations[w.Ref] == nil {
		return
	}
	if r := i.Reservations[w.Ref]; r.Mode != "commit" && r.open() > 0 && !i.committed(w.Ref, r) {
		a.violated(Reservations, i.SKU, "tentative "+w.Ref,
			fmt.Sprintf("a tentative reservation of order %s is firm or given back within %s", r.Order, a.limits.Hold), fmt.Sprintf("%d units at %s are still held", r.open(), r.Node), r.Place)
	}
}

// committed says whether a reservation was made firm, which changes no position
// and so may not have been followed yet.
func (i *item) committed(id string, r *reservation) bool {
	return slices.ContainsFunc(i.Answers, func(s *answer) bool {
		c := i.Commands[s.Command]
		return s.Verdict == "committed" && c != nil && (slices.Contains(c.Names, id) || len(c.Names) == 0 && c.Order == r.Order && c.Plan == r.Plan)
	})
}

// judgeAnswered: stock answers only what was asked.
func (a *Auditor) judgeAnswered(w *appointment) {
	i := a.items[w.Key]
	if i == nil || a.config.Partial {
		return
	}
	a.checked(Reservations)
	if i.Commands[w.Ref] == nil {
		a.violated(Reservations, i.SKU, "unasked "+w.Place.String(), "a command "+w.Ref, "an answer to it alone", w.Place)
	}
}
