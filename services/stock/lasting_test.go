package stock

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

// shelfLife is a world of single units at one node, and of who was granted how many
// that must not expire before a date; the zero time is a unit that never expires, and
// a demand that any unit meets.
type shelfLife struct {
	item   *item
	units  []time.Time
	holds  []*lifeHold
	queue  []*lifeHold // claims that wait, the first one first
	step   int
	plan   map[string]int64
	orders []string
}

// lifeHold is what one reservation holds.
type lifeHold struct {
	order string
	plan  int64
	date  time.Time
	qty   int64
	firm  bool
}

func (h *lifeHold) id() string { return ReservationID(h.order, "lamp", "north", h.plan) }

// matches says whether every demand can have a unit of its own that lives long enough,
// by trying to give each one and moving others (augmenting paths).
func (w *shelfLife) matches(holds ...*lifeHold) bool {
	var demands []time.Time
	for _, h := range holds {
		for range h.qty {
			demands = append(demands, h.date)
		}
	}
	taken := make([]int, len(w.units))
	for n := range taken {
		taken[n] = -1
	}
	var give func(demand int, seen []bool) bool
	give = func(demand int, seen []bool) bool {
		for n, expires := range w.units {
			if seen[n] || !expires.IsZero() && expires.Before(demands[demand]) {
				continue
			}
			seen[n] = true
			if taken[n] < 0 || give(taken[n], seen) {
				taken[n] = demand
				return true
			}
		}
		return false
	}
	for d := range demands {
		if !give(d, make([]bool, len(w.units))) {
			return false
		}
	}
	return true
}

// most is how many units more could be granted of a date beside some reservations.
func (w *shelfLife) most(date time.Time, beside []*lifeHold) (qty int64) {
	for w.matches(append(slices.Clone(beside), &lifeHold{date: date, qty: qty + 1})...) {
		qty++
	}
	return qty
}

func (w *shelfLife) firm() (all []*lifeHold) {
	for _, h := range w.holds {
		if h.firm {
			all = append(all, h)
		}
	}
	return all
}

func (w *shelfLife) id() string {
	w.step++
	return fmt.Sprint("c", w.step)
}

// drawDate is one of few dates, or none.
func drawDate(t *rapid.T, name string) time.Time {
	if n := rapid.IntRange(0, 4).Draw(t, name); n > 0 {
		return start.Add(time.Duration(n) * 10 * day)
	}
	return time.Time{}
}

func dateOf(date time.Time) *time.Time {
	if date.IsZero() {
		return nil
	}
	return &date
}

func (w *shelfLife) receive(t *rapid.T) {
	if len(w.units) > 12 {
		t.Skip("enough")
	}
	qty, expires := rapid.Int64Range(1, 4).Draw(t, "units"), drawDate(t, "expires")
	m := event.InventoryMovement{EntryID: w.id(), Node: "north", Qty: qty, From: event.StockConditionOutside, To: event.StockConditionSellable}
	if m.LotExpiresAt = dateOf(expires); !expires.IsZero() {
		m.Lot = expires.Format(time.DateOnly)
	} else {
		m.Lot = rapid.SampledFrom([]string{"", "undated"}).Draw(t, "lot")
	}
	for range qty {
		w.units = append(w.units, expires)
	}
	w.hear(t, w.item.move(m))
}

// hear takes the answers to claims that waited.
func (w *shelfLife) hear(t *rapid.T, answers []event.InventoryAnswer) {
	for _, a := range answers {
		at := slices.IndexFunc(w.queue, func(h *lifeHold) bool { return h.order == a.OrderID && h.plan == a.Plan })
		if at < 0 {
			continue
		}
		h := w.queue[at]
		w.queue = slices.Delete(w.queue, at, at+1)
		switch {
		case a.Verdict == granted && at > 0:
			t.Fatalf("%s was served before others: %+v", a.OrderID, a)
		case a.Verdict == granted:
			w.holds = append(w.holds, h)
		case a.Verdict != short || w.matches(append(w.firm(), h)...):
			t.Fatalf("%+v was answered %+v", h, a)
		}
	}
}

