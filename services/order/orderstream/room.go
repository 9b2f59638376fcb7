package orderstream

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/calendar"
	"github.com/millrace/millrace/services/order/capacity"
	"github.com/millrace/millrace/services/order/sourcing"
	"github.com/millrace/millrace/streams"
)

// Config of the room.
type Config struct {
	// Nodes ship the orders of channels without nodes of their own, in the order
	// in which they are tried. At least one.
	Nodes []string
	// ChannelNodes are the nodes of a channel, in the order in which they are tried
	// whatever rank their master rows give them.
	ChannelNodes map[string][]string
	// Patience is how long after a promised date a channel waits for units that did not
	// come, before what lacks is taken off its orders. One without it waits for ever.
	Patience map[string]time.Duration
	// MinShelfLife is how many days goods must live that a channel sells, beyond the day
	// on which they are wanted, unless their line names a date. One without it demands
	// nothing; its customers may all the same.
	MinShelfLife map[string]int64
	// Redress is how a channel makes good what left and does not arrive; of one without
	// it people decide.
	Redress map[string]order.Redress
	// CancelWait is how long a cancel waits for the order's submission. Default 7 days.
	CancelWait time.Duration
	// Rules choose the nodes of an order, Shadow rules say beside them what they
	// would have chosen. Both are asked at each decision, so they may change; nil
	// is the default rules, and no shadow.
	Rules, Shadow func() *sourcing.Rules
	// Clocks say how long an order waits for nodes, carriers and the ERP.
	Clocks order.Clocks
}

func (c Config) nodesOf(channel string) []string {
	if nodes := c.ChannelNodes[channel]; len(nodes) > 0 {
		return nodes
	}
	return c.Nodes
}

// Room is the order room: its topology, and its rows for readers.
type Room struct {
	Topology *streams.Topology

	cfg         Config
	orders      *streams.Entity[order.Record]
	items       *streams.Children[order.Item]
	charges     *streams.Children[order.Charge]
	parts       *streams.Children[order.Part]
	fulfilments *streams.Children[order.Fulfilment]
	shipments   *streams.Children[order.Shipment]
	invoices    *streams.Children[order.Invoice]
	holds       *streams.Children[order.Hold]
	exceptions  *streams.Children[order.Exception]
	amendments  *streams.Children[order.Amendment]
	requests    *streams.Children[event.OrderRequestRecord]
	wants       *streams.Children[event.OrderWantRecord]
	moments     *streams.Children[order.Moment]
	baskets     *streams.Children[order.Basket]
	claims      *streams.Children[order.SupplyClaim]
	slots       *streams.Children[event.OrderSlotRecord]
	days        *streams.Entity[capacity.Load]
	places      *streams.Children[event.NodeSlotRecord]
	loads       *streams.Table[event.CapacityLoad]
	payments    *streams.Children[event.OrderPaymentRecord]
	customers   *streams.Table[event.CustomerPublished]
	decisions   *streams.Children[event.OrderDecisionRecord]
	products    *streams.Table[event.ProductPublished]
	crossrefs   *streams.Table[event.CrossrefPublished]
	positions   *streams.Table[event.InventoryPosition]
	nodes       *streams.Table[event.NodePublished]
	lanes       lanes
	calendars   sync.Map // *calendar.Calendar by node
	out         outputs
}

