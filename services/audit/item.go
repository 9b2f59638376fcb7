package audit

import (
	"cmp"
	"slices"
	"time"
)

const (
	ownUnits     = "own"
	outside      = "outside"
	sellable     = "sellable"
	goodsIssue   = "GOODS_ISSUE" // reason of a movement by which a node says itself that units left
	stockRoom    = "stock"       // source of what the stock room concludes itself
	sep          = "\x1f"
	holdGrace    = 30 * time.Second   // units stay held so long after the end of a hold
	keepCommands = 3 * 24 * time.Hour // longer than a request stands in its topic
)

// item is the book of one item: what was put into the log about it, what stock
// said, and what follows. What is not judged yet waits in lists.
type item struct {
	SKU string
	// Stands are sums by node and owner as of the last judged position, Version is
	// that position's.
	Stands  map[string]*stand
	Version int64
	Stood   Place
	// Newest is the version of the newest position that was read.
	Newest Place
	Last   int64
	// Reservations are by id; ended ones go after some time.
	Reservations map[string]*reservation
	// Commands are by id.
	Commands map[string]*command
	// Answers wait for a position that contains them, Moves and Floats likewise:
	// stock takes Moves in their order, Floats are its own conclusions at any time.
	Answers   []*answer
	Moves     []*move
	Floats    []*move
	Positions []*position
	// Entries are all entries by their ids, for as long as they may be told of again.
	Entries map[string]*entry
	// Issues are goods issues by node and document.
	Issues map[string]*issue
	// Shortages are the words about promises without units, by node.
	Shortages map[string][]shortage
	// Rows names the nodes of a baseline by source and batch, Batches is when
	// baselines were told to be taken, by node, until positions are past that.
	Rows    map[string][]string
	Batches map[string][]taking
}

// stand is what is there of an owner at a node.
type stand struct {
	OnHand, Unsellable, Contained int64
	// Bases are the sources whose baselines may have set it: then an entry may count
	// or not.
	Bases []string
	// Reserved corrects the sum of open reservations after a violation, so that one
	// mistake is one violation.
	Reserved int64
}

type reservation struct {
	Order, Node, Owner   string
	Plan                 int64
	Qty, Consumed, Given int64
	Released             []string // the commands that gave units of it back by its name
	Mode                 string
	Expires              time.Time // of a hold
	Place                Place     // of its grant
	At                   time.Time
}

func (r *reservation) open() int64 { return r.Qty - r.Consumed - r.Given }

func (r *reservation) stand() string { return standKey(r.Node, r.Owner) }

type command struct {
	Place
	ID, Order, Action, Mode string
	Plan                    int64
	Names                   []string
	Nodes                   map[string]int64
	Partial                 bool
	Expires                 time.Time
	At                      time.Time
}

type grant struct {
	ID, Node, Owner string
	Qty             int64
}

func (g *grant) stand() string { return standKey(g.Node, g.Owner) }

type answer struct {
	Place
	Command, Order, Verdict string
	Version                 int64
	Grants                  []grant
	At                      time.Time
}

// taking is a baseline of a source that was told to be taken.
type taking struct {
	At     time.Time
	Source string
}

type shortage struct {
	Place
	Version, Qty int64
}

func (a *Auditor) item(sku string) *item {
	a.touch(rowItem + sku)
	i := a.items[sku]
	if i == nil {
		i = &item{
			SKU: sku, Stands: make(map[string]*stand), Reservations: make(map[string]*reservation), Commands: make(map[string]*command),
			Entries: make(map[string]*entry), Issues: make(map[string]*issue), Shortages: make(map[string][]shortage),
			Rows: make(map[string][]string), Batches: make(map[string][]taking),
		}
		a.items[sku] = i
	}
	return i
}

func (i *item) stand(key string) *stand {
	s := i.Stands[key]
	if s == nil {
		s = new(stand)
		i.Stands[key] = s
	}
	return s
}

func standKey(node, owner string) string { return node + sep + cmp.Or(owner, ownUnits) }

// noteCommand files what an order or a source of baselines asks of stock.
func (a *Auditor) noteCommand(f *fact) {
	i := a.item(f.text("sku"))
	switch f.text("action") {
	case "baseline_apply":
		batch := f.text("source") + sep + f.text("batch")
		for _, node := range i.Rows[batch] {
			key := standKey(node, ownUnits)
			i.Batches[key] = append(i.Batches[key], taking{f.at, f.text("source")})
		}
		delete(i.Rows, batch)
		return
	case "baseline_discard":
		delete(i.Rows, f.text("source")+sep+f.text("batch"))
		return
	}
	a.ask("command", f.text("command_id"), f)
	if i.Commands[f.text("command_id")] != nil {
		return
	}
	c := &command{
		Place: f.Place, ID: f.text("command_id"), Order: f.text("order_id"), Action: f.text("action"), Mode: f.text("mode"), Plan: f.number("plan"),
		Names: f.texts("reservation_ids"), Nodes: make(map[string]int64), Partial: f.flag("partial"), Expires: f.moment("expires_at"), At: f.at,
	}
	for _, n := range f.rows("nodes") {
		c.Nodes[n.text("node")] += n.number("qty")
	}
	i.Commands[c.ID] = c
	a.sweep(i, f)
}

func (a *Auditor) noteAnswer(f *fact) {
	i := a.item(f.text("sku"))
	s := &answer{
		Place: f.Place, Command: f.text("command_id"), Order: f.text("order_id"), Verdict: f.text("verdict"), Version: f.number("position_version"), At: f.at,
	}
	for _, g := range f.rows("grants") {
		s.Grants = append(s.Grants, grant{g.text("reservation_id"), g.text("node"), g.text("owner"), g.number("qty")})
	}
	a.answered("command", s.Command, f)
	if s.Verdict == "granted" || s.Verdict == "committed" || s.Verdict == "released" {
		i.Answers = append(i.Answers, s)
		a.later(Reservations, judgeUnasked, i.SKU, s.Command, f, a.limits.Skew)
	}
}

func (a *Auditor) noteBaseline(f *fact) {
	i := a.item(f.text("sku"))
	batch := f.text("source") + sep + f.text("batch")
	if node := f.text("node"); !slices.Contains(i.Rows[batch], node) {
		i.Rows[batch] = append(i.Rows[batch], node)
	}
}

func (a *Auditor) noteShortage(f *fact) {
	i, node := a.item(f.key), f.text("node")
	i.Shortages[node] = append(i.Shortages[node], shortage{f.Place, f.number("position_version"), f.number("qty")})
}

// sweep makes sure that what an item no longer needs is forgotten.
func (a *Auditor) sweep(i *item, f *fact) {
	if len(i.Commands) == 1 {
		a.later("", sweepItem, i.SKU, "", f, keepCommands)
	}
}

func (a *Auditor) sweepItem(w *appointment) {
	i := a.items[w.Key]
	if i == nil {
		return
	}
	old := w.Due.Add(-keepCommands)
	for id, c := range i.Commands {
		if c.At.Before(old) {
			delete(i.Commands, id)
		}
	}
	for id, r := range i.Reservations {
		if r.open() == 0 && r.At.Before(w.Due.Add(-a.limits.Keep)) {
			delete(i.Reservations, id)
		}
	}
	for id, e := range i.Entries {
		if e.At.Before(w.Due.Add(-a.limits.Keep)) {
			delete(i.Entries, id)
		}
	}
	if len(i.Commands) > 0 {
		a.again(w, w.Due.Add(keepCommands/3))
	}
}
