// Package stockstream joins the stock of package stock to topics: an entity a
// sku reads inventory.command, inventory.movement, inventory.supply, inventory.pools and inventory.freeze and writes inventory.answer
// (key order id), inventory.variance and inventory.position (key sku, the latest
// only).
//
// The entity's state holds sums; holdings of orders, the queue, the ledger, lots
// and goods issues are children, so that an input writes its own rows only. What is spent leaves after
// Config.Keep by a timer, a bounded number of rows at a time (sweep.go).
package stockstream

import (
	"cmp"
	"fmt"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/stock"
	"github.com/millrace/millrace/streams"
)

// Name is the application id of the topology and the name of its target.
const Name = "stock"

// Config is what an installation decides about stock. IssueWait is 24 hours
// and Breaker stock.DefaultBreaker unless it says otherwise.
type Config struct {
	stock.Rules
	// Keep is how long a ledger entry, by which a repeated movement is known, and
	// an order's ended reservations are kept. Default 35 days.
	Keep time.Duration
}

// Room is the stock topology and the way to read what it keeps.
type Room struct {
	Topology *streams.Topology

	config   Config
	items    *streams.Entity[event.StockRecord]
	holdings *streams.Children[event.StockHolding]
	claims   *streams.Children[event.StockClaim]
	entries  *streams.Children[event.StockEntry]
	settled  *streams.Children[event.StockEntry] // looked at only when told again, or when a difference has no young cause
	lots     *streams.Children[event.StockLot]
	issues   *streams.Children[event.StockIssue]
	supplies *streams.Children[event.StockSupply]
	backlog  *streams.Children[event.StockBackorder]
	pending  *streams.Children[event.StockPending]
	marks    *streams.Children[event.StockMark]
	sources  sources

	commands  streams.Topic[event.InventoryCommand]
	movements streams.Topic[event.InventoryMovement]
	answers   streams.Topic[event.InventoryAnswer]
	positions streams.Topic[event.InventoryPosition]
	variances streams.Topic[event.InventoryVariance]
	shortages streams.Topic[event.InventoryShortage]
	purchases streams.Topic[event.PurchaseRequested]
	actions   streams.Topic[event.AuditAction]
}

// New makes the room. schemas must know the ids of all topics and states before
// the topology runs.
func New(config Config, schemas *codec.Schemas) *Room {
	if config.Keep == 0 {
		config.Keep = 35 * 24 * time.Hour
	}
	if config.IssueWait == 0 {
		config.IssueWait = 24 * time.Hour
	}
	if config.Breaker == (stock.Breaker{}) {
		config.Breaker = stock.DefaultBreaker
	}
	r := &Room{
		Topology:  streams.NewTopology(Name),
		config:    config,
		commands:  typed[event.InventoryCommand](schemas, topic.InventoryCommand),
		movements: typed[event.InventoryMovement](schemas, topic.InventoryMovement),
		answers:   typed[event.InventoryAnswer](schemas, topic.InventoryAnswer),
		positions: typed[event.InventoryPosition](schemas, topic.InventoryPosition),
		variances: typed[event.InventoryVariance](schemas, topic.InventoryVariance),
		shortages: typed[event.InventoryShortage](schemas, topic.InventoryShortage),
		purchases: typed[event.PurchaseRequested](schemas, topic.PurchaseRequested),
		actions:   typed[event.AuditAction](schemas, topic.AuditAction),
	}
	r.items = streams.NewEntity(r.Topology, "item", codec.State[event.StockRecord](schemas, "stock"), r.handle)
	r.holdings = streams.NewChildren(r.items, "holding", codec.State[event.StockHolding](schemas, "stock_holding"))
	r.claims = streams.NewChildren(r.items, "claim", codec.State[event.StockClaim](schemas, "stock_claim"))
	r.entries = streams.NewChildren(r.items, "entry", codec.State[event.StockEntry](schemas, "stock_entry"))
	r.settled = streams.NewChildren(r.items, "settled", codec.State[event.StockEntry](schemas, "stock_entry"))
	r.lots = streams.NewChildren(r.items, "lot", codec.State[event.StockLot](schemas, "stock_lot"))
	r.issues = streams.NewChildren(r.items, "issue", codec.State[event.StockIssue](schemas, "stock_issue"))
	r.supplies = streams.NewChildren(r.items, "supply", codec.State[event.StockSupply](schemas, "stock_supply"))
	r.backlog = streams.NewChildren(r.items, "backorder", codec.State[event.StockBackorder](schemas, "stock_backorder"))
	r.pending = streams.NewChildren(r.items, "pending", codec.State[event.StockPending](schemas, "stock_pending"))
	r.marks = streams.NewChildren(r.items, "mark", codec.State[event.StockMark](schemas, "stock_mark"))
	products := streams.NewTable(r.Topology, typed[event.ProductPublished](schemas, topic.ProductPublished))
	if r.config.MinLife == nil {
		r.config.MinLife = func(sku string) time.Duration {
			row, _ := products.Get(sku)
			return time.Duration(row.MinLifeDays) * 24 * time.Hour
		}
	}
	streams.Receive(r.items, r.commands)
	streams.Receive(r.items, r.movements)
	streams.Receive(r.items, typed[event.InventorySupply](schemas, topic.InventorySupply))
	streams.Receive(r.items, typed[event.InventoryPools](schemas, topic.InventoryPools))
	streams.Receive(r.items, typed[event.InventoryFreeze](schemas, topic.InventoryFreeze))
	r.wireSources(schemas)
	streams.Send(r.items, r.answers)
	streams.Send(r.items, r.variances)
	streams.Send(r.items, r.shortages)
	streams.Send(r.items, r.purchases)
	streams.Send(r.items, r.actions)
	streams.SendLatest(r.items, r.positions)
	return r
}