// outputs are the topics that the room writes.
type outputs struct {
	accepted    streams.Topic[event.OrderAccepted]
	rejected    streams.Topic[event.OrderRejected]
	validated   streams.Topic[event.OrderValidated]
	sourced     streams.Topic[event.OrderSourced]
	allocated   streams.Topic[event.OrderAllocated]
	backordered streams.Topic[event.OrderBackordered]
	promise     streams.Topic[event.OrderPromise]
	released    streams.Topic[event.OrderReleased]
	completed   streams.Topic[event.OrderCompleted]
	cancelled   streams.Topic[event.OrderCancelled]
	held        streams.Topic[event.OrderHeld]
	resumed     streams.Topic[event.OrderResumed]
	amended     streams.Topic[event.OrderAmended]
	alert       streams.Topic[event.AlertRaised]
	state       streams.Topic[event.OrderState]
	command     streams.Topic[event.InventoryCommand]
	movement    streams.Topic[event.InventoryMovement]
	requested   streams.Topic[event.FulfilmentRequested]
	cancel      streams.Topic[event.FulfilmentCancel]
	purchase    streams.Topic[event.PurchaseRequested]
	credit      streams.Topic[event.CreditRequest]
	capacity    streams.Topic[event.CapacityRequest]
	granted     streams.Topic[event.CapacityGranted]
	load        streams.Topic[event.CapacityLoad]
	wanted      streams.Topic[event.CrossrefWanted]
	action      streams.Topic[event.AuditAction]
	settle      streams.Topic[event.SettlementRequest]
	submit      streams.Topic[event.OrderSubmit]
}

