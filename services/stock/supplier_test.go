package stock

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

const maker = "maker"

// newSupplied is an item that the maker has at its own node and counts itself.
func newSupplied(t fataler, buffer int64) *item {
	i := newItem(t)
	i.rules.Suppliers = map[string]string{"works": maker}
	i.rules.Authority = map[string]string{"works": maker}
	i.rules.Contracts = map[string]Contract{maker: {Sellable: true, Skew: time.Minute}}
	i.rules.SafetyStock = map[string]int64{"works": buffer}
	return i
}

// feed applies what the maker counts as free as of a position of its count.
func (i *item) feed(free, seq int64) {
	i.t.Helper()
	row := &event.InventoryBaseline{Source: maker, Batch: fmt.Sprint("b", seq), Sku: "lamp", Node: "works", Qty: free, WatermarkSeq: seq, WatermarkAt: i.now}
	i.last = Open("lamp", &i.record, i.rows, &i.rules, i.now)
	if err := i.last.Stage(row); err != nil {
		i.t.Fatal(err)
	}
	i.last = Open("lamp", &i.record, i.rows, &i.rules, i.now)
	i.last.Apply(maker, row.Batch)
}

// accepted tells that the maker took a reservation on at a position of its count.
func (i *item) accepted(order string, seq int64) []event.InventoryAnswer {
	c := act("accept "+order, order, event.StockActionAccept, 1, ReservationID(order, "lamp", "works", 1))
	at := i.now
	c.AcceptedSeq, c.AcceptedAt = seq, &at
	return i.command(c)
}

// left tells that units of a reservation left the maker.
func (i *item) left(id, order string, qty int64) {
	i.t.Helper()
	i.move(event.InventoryMovement{
		EntryID: id, Node: "works", Owner: maker, Qty: qty, From: event.StockConditionSellable, To: event.StockConditionOutside, Document: "D" + id,
		OrderID: order, ReservationID: ReservationID(order, "lamp", "works", 1),
	})
}

func (i *item) free(want int64) {
	i.t.Helper()
	if p := i.position("works"); p.Available != want || p.Owner != maker {
		i.t.Fatalf("works %+v, want %d available of the maker", p, want)
	}
}

func TestWhatASupplierHasIsItsCountLessWhatTheCountDoesNotKnow(t *testing.T) {
	i := newSupplied(t, 2)
	i.feed(10, 1)
	i.free(8)
	a := i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("works", 5))), granted)
	if a.Grants[0].Owner != maker {
		t.Errorf("grant %+v does not say whose it is", a.Grants[0])
	}
	i.free(3)
	i.one(i.command(reserve("c2", "o2", event.ReserveModeCommit, 1, at("works", 4))), short)
	i.one(i.accepted("o1", 4), committed)
	i.free(3) // the count that stands is older than the word
	i.feed(10, 3)
	i.free(3)
	i.feed(5, 4)
	i.free(3) // it contains the order now
	i.left("s1", "o1", 5)
	i.free(3)
	i.feed(4, 6)
	i.free(2)
	if p := i.position("works"); p.Reserved != 0 || p.Contained != 0 || p.OnHand != 4 {
		t.Errorf("works %+v", p)
	}
}

func TestWhatComesBackAfterTheCountLeftItOutIsFreeWhenTheSupplierSaysSo(t *testing.T) {
	i := newSupplied(t, 0)
	i.feed(10, 1)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("works", 6))), granted)
	i.one(i.accepted("o1", 2), committed)
	i.feed(4, 2)
	i.free(4)
	i.one(i.command(act("c2", "o1", event.StockActionRelease, 1)), released)
	i.free(4)
	i.feed(10, 3)
	i.free(10)
}

func TestAShipmentBeforeTheWordOfTheSupplierIsTakenOffOnce(t *testing.T) {
	i := newSupplied(t, 0)
	i.feed(10, 1)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("works", 6))), granted)
	i.left("s1", "o1", 6)
	i.free(4)
	i.feed(4, 3) // whether it contains the order is not known yet
	i.free(-2)
	i.one(i.accepted("o1", 2), committed)
	i.free(4)
}

func TestAnAcceptSentAgainChangesNothingAndOneOfOurOwnIsRefused(t *testing.T) {
	i := newSupplied(t, 0)
	i.feed(10, 5)
	i.receive("r1", "north", 5)
	i.one(i.command(reserve("c1", "o1", event.ReserveModeCommit, 1, at("works", 6))), granted)
	i.one(i.accepted("o1", 5), committed)
	version := i.record.Version
	i.one(i.accepted("o1", 9), committed)
	if i.record.Version != version {
		t.Error("an accept sent again changed the position")
	}
	i.one(i.command(reserve("c2", "o2", event.ReserveModeCommit, 1, at("north", 1))), granted)
	c := act("c3", "o2", event.StockActionAccept, 1, ReservationID("o2", "lamp", "north", 1))
	c.AcceptedAt = &i.now
	i.one(i.command(c), refused)
}

// tookOn is what we took of the maker, as an independent model sees it.
type tookOn struct {
	order           string
	qty, back, left int64
	seq             int64 // at which the maker took it on, 0 before
	told, early     bool  // we know of it; something left before we did
}

// makerWorld is a supplier that sells to us and to others, and what reaches us of it.
type makerWorld struct {
	item    *item
	buffer  int64
	seq     int64
	free    int64 // in the maker's own count
	fed     int64 // free of the last count that reached us, and its position
	fedAt   int64
	counts  map[int64]int64 // free by position, of counts on the way
	orders  []*tookOn
	refused map[int64]int64 // units by position
	step    int
}

