package stock

import (
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/event"
)

// Rows are what an item has besides its record. Get functions return copies of
// the caller's own, nil when there is none, and see what was put before.
type Rows interface {
	// Holding is what an order has of the item.
	Holding(orderID string) *event.StockHolding
	PutHolding(orderID string, h *event.StockHolding)
	// FirstClaim is the claim with the lowest place in the queue.
	FirstClaim() (place string, c *event.StockClaim)
	PutClaim(place string, c *event.StockClaim)
	DeleteClaim(place string)
	// Entry is a line of the ledger.
	Entry(id string) *event.StockEntry
	// Entries are all lines that are kept.
	Entries(fn func(id string, e *event.StockEntry))
	PutEntry(entryID string, e *event.StockEntry)
	// Lot is what stands of a lot in one condition; one of no units is not kept.
	Lot(key string) *event.StockLot
	PutLot(key string, l *event.StockLot)
	// Issue is the goods issue of a document.
	Issue(key string) *event.StockIssue
	PutIssue(key string, i *event.StockIssue)
	// Supply is announced stock.
	Supply(id string) *event.StockSupply
	PutSupply(id string, s *event.StockSupply)
	// Supplies are all of which something is still to come.
	Supplies() []*event.StockSupply
	// Backorders are all of them by their places, in their order.
	Backorders(fn func(place string, c *event.StockBackorder))
	PutBackorder(place string, c *event.StockBackorder)
	DeleteBackorder(place string)
	// Pending is a staged row of a baseline.
	Pending(key string) *event.StockPending
	// Pendings are those whose keys begin alike, in their order.
	Pendings(prefix string) []*event.StockPending
	PutPending(key string, p *event.StockPending)
	DeletePending(key string)
	// Remind has the book opened again at a time, under a name; a zero time
	// takes a reminder back.
	Remind(name string, at time.Time)
}

// Rules is what an installation decides about its stock.
type Rules struct {
	// SafetyStock is how many base units of each item a node never promises.
	SafetyStock map[string]int64
	// IssueByMovement names the nodes whose own goods issues move the stock and
	// consume reservations. At all others confirmed shipments do.
	IssueByMovement map[string]bool
	// IssueWait is how long the two witnesses of a goods issue may differ.
	IssueWait time.Duration
	// Contracts say what the account of each source contains that sends baselines.
	Contracts map[string]Contract
	// Authority names the one source by node whose baselines set what is there.
	Authority map[string]string
	// Breaker bounds what a baseline changes without a person.
	Breaker Breaker
}

// Book is one item while an input is handled. It changes the record and the rows
// it was opened with.
type Book struct {
	sku     string
	record  *event.StockRecord
	rows    Rows
	rules   *Rules
	now     time.Time
	changed bool
	answers []event.InventoryAnswer
	found   []event.InventoryVariance
	lacks   []event.InventoryShortage
	staged  []event.InventoryBaselineStaged
	// at is when the command under work was written to the log.
	at time.Time
	// stirred says that what backorders wait for may have changed.
	stirred bool
	// asked is the place of a backorder that has not been answered yet.
	asked string
}

// Open makes the book of an item.
func Open(sku string, record *event.StockRecord, rows Rows, rules *Rules, now time.Time) *Book {
	return &Book{sku: sku, record: record, rows: rows, rules: rules, now: now}
}

// Answers are what the handled input says to orders, in the order it was decided.
func (b *Book) Answers() []event.InventoryAnswer { return b.answers }

// Variances are the differences between accounts that the input showed.
func (b *Book) Variances() []event.InventoryVariance { return b.found }

// Shortages are the promises that stock ceased or began to cover by the input.
func (b *Book) Shortages() []event.InventoryShortage { return b.lacks }

// Staged is what the input says to the sources of baselines.
func (b *Book) Staged() []event.InventoryBaselineStaged { return b.staged }

// Changed says whether the input changed the position, so that it has to be
// published.
func (b *Book) Changed() bool { return b.changed }

// Position is the item's stock as the world sees it. What a node lacks stands
// there below zero, but takes nothing from the total that others can give.
func (b *Book) Position() event.InventoryPosition {
	p := event.InventoryPosition{Sku: b.sku, Version: b.record.Version, AsOf: b.now, Nodes: make([]event.NodePosition, 0, len(b.record.Nodes))}
	for i := range b.record.Nodes {
		n := &b.record.Nodes[i]
		if n.Owner != OwnerSelf {
			p.Others = append(p.Others, event.OwnerPosition{Node: n.Node, Owner: n.Owner, OnHand: n.OnHand, Unsellable: n.Unsellable})
			continue
		}
		free := b.available(n)
		p.Nodes = append(p.Nodes, event.NodePosition{
			Node: n.Node, OnHand: n.OnHand, Reserved: reserved(n), Unsellable: n.Unsellable,
			Quarantine: n.Quarantine, Damaged: n.Damaged, SafetyStock: b.rules.SafetyStock[n.Node], Available: free, Incoming: n.Incoming, Claimed: n.Claimed, Lacking: n.Lacking,
		})
		p.TotalAvailable += max(0, free)
	}
	return p
}