// New makes the room. The error is about the configuration.
func New(cfg Config, schemas *codec.Schemas) (*Room, error) {
	if len(cfg.Nodes) == 0 {
		return nil, errors.New("configuring orders: no node ships them; name at least one")
	}
	if cfg.CancelWait == 0 {
		cfg.CancelWait = 7 * 24 * time.Hour
	}
	for _, nodes := range append(slices.Collect(maps.Values(cfg.ChannelNodes)), cfg.Nodes) {
		if n := len(nodes); n > maxNodes || n != len(slices.Compact(slices.Sorted(slices.Values(nodes)))) {
			return nil, fmt.Errorf("configuring orders: %d nodes, or one of them twice; want at most %d different ones", n, maxNodes)
		}
	}
	for channel, how := range cfg.Redress {
		if how != "" && !how.Redresses() {
			return nil, fmt.Errorf("configuring orders: channel %s makes lost goods good by %q; want refund, reship or nothing", channel, how)
		}
	}
	for channel, patience := range cfg.Patience {
		if patience < 0 {
			return nil, fmt.Errorf("configuring orders: channel %s waits %s after a promised date; want a time above zero, or none to wait for ever", channel, patience)
		}
	}
	for channel, days := range cfg.MinShelfLife {
		if days < 0 || days > order.MaxShelfDays {
			return nil, fmt.Errorf("configuring orders: goods of channel %s must live %d days; want 1 to %d, or none to demand nothing", channel, days, order.MaxShelfDays)
		}
	}
	cfg.Clocks = cfg.Clocks.WithDefaults()
	r := &Room{Topology: streams.NewTopology(App), cfg: cfg, out: outputs{
		accepted:    typed[event.OrderAccepted](schemas, topic.OrderAccepted),
		rejected:    typed[event.OrderRejected](schemas, topic.OrderRejected),
		validated:   typed[event.OrderValidated](schemas, topic.OrderValidated),
		sourced:     typed[event.OrderSourced](schemas, topic.OrderSourced),
		allocated:   typed[event.OrderAllocated](schemas, topic.OrderAllocated),
		backordered: typed[event.OrderBackordered](schemas, topic.OrderBackordered),
		promise:     typed[event.OrderPromise](schemas, topic.OrderPromise),
		released:    typed[event.OrderReleased](schemas, topic.OrderReleased),
		completed:   typed[event.OrderCompleted](schemas, topic.OrderCompleted),
		cancelled:   typed[event.OrderCancelled](schemas, topic.OrderCancelled),
		held:        typed[event.OrderHeld](schemas, topic.OrderHeld),
		resumed:     typed[event.OrderResumed](schemas, topic.OrderResumed),
		amended:     typed[event.OrderAmended](schemas, topic.OrderAmended),
		alert:       typed[event.AlertRaised](schemas, topic.AlertRaised),
		state:       typed[event.OrderState](schemas, topic.OrderState),
		command:     typed[event.InventoryCommand](schemas, topic.InventoryCommand),
		movement:    typed[event.InventoryMovement](schemas, topic.InventoryMovement),
		requested:   typed[event.FulfilmentRequested](schemas, topic.FulfilmentRequested),
		cancel:      typed[event.FulfilmentCancel](schemas, topic.FulfilmentCancel),
		purchase:    typed[event.PurchaseRequested](schemas, topic.PurchaseRequested),
		credit:      typed[event.CreditRequest](schemas, topic.CreditRequest),
		capacity:    typed[event.CapacityRequest](schemas, topic.CapacityRequest),
		granted:     typed[event.CapacityGranted](schemas, topic.CapacityGranted),
		settle:      typed[event.SettlementRequest](schemas, topic.SettlementRequest),
		submit:      typed[event.OrderSubmit](schemas, topic.OrderSubmit),
		load:        typed[event.CapacityLoad](schemas, topic.CapacityLoad),
		wanted:      typed[event.CrossrefWanted](schemas, topic.CrossrefWanted),
		action:      typed[event.AuditAction](schemas, topic.AuditAction),
	}}
	r.orders = streams.NewEntity(r.Topology, "order", codec.State[order.Record](schemas, "order"), r.handle, streams.WithNew(order.New))
	r.items = streams.NewChildren(r.orders, "item", codec.State[order.Item](schemas, "order_item"))
	r.charges = streams.NewChildren(r.orders, "charge", codec.State[order.Charge](schemas, "order_charge"))
	r.parts = streams.NewChildren(r.orders, "part", codec.State[order.Part](schemas, "order_part"))
	r.orders.RetireChildren("consignment")
	r.fulfilments = streams.NewChildren(r.orders, "fulfilment", codec.State[order.Fulfilment](schemas, "order_fulfilment"))
	r.shipments = streams.NewChildren(r.orders, "shipment", codec.State[order.Shipment](schemas, "order_shipment"))
	r.invoices = streams.NewChildren(r.orders, "invoice", codec.State[order.Invoice](schemas, "order_invoice"))
	r.holds = streams.NewChildren(r.orders, "hold", codec.State[order.Hold](schemas, "order_hold"))
	r.exceptions = streams.NewChildren(r.orders, "exception", codec.State[order.Exception](schemas, "order_exception"))
	r.amendments = streams.NewChildren(r.orders, "amendment", codec.State[order.Amendment](schemas, "order_amendment"))
	r.requests = streams.NewChildren(r.orders, "request", codec.State[event.OrderRequestRecord](schemas, "order_request"))
	r.wants = streams.NewChildren(r.orders, "want", codec.State[event.OrderWantRecord](schemas, "order_want"))
	r.moments = streams.NewChildren(r.orders, "moment", codec.State[order.Moment](schemas, "order_moment"))
	r.baskets = streams.NewChildren(r.orders, "basket", codec.State[order.Basket](schemas, "order_basket"))
	r.claims = streams.NewChildren(r.orders, "claim", codec.State[order.SupplyClaim](schemas, "order_claim"))
	r.products = streams.NewTable(r.Topology, typed[event.ProductPublished](schemas, topic.ProductPublished))
	r.crossrefs = streams.NewTable(r.Topology, typed[event.CrossrefPublished](schemas, topic.CrossrefPublished))
	r.slots = streams.NewChildren(r.orders, "slot", codec.State[event.OrderSlotRecord](schemas, "order_slot"))
	r.days = streams.NewEntity(r.Topology, "node", codec.State[capacity.Load](schemas, "node_load"), r.deal)
	r.places = streams.NewChildren(r.days, "place", codec.State[event.NodeSlotRecord](schemas, "node_slot"))
	r.loads = streams.NewTable(r.Topology, r.out.load)
	r.payments = streams.NewChildren(r.orders, "payment", codec.State[event.OrderPaymentRecord](schemas, "order_payment"))
	r.customers = streams.NewTable(r.Topology, typed[event.CustomerPublished](schemas, topic.CustomerPublished))
	r.decisions = streams.NewChildren(r.orders, "decision", codec.State[event.OrderDecisionRecord](schemas, "order_decision"))
	r.positions = streams.NewTable(r.Topology, typed[event.InventoryPosition](schemas, topic.InventoryPosition))
	r.nodes = streams.NewTable(r.Topology, typed[event.NodePublished](schemas, topic.NodePublished), streams.Follow(r.follow))
	streams.NewTable(r.Topology, typed[event.LanePublished](schemas, topic.LanePublished), streams.Follow(r.lanes.follow))
	r.wire(schemas)
	return r, nil
}

