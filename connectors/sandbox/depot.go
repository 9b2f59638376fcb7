package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// depot is the book of a place that stores and ships goods, in single units. It
// is pure: entries of the journal go in, what happened comes out, and the same
// entries always make the same book.
//
// An order goes received > picked > packed > shipped. Picking takes only units
// that are there; when some are missing the order is short, and ships what was
// found or is cancelled when nothing was.
type depot struct {
	items   map[string]*Item
	orders  map[string]*order
	advices map[string]*inbound
	keys    map[string]int // calls that did work, by idempotency key
	seq     int64          // of the last happening
	numbers int64          // given to orders, receipts and shipments
	repeats int            // calls that were answered without doing anything
	issues  bool           // each goods issue is told, too
}

// Item is the book of one item in units. OnHand = Received + Adjusted - Shipped.
type Item struct {
	OnHand   int64 `json:"on_hand"`
	Received int64 `json:"received"`
	Shipped  int64 `json:"shipped"`
	Adjusted int64 `json:"adjusted"`
	PerCase  int64 `json:"per_case,omitempty"`
	picked   int64 // of OnHand, taken for orders that have not left
}

// Steps of an order in a depot's own terms; each twin has words of its own.
const (
	received  = "received"
	picked    = "picked"
	short     = "short"
	packed    = "packed"
	shipped   = "shipped"
	issued    = "issued"
	cancelled = "cancelled"
	refused   = "refused" // a cancel that came too late; the order goes on
	arrived   = "arrived" // goods came in
	adjusted  = "adjusted"
)

// entry is a line of a depot's journal.
type entry struct {
	At     time.Time `json:"at"`
	Key    string    `json:"key,omitempty"` // idempotency key of the call
	Order  *orderDoc `json:"order,omitempty"`
	Cancel string    `json:"cancel,omitempty"` // reference of an order
	Advice *advice   `json:"advice,omitempty"`
	Step   string    `json:"step,omitempty"`   // reference of an order
	Arrive string    `json:"arrive,omitempty"` // number of an advice
}

// orderDoc is what a depot was asked to ship.
type orderDoc struct {
	Ref      string `json:"ref"`      // the asker's number of this request
	Customer string `json:"customer"` // the asker's number of the customer's order
	Lines    []line `json:"lines"`
}

type line struct {
	Line  string `json:"line"`
	Item  string `json:"item"`
	Units int64  `json:"units"`
	// BestBefore is the day, as YYYY-MM-DD, before which no picked lot may expire; empty
	// for none.
	BestBefore string `json:"best_before,omitempty"`
}

// advice announces goods, or a correction of the book when Adjust is set.
type advice struct {
	Number  string    `json:"number"`
	Item    string    `json:"item"`
	Units   int64     `json:"units"` // negative only for a correction
	PerCase int64     `json:"per_case,omitempty"`
	Due     time.Time `json:"due"`
	Adjust  bool      `json:"adjust,omitempty"`
	Reason  string    `json:"reason,omitempty"`
}

type order struct {
	orderDoc
	number string
	step   string
	found  []int64 // by line, units picked
}

type inbound struct {
	advice
	done bool
}

// happening is one event of a depot's feed.
type happening struct {
	Seq      int64
	At       time.Time
	Step     string
	Ref      string // of an order
	Customer string
	Document string    // number of the depot's own paper
	Lines    []line    // of a shipment
	Decided  []decided // of a pick: what of each line was found
	Advice   string    // number of an advice
	Item     string
	Units    int64
}

// decided is how many units of a line were found, and how many were not.
type decided struct {
	line
	Missing int64
}

func newDepot() *depot {
	return &depot{items: make(map[string]*Item), orders: make(map[string]*order), advices: make(map[string]*inbound), keys: make(map[string]int)}
}

// apply changes the book by one entry.
func (d *depot) apply(e entry) []happening {
	if e.Key != "" {
		d.keys[e.Key]++
	}
	switch {
	case e.Order != nil:
		o := &order{orderDoc: *e.Order, number: d.number("O"), step: received, found: make([]int64, len(e.Order.Lines))}
		d.orders[o.Ref] = o
		return d.say(e, o, received)
	case e.Advice != nil:
		return d.announce(e)
	case e.Cancel != "":
		return d.cancel(e)
	case e.Step != "":
		return d.advance(e)
	default:
		return d.arrive(e)
	}
}