// available is what a node could promise if nobody waited.
func (b *Book) available(n *event.StockNode) int64 {
	return n.OnHand - n.Unsellable - reserved(n) - b.rules.SafetyStock[n.Node]
}

// spare is what a first try may get: what the queue asks for and what backorders
// were promised is not free.
func (b *Book) spare(n *event.StockNode) int64 { return b.available(n) - n.Waiting - n.Claimed }

// limit is what a first try could get if everything tentative came back.
func (b *Book) limit(n *event.StockNode) int64 { return b.ceiling(n) - n.Claimed }

// ceiling is what a node could promise if everything tentative came back.
func (b *Book) ceiling(n *event.StockNode) int64 { return b.available(n) + n.Tentative }

// reserved is what of a node's stock is kept for somebody.
func reserved(n *event.StockNode) int64 { return n.Tentative + n.Held + n.Committed }

// node returns our own stock at a node. One that was never heard of has none, and
// is not made known by being asked for.
func (b *Book) node(name string) *event.StockNode {
	if n := b.find(name, OwnerSelf); n != nil {
		return n
	}
	return &event.StockNode{Node: name, Owner: OwnerSelf}
}

// keepNode returns an owner's stock at a node, which is known from then on.
func (b *Book) keepNode(name, owner string) *event.StockNode {
	if n := b.find(name, owner); n != nil {
		return n
	}
	b.record.Nodes = append(b.record.Nodes, event.StockNode{Node: name, Owner: owner})
	return &b.record.Nodes[len(b.record.Nodes)-1]
}

func (b *Book) find(name, owner string) *event.StockNode {
	for i := range b.record.Nodes {
		if n := &b.record.Nodes[i]; n.Node == name && n.Owner == owner {
			return n
		}
	}
	return nil
}

// judge says what a first try for all of asked gets that gives back units of its
// own, by node.
func (b *Book) judge(asked []event.NodeQty, own map[string]int64) event.StockVerdict {
	verdict := event.StockVerdictGranted
	for _, a := range asked {
		n, more := b.node(a.Node), a.Qty-own[a.Node]
		if more <= 0 {
			continue
		}
		if more > b.limit(n) {
			return event.StockVerdictShort
		}
		if more > b.spare(n) {
			verdict = event.StockVerdictContended
		}
	}
	return verdict
}

// move makes one transition of a reservation and keeps the node's sums equal to
// the open units of its reservations. It reports whether the table allows it.
func (b *Book) move(r *event.StockReservation, on Input, units int64) bool {
	rule := next(r, on, units)
	if rule == nil {
		return false
	}
	n := b.node(r.Node)
	before := reserved(n)
	if sum := sumOf(n, r.State); sum != nil {
		*sum -= open(r)
	}
	b.record.OverShipped += rule.Effect.apply(r, units)
	r.State = rule.To
	if sum := sumOf(n, r.State); sum != nil {
		*sum += open(r)
	}
	if reserved(n) != before {
		b.touch()
	}
	return true
}

// sumOf is the sum of a node that open units in a state count for, nil for none.
func sumOf(n *event.StockNode, s State) *int64 {
	switch s {
	case event.ReservationStateWaiting:
		return &n.Waiting
	case event.ReservationStateTentative:
		return &n.Tentative
	case event.ReservationStateHeld:
		return &n.Held
	case event.ReservationStateCommitted:
		return &n.Committed
	default:
		return nil
	}
}

// settle ends the work on an input: units that came free go to those that wait,
// and what is promised is held against what is there.
func (b *Book) settle() {
	b.serveBackorders()
	if claims := b.record.Claims; claims > 0 {
		b.serveQueue()
		if b.record.Claims < claims {
			b.serveBackorders()
		}
	}
	b.noticeLacks()
	b.introduce()
}

// noticeLacks tells of each node whose stock covers more or less of its promises
// than before.
func (b *Book) noticeLacks() {
	for i := range b.record.Nodes {
		n := &b.record.Nodes[i]
		lacking := min(reserved(n), max(0, reserved(n)-(n.OnHand-n.Unsellable)))
		if n.Lacking == lacking {
			continue
		}
		if n.Lacking == 0 {
			n.LackingSince = b.record.Version
		}
		n.Lacking = lacking
		b.lacks = append(b.lacks, event.InventoryShortage{
			ShortageID: uuid.NewSHA1(event.NS, []byte("shortage"+sep+b.sku+sep+n.Node+sep+strconv.FormatInt(n.LackingSince, 10))).String(),
			Sku:        b.sku, Node: n.Node, Qty: lacking, Reserved: reserved(n), PositionVersion: b.record.Version, FoundAt: b.now,
		})
	}
}

// touch notes that the position changed; one input makes one version.
func (b *Book) touch() {
	if !b.changed {
		b.changed = true
		b.record.Version++
	}
}

// ReservationID is the id of what an order's plan reserves of an item at a node.
func ReservationID(orderID, sku, node string, plan int64) string {
	return uuid.NewSHA1(event.NS, []byte(orderID+sep+sku+sep+node+sep+strconv.FormatInt(plan, 10))).String()
}
