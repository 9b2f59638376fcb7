package stock

import (
	"cmp"
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
	// Holdings are those of all orders.
	Holdings(fn func(orderID string, h *event.StockHolding))
	// FirstClaim is the claim with the lowest place in the queue.
	FirstClaim() (place string, c *event.StockClaim)
	PutClaim(place string, c *event.StockClaim)
	DeleteClaim(place string)
	// Entry is a line of the ledger.
	Entry(id string) *event.StockEntry
	// Entries are all lines that are kept.
	Entries(fn func(id string, e *event.StockEntry))
	PutEntry(entryID string, e *event.StockEntry)
	// SettleEntry keeps a line apart: Settled and SettledEntries know it, Entry and
	// Entries do not.
	SettleEntry(entryID string, e *event.StockEntry)
	Settled(entryID string) bool
	SettledEntries(fn func(e *event.StockEntry))
	// Lot is what stands of a lot in one condition; one of no units is not kept.
	Lot(key string) *event.StockLot
	PutLot(key string, l *event.StockLot)
	// Lots are all of them.
	Lots(fn func(l *event.StockLot))
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
	// Marks are all of them by their keys, in their order.
	Marks(fn func(key string, m *event.StockMark))
	PutMark(key string, m *event.StockMark)
	DeleteMark(key string)
	// Remind has the book opened again at a time, under a name; a zero time
	// takes a reminder back.
	Remind(name string, at time.Time)
}

// Rules is what an installation decides about its stock.
type Rules struct {
	// SafetyStock is how many base units of each item a node never promises.
	SafetyStock map[string]int64
	// MinLife is how long a lot of an item must still live to be promised; nil
	// promises each until it expires.
	MinLife func(sku string) time.Duration
	// IssueByMovement names the nodes whose own goods issues move the stock and
	// consume reservations. At all others confirmed shipments do.
	IssueByMovement map[string]bool
	// IssueWait is how long the two witnesses of a goods issue may differ.
	IssueWait time.Duration
	// Contracts say what the account of each source contains that sends baselines.
	Contracts map[string]Contract
	// Authority names the one source by node whose baselines set what is there.
	Authority map[string]string
	// Suppliers names by node whose it is, where a supplier ships its own units for us;
	// at all other nodes what is promised is ours.
	Suppliers map[string]string
	// Breaker bounds what a baseline changes without a person, unless the contract of
	// its source has bounds of its own.
	Breaker Breaker
	// Accuracy is by node the percent of units that accounts have to agree on; where
	// fewer do, the node is asked to count. A node without one is never asked.
	Accuracy map[string]int64
}