// wire declares what the room reads and writes.
func (r *Room) wire(schemas *codec.Schemas) {
	streams.Receive(r.orders, typed[event.OrderReserve](schemas, topic.OrderReserve))
	streams.Receive(r.orders, typed[event.OrderSubmit](schemas, topic.OrderSubmit))
	streams.Receive(r.orders, typed[event.OrderCancel](schemas, topic.OrderCancel))
	streams.Receive(r.orders, typed[event.OrderAmend](schemas, topic.OrderAmend))
	streams.Receive(r.orders, typed[event.OrderResolve](schemas, topic.OrderResolve))
	streams.Receive(r.orders, typed[event.ParcelStatusChanged](schemas, topic.ParcelStatus))
	streams.Receive(r.orders, typed[event.InventoryAnswer](schemas, topic.InventoryAnswer))
	streams.Receive(r.orders, typed[event.FulfilmentStatusChanged](schemas, topic.FulfilmentStatus))
	streams.Receive(r.orders, typed[event.ShipmentConfirmed](schemas, topic.ShipmentConfirmed))
	streams.Receive(r.orders, typed[event.PurchaseAccepted](schemas, topic.PurchaseAccepted))
	streams.Receive(r.orders, typed[event.InvoicePosted](schemas, topic.InvoicePosted))
	streams.Receive(r.orders, typed[event.OrderRegistered](schemas, topic.OrderRegistered))
	streams.Receive(r.days, r.out.capacity)
	streams.Send(r.days, r.out.granted)
	streams.SendLatest(r.days, r.out.load)
	streams.Receive(r.orders, r.out.granted)
	streams.Receive(r.orders, typed[event.CreditGranted](schemas, topic.CreditGranted))
	streams.Receive(r.orders, typed[event.PaymentAuthorised](schemas, topic.PaymentAuthorised))
	streams.Receive(r.orders, typed[event.PaymentDeclined](schemas, topic.PaymentDeclined))
	streams.Receive(r.orders, typed[event.PaymentCaptured](schemas, topic.PaymentCaptured))
	streams.Receive(r.orders, typed[event.PaymentVoided](schemas, topic.PaymentVoided))
	streams.Receive(r.orders, typed[event.PaymentRefunded](schemas, topic.PaymentRefunded))
	streams.Receive(r.orders, typed[event.CrossrefFound](schemas, topic.CrossrefFound))
	streams.Receive(r.orders, typed[event.OrderFreeze](schemas, topic.OrderFreeze))
	streams.Send(r.orders, r.out.accepted)
	streams.Send(r.orders, r.out.rejected)
	streams.Send(r.orders, r.out.validated)
	streams.Send(r.orders, r.out.sourced)
	streams.Send(r.orders, r.out.allocated)
	streams.Send(r.orders, r.out.backordered)
	streams.Send(r.orders, r.out.promise)
	streams.Send(r.orders, r.out.released)
	streams.Send(r.orders, r.out.completed)
	streams.Send(r.orders, r.out.cancelled)
	streams.Send(r.orders, r.out.held)
	streams.Send(r.orders, r.out.resumed)
	streams.Send(r.orders, r.out.amended)
	streams.Send(r.orders, r.out.alert)
	streams.SendLatest(r.orders, r.out.state)
	streams.Send(r.orders, r.out.command)
	streams.Send(r.orders, r.out.movement)
	streams.Send(r.orders, r.out.requested)
	streams.Send(r.orders, r.out.cancel)
	streams.Send(r.orders, r.out.purchase)
	streams.Send(r.orders, r.out.credit)
	streams.Send(r.orders, r.out.capacity)
	streams.Send(r.orders, r.out.wanted)
	streams.Send(r.orders, r.out.action)
	streams.Send(r.orders, r.out.settle)
	streams.Send(r.orders, r.out.submit)
}