func (w *shelfLife) reserve(t *rapid.T) {
	order := rapid.SampledFrom(w.orders).Draw(t, "order")
	if slices.ContainsFunc(w.queue, func(h *lifeHold) bool { return h.order == order }) {
		t.Skip("it waits")
	}
	w.plan[order]++
	h := &lifeHold{order: order, plan: w.plan[order], date: drawDate(t, "demands"), qty: rapid.Int64Range(1, 5).Draw(t, "qty")}
	mode := rapid.SampledFrom([]event.ReserveMode{event.ReserveModeCommit, event.ReserveModeTentative, event.ReserveModeClaim}).Draw(t, "mode")
	c := reserve(w.id(), order, mode, h.plan, at("north", h.qty))
	c.Partial = mode == event.ReserveModeCommit && rapid.Bool().Draw(t, "partial")
	c.MinExpiry = dateOf(h.date)
	h.firm = mode == event.ReserveModeCommit
	fits, could := w.matches(append(slices.Clone(w.holds), h)...), w.matches(append(w.firm(), h)...)
	spare := w.most(h.date, w.holds)
	answers := w.item.command(c)
	if mode == event.ReserveModeClaim {
		w.queue = append(w.queue, h)
		w.hear(t, answers)
		return
	}
	a := answers[0]
	if len(w.queue) == 0 {
		switch {
		case c.Partial && (a.Verdict == granted) != (spare > 0), !c.Partial && (a.Verdict == granted) != fits:
			t.Fatalf("%+v is %s, and %d could be granted beside %d", h, a.Verdict, spare, len(w.holds))
		case !c.Partial && a.Verdict == short && could:
			t.Fatalf("%+v is short, and would fit if others gave back", h)
		}
		w.could(t, h, &c, &a)
	}
	if a.Verdict == granted {
		h.qty = a.Grants[0].Qty
		w.holds = append(w.holds, h)
		if len(w.queue) > 0 && h.firm && !w.matches(append(w.firm(), w.queue[0])...) {
			t.Fatalf("%+v takes what %+v waits for", h, w.queue[0])
		}
	}
}

// could checks what a refusal says could be given: the most that can be matched.
func (w *shelfLife) could(t *rapid.T, h *lifeHold, c *event.InventoryCommand, a *event.InventoryAnswer) {
	if a.Verdict == granted {
		return
	}
	beside := w.holds
	if !c.Partial {
		beside = w.firm()
	}
	said := int64(0)
	for _, n := range a.Available {
		said += n.Qty
	}
	if want := w.most(h.date, beside); said != want {
		t.Fatalf("%+v is refused and told that %d could be given; %d could", h, said, want)
	}
}

// own draws a hold.
func (w *shelfLife) own(t *rapid.T) *lifeHold {
	if len(w.holds) == 0 {
		t.Skip("nobody holds anything")
	}
	return rapid.SampledFrom(w.holds).Draw(t, "hold")
}

func (w *shelfLife) commit(t *rapid.T) {
	h := w.own(t)
	h.firm = true
	w.hear(t, w.item.command(act(w.id(), h.order, event.StockActionCommit, h.plan, h.id())))
}

func (w *shelfLife) release(t *rapid.T) {
	h := w.own(t)
	qty := rapid.Int64Range(1, h.qty).Draw(t, "qty")
	c := act(w.id(), h.order, event.StockActionRelease, h.plan, h.id())
	c.Nodes = []event.NodeQty{at("north", qty)}
	w.less(h, qty)
	w.hear(t, w.item.command(c))
}

func (w *shelfLife) less(h *lifeHold, qty int64) {
	if h.qty -= qty; h.qty == 0 {
		w.holds = slices.DeleteFunc(w.holds, func(x *lifeHold) bool { return x == h })
	}
}

// ship has the node pick, of the lots that will do, the one that expires first.
func (w *shelfLife) ship(t *rapid.T) {
	h := w.own(t)
	best := -1
	for n, expires := range w.units {
		switch {
		case !expires.IsZero() && expires.Before(h.date):
		case best < 0, w.units[best].IsZero() && !expires.IsZero(), !expires.IsZero() && expires.Before(w.units[best]):
			best = n
		}
	}
	if best < 0 {
		t.Fatalf("nothing is there for %+v: %v", h, w.units)
	}
	m := event.InventoryMovement{EntryID: w.id(), Node: "north", Qty: 1, From: event.StockConditionSellable, To: event.StockConditionOutside, OrderID: h.order, ReservationID: h.id()}
	if expires := w.units[best]; !expires.IsZero() {
		m.Lot = expires.Format(time.DateOnly)
	}
	w.units = slices.Delete(w.units, best, best+1)
	w.less(h, 1)
	w.hear(t, w.item.move(m))
}

// replace swaps a hold for another plan, of another date maybe.
func (w *shelfLife) replace(t *rapid.T) {
	h := w.own(t)
	if slices.ContainsFunc(w.queue, func(x *lifeHold) bool { return x.order == h.order }) {
		t.Skip("it waits")
	}
	w.plan[h.order]++
	now := &lifeHold{order: h.order, plan: w.plan[h.order], date: drawDate(t, "demands"), qty: rapid.Int64Range(1, 5).Draw(t, "qty"), firm: true}
	c := act(w.id(), h.order, event.StockActionReplace, now.plan, h.id())
	c.Mode, c.Nodes, c.MinExpiry = event.ReserveModeCommit, []event.NodeQty{at("north", now.qty)}, dateOf(now.date)
	answers := w.item.command(c)
	if answers[0].Verdict == granted {
		w.less(h, h.qty)
		w.holds = append(w.holds, now)
	}
	w.hear(t, answers[1:])
}