// BreakerOf is what bounds the baselines of a source.
func (r *Rules) BreakerOf(source string) Breaker {
	return cmp.Or(r.Contracts[source].Breaker, r.Breaker)
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
	alerts  []event.AlertRaised
	bought  []event.PurchaseRequested
	done    []event.AuditAction
	// at is when the command under work was written to the log.
	at time.Time
	// stirred says that what backorders wait for may have changed.
	stirred bool
	// awaited says that what counts are to be compared with, or when, may have changed.
	awaited bool
	// unclaimed is what the supplies hold beyond what backorders claim, once those
	// were served.
	unclaimed []*event.StockSupply
	known     []*event.StockLot // the lots, once they were read
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

// Alerts are what needs a person.
func (b *Book) Alerts() []event.AlertRaised { return b.alerts }

// Purchases are what the input makes us buy of others.
func (b *Book) Purchases() []event.PurchaseRequested { return b.bought }

// Changed says whether the input changed the position, so that it has to be
// published.
func (b *Book) Changed() bool { return b.changed }

// Position is the item's stock as the world sees it. What a node lacks stands
// there below zero, but takes nothing from the total that others can give.
func (b *Book) Position() event.InventoryPosition {
	p := event.InventoryPosition{Sku: b.sku, Version: b.record.Version, AsOf: b.now, Frozen: b.frozen(), Freeze: b.record.Freeze, Nodes: make([]event.NodePosition, 0, len(b.record.Nodes)), Supplies: b.datedSupplies()}
	for i := range b.record.Nodes {
		n := &b.record.Nodes[i]
		if !b.promised(n) {
			p.Others = append(p.Others, event.OwnerPosition{Node: n.Node, Owner: n.Owner, OnHand: n.OnHand, Unsellable: n.Unsellable})
			continue
		}
		free := b.available(n)
		shown := event.NodePosition{
			Node: n.Node, OnHand: n.OnHand, Reserved: reserved(n), Unsellable: n.Unsellable,
			Quarantine: n.Quarantine, Damaged: n.Damaged, SafetyStock: b.rules.SafetyStock[n.Node], Available: free, Incoming: n.Incoming, Claimed: n.Claimed, Lacking: n.Lacking,
			Expired: n.Expired, AtNode: n.AtNode, CancelPending: n.CancelPending, Owner: n.Owner, Contained: n.Contained,
		}
		b.shares(n, free-n.Claimed, false, func(p *event.StockPool, kept int64) {
			shown.Pools = append(shown.Pools, event.PoolShare{
				Pool: p.Pool, Channels: p.Channels, Classes: p.Classes, Qty: p.Qty, Used: p.Used, Units: kept, Until: p.Until,
			})
		})
		shown.IncomingClaimed = n.IncomingClaimed
		p.Nodes = append(p.Nodes, shown)
		p.TotalAvailable += max(0, free)
	}
	return p
}

// available is what a node could promise if nobody waited.
func (b *Book) available(n *event.StockNode) int64 {
	return promisable(n) - taken(n) - b.rules.SafetyStock[n.Node]
}

// spare is what a first try of a buyer may get: what the queue asks for, what
// backorders were promised and what pools keep for others is not free.
func (b *Book) spare(n *event.StockNode, who buyer) int64 {
	return min(b.spareAny(n, who), b.lasting(n, who.date, queued))
}

func (b *Book) spareAny(n *event.StockNode, who buyer) int64 { return b.turnAny(n, who) - n.Waiting }

// turn is what a buyer may get before whom nobody waits.
func (b *Book) turn(n *event.StockNode, who buyer) int64 {
	return min(b.turnAny(n, who), b.lasting(n, who.date, kept))
}

func (b *Book) turnAny(n *event.StockNode, who buyer) int64 {
	if b.frozen() {
		return 0
	}
	return b.offer(n, who, b.available(n)-n.Claimed, false)
}

// limit is what a buyer could get if everything tentative came back.
func (b *Book) limit(n *event.StockNode, who buyer) int64 {
	return min(b.limitAny(n, who), b.lasting(n, who.date, firmly))
}

func (b *Book) limitAny(n *event.StockNode, who buyer) int64 {
	return b.offer(n, who, b.available(n)+n.Tentative-n.Claimed, true)
}

// reserved is what of a node's stock is kept for somebody.
func reserved(n *event.StockNode) int64 { return n.Tentative + n.Held + n.Committed + n.AtNode }

// taken is what of reserved is to be taken off what is counted as present.
func taken(n *event.StockNode) int64 { return reserved(n) - n.Contained }

// node returns what is promised at a node. One that was never heard of has none, and
// is not made known by being asked for.
func (b *Book) node(name string) *event.StockNode {
	owner := b.rules.owner(name)
	if n := b.find(name, owner); n != nil {
		return n
	}
	return &event.StockNode{Node: name, Owner: owner}
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

// judge says what a first try of a buyer for all of asked gets that gives back
// reservations of its own.
func (b *Book) judge(who buyer, asked []event.NodeQty, own []*event.StockReservation) event.StockVerdict {
	verdict := event.StockVerdictGranted
	for _, a := range asked {
		n, more, lasting := b.node(a.Node), a.Qty, a.Qty
		for _, r := range own {
			if r.Node != a.Node {
				continue
			}
			more -= open(r)
			if !lives(r.MinExpiry).Before(who.date) {
				lasting -= open(r) // it makes room at every date that the new one counts at
			}
		}
		if more > 0 && more > b.limitAny(n, who) || lasting > 0 && lasting > b.lasting(n, who.date, firmly) {
			return event.StockVerdictShort
		}
		if more > 0 && more > b.spareAny(n, who) || lasting > 0 && lasting > b.lasting(n, who.date, queued) {
			verdict = event.StockVerdictContended
		}
	}
	return verdict
}

// move makes one transition of a reservation and keeps the sums of its node and of
// its pool equal to the units of their reservations. It reports whether the table allows it.
func (b *Book) move(r *event.StockReservation, on Input, units int64) bool {
	rule := next(r, on, units)
	if rule == nil {
		return false
	}
	n := b.node(r.Node)
	before, pending, atNode, contained, was := reserved(n), n.CancelPending, n.AtNode, n.Contained, open(r)
	if sum := sumOf(n, r.State); sum != nil {
		*sum -= open(r)
	}
	if r.Contained {
		n.Contained -= open(r)
	}
	b.count(r, -1)
	b.demand(r, -1)
	n.CancelPending -= r.Pending
	n.Recalled -= r.Recalled
	b.record.OverShipped += rule.Effect.apply(r, units)
	r.State = rule.To
	if sum := sumOf(n, r.State); sum != nil {
		*sum += open(r)
	}
	if r.Contained {
		n.Contained += open(r)
	}
	b.count(r, 1)
	b.demand(r, 1)
	n.CancelPending += r.Pending
	b.firm(r, was-open(r))
	n.Recalled += r.Recalled
	if reserved(n) != before || n.CancelPending != pending || n.AtNode != atNode || n.Contained != contained {
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
	case event.ReservationStateAtNode:
		return &n.AtNode
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
	b.callBack()
	b.introduce()
	b.compareDue()
}

// noticeLacks tells of each node whose stock covers more or less of its promises
// than before.
func (b *Book) noticeLacks() {
	for i := range b.record.Nodes {
		n := &b.record.Nodes[i]
		lacking := min(taken(n), max(0, taken(n)-promisable(n)))
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