func typed[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

func (r *Room) handle(ctx streams.Ctx, record *event.StockRecord, in streams.Input) error {
	book := stock.Open(ctx.Key(), record, rows{ctx, r}, &r.config.Rules, ctx.Now())
	if !ctx.Exists() {
		ctx.SetTimer(sweepTimer, r.config.Keep)
	}
	var err error
	switch in := in.(type) {
	case streams.Record[event.InventoryCommand]:
		err = obey(book, &in)
	case streams.Record[event.InventoryMovement]:
		err = book.Book(&in.Value)
	case streams.Record[event.InventorySupply]:
		err = book.Supply(&in.Value)
	case streams.Record[event.InventoryPools]:
		err = book.SetPools(&in.Value)
	case streams.Record[event.InventoryFreeze]:
		err = book.SetFreeze(&in.Value)
	case streams.Record[event.InventoryBaseline]:
		err = book.Stage(&in.Value)
	case streams.Timer:
		if !book.Reminded(in.Name) {
			r.sweep(ctx, record)
		}
	default:
		err = fmt.Errorf("input %T is not known", in)
	}
	if err != nil {
		return err
	}
	answers := book.Answers()
	for i := range answers {
		r.answers.Send(ctx, answers[i].OrderID, &answers[i])
	}
	found := book.Variances()
	for i := range found {
		r.variances.Send(ctx, ctx.Key(), &found[i])
	}
	staged := book.Staged()
	for i := range staged {
		r.sources.staged.Send(ctx, staged[i].Source, &staged[i])
	}
	alerts := book.Alerts()
	for i := range alerts {
		r.sources.alerts.Send(ctx, alerts[i].Subject, &alerts[i])
	}
	lacks := book.Shortages()
	for i := range lacks {
		r.shortages.Send(ctx, ctx.Key(), &lacks[i])
	}
	bought := book.Purchases()
	for i := range bought {
		r.purchases.Send(ctx, cmp.Or(bought[i].OrderID, bought[i].PurchaseID), &bought[i])
	}
	done := book.Done()
	for i := range done {
		r.actions.Send(ctx, done[i].Subject, &done[i])
	}
	if book.Changed() {
		position := book.Position()
		r.positions.Send(ctx, ctx.Key(), &position)
	}
	return nil
}

// obey carries out a command: of an order, or of a source about its baseline.
func obey(book *stock.Book, in *streams.Record[event.InventoryCommand]) error {
	switch c := &in.Value; c.Action {
	case event.StockActionBaselineApply:
		book.Apply(c.Source, c.Batch)
	case event.StockActionBaselineDiscard:
		book.Discard(c.Source, c.Batch)
	default:
		return book.Command(c, in.Timestamp)
	}
	return nil
}