func (d *depot) item(name string) *Item {
	it := d.items[name]
	if it == nil {
		it = &Item{}
		d.items[name] = it
	}
	return it
}

func (d *depot) number(kind string) string {
	d.numbers++
	return fmt.Sprintf("%s%08d", kind, d.numbers)
}

func (d *depot) say(e entry, o *order, step string) []happening {
	d.seq++
	return []happening{{Seq: d.seq, At: e.At, Step: step, Ref: o.Ref, Customer: o.Customer, Document: o.number}}
}

// cancel stops an order that is not packed yet.
func (d *depot) cancel(e entry) []happening {
	o := d.orders[e.Cancel]
	if o.step != received && o.step != picked {
		return d.say(e, o, refused)
	}
	for i, l := range o.Lines {
		d.item(l.Item).picked -= o.found[i]
		o.found[i] = 0
	}
	o.step = cancelled
	return d.say(e, o, cancelled)
}

// nextStep is where an order goes by itself.
var nextStep = map[string]string{received: picked, picked: packed, packed: shipped}

func (d *depot) advance(e entry) []happening {
	o := d.orders[e.Step]
	switch nextStep[o.step] {
	case picked:
		return d.pick(e, o)
	case packed:
		o.step = packed
		return d.say(e, o, packed)
	case shipped:
		return d.ship(e, o)
	}
	return nil // cancelled meanwhile
}

func (d *depot) pick(e entry, o *order) []happening {
	var asked, found int64
	for i, l := range o.Lines {
		it := d.item(l.Item)
		o.found[i] = max(0, min(l.Units, it.OnHand-it.picked))
		it.picked += o.found[i]
		asked += l.Units
		found += o.found[i]
	}
	o.step = picked
	if found == asked {
		says := d.say(e, o, picked)
		says[0].Decided = o.decided()
		return says
	}
	says := d.say(e, o, short)
	says[0].Decided = o.decided()
	if found == 0 {
		o.step = cancelled
		says = append(says, d.say(e, o, cancelled)...)
	}
	return says
}

// decided says what of each line was found.
func (o *order) decided() []decided {
	all := make([]decided, len(o.Lines))
	for i, l := range o.Lines {
		all[i] = decided{line{Line: l.Line, Item: l.Item, Units: o.found[i]}, l.Units - o.found[i]}
	}
	return all
}

func (d *depot) ship(e entry, o *order) []happening {
	o.step = shipped
	says := d.say(e, o, shipped)
	says[0].Document = d.number("S")
	for i, l := range o.Lines {
		if o.found[i] == 0 {
			continue
		}
		it := d.item(l.Item)
		it.OnHand -= o.found[i]
		it.picked -= o.found[i]
		it.Shipped += o.found[i]
		says[0].Lines = append(says[0].Lines, line{Line: l.Line, Item: l.Item, Units: o.found[i]})
	}
	return append(says, d.issue(e, says[0])...)
}

// issue tells what left, an item at a time, under the document of its shipment.
func (d *depot) issue(e entry, shipment happening) (says []happening) {
	if !d.issues {
		return nil
	}
	units := make(map[string]int64)
	for _, l := range shipment.Lines {
		units[l.Item] += l.Units
	}
	for _, item := range slices.Sorted(maps.Keys(units)) {
		d.seq++
		says = append(says, happening{Seq: d.seq, At: e.At, Step: issued, Document: shipment.Document, Item: item, Units: units[item]})
	}
	return says
}

func (d *depot) announce(e entry) []happening {
	in := &inbound{advice: *e.Advice, done: e.Advice.Adjust}
	d.advices[in.Number] = in
	it := d.item(in.Item)
	if in.PerCase > 0 {
		it.PerCase = in.PerCase
	}
	if !in.Adjust {
		return nil
	}
	it.OnHand += in.Units
	it.Adjusted += in.Units
	return d.stock(e, in, adjusted)
}

func (d *depot) arrive(e entry) []happening {
	in := d.advices[e.Arrive]
	in.done = true
	it := d.item(in.Item)
	it.OnHand += in.Units
	it.Received += in.Units
	return d.stock(e, in, arrived)
}

func (d *depot) stock(e entry, in *inbound, step string) []happening {
	d.seq++
	return []happening{{Seq: d.seq, At: e.At, Step: step, Document: d.number("R"), Advice: in.Number, Item: in.Item, Units: in.Units}}
}