// check: everything that is held can be met at once, the sums by date are those of the
// reservations, and who is first in the queue could not be served now.
func (w *shelfLife) check(t *rapid.T) {
	if !w.matches(w.holds...) {
		t.Fatalf("step %d: of %v not all of %+v can be met", w.step, w.units, w.holds)
	}
	want := map[time.Time]event.StockLasting{}
	count := func(h *lifeHold, waits bool) {
		l := want[h.date]
		l.Node, l.MinExpiry = "north", h.date
		switch {
		case waits:
			l.Waiting += h.qty
		case !h.firm:
			l.Tentative += h.qty
			l.Held += h.qty
		default:
			l.Held += h.qty
		}
		want[h.date] = l
	}
	for _, h := range w.holds {
		count(h, false)
	}
	for _, h := range w.queue {
		count(h, true)
	}
	delete(want, time.Time{})
	for _, l := range w.item.record.Lasting {
		if want[l.MinExpiry] != l {
			t.Fatalf("step %d: the book has %+v, the holds make %+v", w.step, l, want[l.MinExpiry])
		}
	}
	if len(want) != len(w.item.record.Lasting) {
		t.Fatalf("step %d: the book has %+v, the holds make %+v", w.step, w.item.record.Lasting, want)
	}
	if len(w.queue) > 0 {
		if first := w.queue[0]; w.matches(append(slices.Clone(w.holds), first)...) || !w.matches(append(w.firm(), first)...) {
			t.Fatalf("step %d: %+v waits", w.step, first)
		}
	}
}

// TestReservationsOfAnyDatesCanAllBeMet: whatever is received, reserved, claimed,
// swapped, given back and shipped, a matching of units to all that is held exists; and
// what is refused has none.
func TestReservationsOfAnyDatesCanAllBeMet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &shelfLife{item: newItem(t), plan: map[string]int64{}, orders: []string{"o1", "o2", "o3", "o4"}}
		t.Repeat(map[string]func(*rapid.T){
			"": w.check, "receive": w.receive, "reserve": w.reserve, "reserve 2": w.reserve, "reserve 3": w.reserve,
			"commit": w.commit, "release": w.release, "ship": w.ship, "replace": w.replace,
		})
	})
}

func TestUnitsThatDoNotLiveLongEnoughAreNotGranted(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 1)
	i.lot("r2", event.StockConditionOutside, event.StockConditionSellable, 5, 40*day)
	late := start.Add(60 * day)
	c := reserve("c1", "o1", event.ReserveModeCommit, 1, at("north", 2))
	c.MinExpiry = &late
	if a := i.one(i.command(c), short); !slices.Equal(a.Available, []event.NodeQty{at("north", 1)}) {
		t.Errorf("told that %+v could be given, want the one that never expires", a.Available)
	}
	if p := i.position("north"); p.Available != 6 {
		t.Errorf("availability shows %d, want all six", p.Available)
	}
	c = reserve("c2", "o1", event.ReserveModeCommit, 2, at("north", 1))
	c.MinExpiry = &late
	i.one(i.command(c), granted)
	i.one(i.command(reserve("c3", "o2", event.ReserveModeCommit, 1, at("north", 6))), short)
	i.one(i.command(reserve("c4", "o2", event.ReserveModeCommit, 2, at("north", 5))), granted)
}

func TestABackorderOfADateWaitsForUnitsThatLiveLongEnough(t *testing.T) {
	i := newItem(t)
	i.lot("r1", event.StockConditionOutside, event.StockConditionSellable, 5, 40*day)
	late := start.Add(60 * day)
	c := reserve("c1", "o1", event.ReserveModeBackorder, 1, at("north", 3))
	c.MinExpiry = &late
	i.one(i.command(c), event.StockVerdictBackordered)
	i.one(i.command(reserve("c2", "o2", event.ReserveModeCommit, 1, at("north", 5))), granted)
	i.receive("r2", "north", 2)
	if i.record.Backorders != 1 {
		t.Fatal("two units are not three")
	}
	a := i.one(i.receive("r3", "north", 1), granted)
	if a.OrderID != "o1" || len(i.record.Lasting) != 1 || i.record.Lasting[0].Held != 3 {
		t.Errorf("%+v, %+v", a, i.record.Lasting)
	}
}

func TestNoFirstTryTakesLongLivedUnitsThatTheQueueWaitsFor(t *testing.T) {
	i := newItem(t)
	i.receive("r1", "north", 2)
	i.lot("r2", event.StockConditionOutside, event.StockConditionSellable, 3, 40*day)
	late := start.Add(60 * day)
	ask := func(id, order string, mode event.ReserveMode, qty int64) []event.InventoryAnswer {
		c := reserve(id, order, mode, 1, at("north", qty))
		c.MinExpiry = &late
		return i.command(c)
	}
	i.one(ask("c1", "o1", event.ReserveModeTentative, 1), granted)
	if got := ask("c2", "o2", event.ReserveModeClaim, 2); len(got) != 0 {
		t.Fatalf("a claim that waits was answered %+v", got)
	}
	i.one(ask("c3", "o3", event.ReserveModeCommit, 1), contended)
	i.one(i.command(reserve("c4", "o4", event.ReserveModeCommit, 1, at("north", 2))), granted)
	answers := i.command(act("c5", "o1", event.StockActionRelease, 1))
	if len(answers) != 2 || answers[1].OrderID != "o2" || answers[1].Verdict != granted {
		t.Fatalf("answers %+v, want the release and then the claim", answers)
	}
}