func (w *makerWorld) draw(t *rapid.T, fits func(*tookOn) bool) *tookOn {
	var all []*tookOn
	for _, o := range w.orders {
		if fits(o) {
			all = append(all, o)
		}
	}
	if len(all) == 0 {
		t.Skip("there is none")
	}
	return rapid.SampledFrom(all).Draw(t, "order")
}

// most is what may be promised: the count less what it does not contain of ours,
// of what was refused since, and of the buffer.
func (w *makerWorld) most() int64 {
	most := w.fed - w.buffer
	for _, o := range w.orders {
		if !o.told || o.seq > w.fedAt {
			most -= o.qty - o.back
		}
	}
	for seq, units := range w.refused {
		if seq > w.fedAt {
			most -= units
		}
	}
	return most
}

func (w *makerWorld) check(t *rapid.T) {
	got, most := w.item.position("works").Available, w.most()
	early := slices.ContainsFunc(w.orders, func(o *tookOn) bool { return o.early })
	if got > most || got < most && !early {
		t.Fatalf("step %d: %d available, the model says %d; orders %+v", w.step, got, most, w.orders)
	}
}

func TestNoMoreOfASupplierIsPromisedThanItsCountLessOursAndTheBuffer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &makerWorld{buffer: rapid.Int64Range(0, 3).Draw(t, "buffer"), seq: 1, free: 40, fed: 40, fedAt: 1, counts: make(map[int64]int64), refused: make(map[int64]int64)}
		w.item = newSupplied(t, w.buffer)
		w.item.feed(40, 1)
		t.Repeat(map[string]func(*rapid.T){
			"": w.check,
			"grant": func(t *rapid.T) {
				w.step++
				o := &tookOn{order: fmt.Sprint("o", w.step), qty: rapid.Int64Range(1, 9).Draw(t, "qty")}
				before := w.most()
				answers := w.item.command(reserve("c"+o.order, o.order, event.ReserveModeCommit, 1, at("works", o.qty)))
				if answers[0].Verdict != granted {
					return
				}
				if o.qty > before {
					t.Fatalf("%d units were granted where %d may be promised", o.qty, before)
				}
				w.orders = append(w.orders, o)
				c := act("n"+o.order, o.order, event.StockActionConsign, 1, ReservationID(o.order, "lamp", "works", 1))
				w.item.one(w.item.command(c), committed)
			},
			"take on": func(t *rapid.T) {
				o := w.draw(t, func(o *tookOn) bool { return o.seq == 0 && o.back < o.qty })
				w.seq++
				o.seq = w.seq
				w.free -= o.qty - o.back
			},
			"tell": func(t *rapid.T) {
				o := w.draw(t, func(o *tookOn) bool { return o.seq > 0 && !o.told })
				o.told = true
				w.item.one(w.item.accepted(o.order, o.seq), committed)
			},
			"refuse": func(t *rapid.T) {
				o := w.draw(t, func(o *tookOn) bool { return o.seq == 0 && o.back+o.left < o.qty })
				units := rapid.Int64Range(1, o.qty-o.back-o.left).Draw(t, "units")
				w.seq++
				w.step++
				o.back += units
				w.refused[w.seq] += units
				c := act(fmt.Sprint("r", w.step), o.order, event.StockActionRelease, 1, ReservationID(o.order, "lamp", "works", 1))
				c.Word, c.Nodes = event.ReleaseWordNode, []event.NodeQty{at("works", units)}
				w.item.one(w.item.command(c), released)
				w.item.last = Open("lamp", &w.item.record, w.item.rows, &w.item.rules, w.item.now)
				if err := w.item.last.Book(&event.InventoryMovement{
					EntryID: c.CommandID, Sku: "lamp", Node: "works", Owner: maker, Qty: units, From: event.StockConditionSellable, To: event.StockConditionOutside,
					Source: maker, SourceSeq: w.seq, EffectiveAt: w.item.now,
				}); err != nil {
					t.Fatal(err)
				}
			},
			"leave": func(t *rapid.T) {
				o := w.draw(t, func(o *tookOn) bool { return o.seq > 0 && o.back+o.left < o.qty })
				units := rapid.Int64Range(1, o.qty-o.back-o.left).Draw(t, "units")
				w.step++
				o.left += units
				o.early = o.early || !o.told
				w.item.left(fmt.Sprint("s", w.step), o.order, units)
			},
			"give back": func(t *rapid.T) {
				o := w.draw(t, func(o *tookOn) bool { return o.told && o.back+o.left < o.qty })
				units := rapid.Int64Range(1, o.qty-o.back-o.left).Draw(t, "units")
				w.step++
				w.seq++
				w.free += units
				o.back += units
				c := act(fmt.Sprint("b", w.step), o.order, event.StockActionRelease, 1, ReservationID(o.order, "lamp", "works", 1))
				c.Word, c.Nodes = event.ReleaseWordNode, []event.NodeQty{at("works", units)}
				w.item.one(w.item.command(c), released)
			},
			"sell elsewhere": func(t *rapid.T) {
				w.seq++
				w.free += rapid.Int64Range(-6, 6).Draw(t, "units")
			},
			"count": func(*rapid.T) { w.counts[w.seq] = max(0, w.free) },
			"feed": func(t *rapid.T) {
				var seqs []int64
				for seq := range w.counts {
					if seq > w.fedAt {
						seqs = append(seqs, seq)
					}
				}
				if len(seqs) == 0 {
					t.Skip("no count is on the way")
				}
				slices.Sort(seqs)
				w.fedAt = rapid.SampledFrom(seqs).Draw(t, "count")
				w.fed = w.counts[w.fedAt]
				w.item.feed(w.fed, w.fedAt)
			},
			"time": func(t *rapid.T) {
				w.item.now = w.item.now.Add(time.Duration(rapid.IntRange(1, 300).Draw(t, "seconds")) * time.Second)
			},
		})
	})
}