func typed[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

// Timers of an order. Those that end in a slash are followed by what they are about.
const (
	timerExpire     = "expire"      // ends the wait for a submission
	timerEarly      = "early"       // ends the wait for the causes of facts
	timerFulfilment = "fulfilment/" // something is due about a fulfilment
	timerHold       = "hold/"       // a hold ends
	timerScan       = "scan/"       // no carrier has seen a shipment
	timerArrive     = "arrive/"     // a shipment was promised for some time ago
	timerSupply     = "supply/"     // a promised date has passed, or none was promised for long
	timerForgo      = "forgo/"      // the channel waits no longer for an item whose promised date passed
	timerRetry      = "retry"       // a node that did not ship begins a later working day
	timerSlot       = "slot/"       // the day of a place began
	timerBasket     = "basket"      // the time of a basket is over
	timerMoney      = "money"       // neither money nor credit came
	timerBill       = "bill/"       // a shipment is not billed
)

// calendar is when a node works, nil when nothing is known of it.
func (r *Room) calendar(node string) *calendar.Calendar {
	if known, ok := r.calendars.Load(node); ok {
		return known.(*calendar.Calendar)
	}
	return nil
}

// follow keeps the calendar of a node that was published. One that makes no sense
// is none: the node is then waited for around the clock.
func (r *Room) follow(node string, row *event.NodePublished, _ streams.Position) {
	r.calendars.Delete(node)
	if row == nil {
		return
	}
	if works, err := calendar.Of(row); err == nil {
		r.calendars.Store(node, works)
	}
}

// handle gives an input to the machine.
func (r *Room) handle(ctx streams.Ctx, o *order.Record, in streams.Input) error {
	t := &turn{Room: r, ctx: ctx, id: ctx.Key(), o: o}
	switch in := in.(type) {
	case streams.Record[event.OrderReserve]:
		t.reserve(&in.Value)
	case streams.Record[event.OrderSubmit]:
		t.submit(&in.Value)
	case streams.Record[event.OrderCancel]:
		t.cancel(&in.Value)
	case streams.Record[event.OrderAmend]:
		t.amend(&in.Value)
	case streams.Record[event.OrderResolve]:
		t.decide(&in.Value)
	case streams.Record[event.InventoryAnswer]:
		t.answer(&in.Value)
	case streams.Record[event.FulfilmentStatusChanged]:
		t.status(&in.Value)
	case streams.Record[event.ShipmentConfirmed]:
		t.shipment(&in.Value)
	case streams.Record[event.PurchaseAccepted]:
		t.purchased(&in.Value)
	case streams.Record[event.ParcelStatusChanged]:
		t.parcel(&in.Value)
	case streams.Record[event.InvoicePosted]:
		t.invoice(&in.Value)
	case streams.Record[event.OrderRegistered]:
		t.registered(&in.Value)
	case streams.Record[event.CapacityGranted]:
		t.placed(&in.Value)
	case streams.Record[event.OrderFreeze]:
		t.frozen(&in.Value)
	case streams.Record[event.CrossrefFound]:
		t.found(&in.Value)
	case streams.Timer:
		t.timer(in.Name)
	default:
		t.money(in)
	}
	t.flush()
	return nil
}

// timer does what is due.
func (t *turn) timer(name string) {
	kind, subject, _ := strings.Cut(name, "/")
	switch kind + name[len(kind):len(name)-len(subject)] {
	case timerExpire:
		t.raise(order.Expire, order.View{})
	case timerEarly:
		t.early()
	case timerSupply:
		t.overdue(subject)
	case timerForgo:
		t.impatient(subject)
	case timerRetry:
		t.retry()
	case timerSlot:
		t.comes(subject)
	case timerBasket:
		t.lapse()
	case timerMoney:
		t.unpaid()
	case timerFulfilment:
		t.due(subject)
	case timerHold:
		t.resume(subject, "expiry")
	case timerScan:
		t.alert("CARRIER_SILENT", subject, "", "no carrier has seen the shipment")
	case timerArrive:
		t.notArrived(subject)
	case timerBill:
		t.alert("INVOICE_LATE", subject, "", "the shipment is not billed")
	}
}
