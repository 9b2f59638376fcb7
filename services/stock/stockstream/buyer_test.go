package stockstream_test

import (
	"fmt"
	"slices"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
)

// want is what a buyer asks for; how it ends stands in purchase.
type want struct {
	Lines   []want1 // at most one a sku, ascending
	Partial bool    // of one sku: take what is there, at once
	Then    string  // after it is allocated: "" keeps, "ship" ships, "cancel" gives back
}

type want1 struct {
	SKU, Node string
	Qty       int64
}

// purchase is a buyer's state: the protocol of stock as an order follows it.
type purchase struct {
	Want    want
	Phase   string // asking, returning, claiming, cancelling, then allocated, denied or cancelled
	After   string // what follows returning
	Pending int
	Worst   event.StockVerdict
	Plan    int64
	Next    int // line that is claimed
	Grants  map[string][]event.Grant
	Serial  int
}

var wants = streams.Topic[want]{Name: "want", Value: streams.JSON[want]()}

type buyers struct {
	topology  *streams.Topology
	entity    *streams.Entity[purchase]
	commands  streams.Topic[event.InventoryCommand]
	movements streams.Topic[event.InventoryMovement]
	positions streams.Topic[event.InventoryPosition]
}

func newBuyers(schemas *codec.Schemas) *buyers {
	b := &buyers{
		topology:  streams.NewTopology("buyers"),
		commands:  streams.Topic[event.InventoryCommand]{Name: topic.InventoryCommand.Name, Value: codec.Of[event.InventoryCommand](schemas, topic.InventoryCommand)},
		movements: streams.Topic[event.InventoryMovement]{Name: topic.InventoryMovement.Name, Value: codec.Of[event.InventoryMovement](schemas, topic.InventoryMovement)},
		positions: streams.Topic[event.InventoryPosition]{Name: topic.InventoryPosition.Name, Value: codec.Of[event.InventoryPosition](schemas, topic.InventoryPosition)},
	}
	answers := streams.Topic[event.InventoryAnswer]{Name: topic.InventoryAnswer.Name, Value: codec.Of[event.InventoryAnswer](schemas, topic.InventoryAnswer)}
	b.entity = streams.NewEntity(b.topology, "buyer", streams.JSON[purchase](), b.handle)
	streams.Receive(b.entity, wants)
	streams.Receive(b.entity, answers)
	streams.Send(b.entity, b.commands)
	streams.Send(b.entity, b.movements)
	return b
}

func (b *buyers) handle(ctx streams.Ctx, p *purchase, in streams.Input) error {
	switch in := in.(type) {
	case streams.Record[want]:
		p.Want, p.Phase, p.Plan = in.Value, "asking", 1
		mode := event.ReserveModeTentative
		if in.Value.Partial {
			mode = event.ReserveModeCommit
		}
		b.toAll(ctx, p, event.StockActionReserve, mode)
	case streams.Record[event.InventoryAnswer]:
		return b.hear(ctx, p, &in.Value)
	}
	return nil
}

// hear follows the protocol; an answer that does not fit the phase is an error.
func (b *buyers) hear(ctx streams.Ctx, p *purchase, a *event.InventoryAnswer) error {
	expected := map[string][]event.StockVerdict{
		"asking":     {event.StockVerdictGranted, event.StockVerdictContended, event.StockVerdictShort},
		"claiming":   {event.StockVerdictGranted, event.StockVerdictShort},
		"returning":  {event.StockVerdictReleased},
		"cancelling": {event.StockVerdictReleased},
	}
	if a.Verdict == event.StockVerdictCommitted {
		return nil // nobody waits for it
	}
	if !slices.Contains(expected[p.Phase], a.Verdict) {
		return fmt.Errorf("answer %s of %s (%s) in phase %s", a.Verdict, a.Sku, a.Reason, p.Phase)
	}
	p.Pending--
	if a.Verdict == event.StockVerdictGranted {
		if p.Grants == nil {
			p.Grants = map[string][]event.Grant{}
		}
		p.Grants[a.Sku] = a.Grants
	} else if p.Worst != event.StockVerdictShort {
		p.Worst = a.Verdict
	}
	if p.Pending > 0 {
		return nil
	}
	b.advance(ctx, p)
	return nil
}

func (b *buyers) advance(ctx streams.Ctx, p *purchase) {
	switch worst := p.Worst; p.Phase {
	case "asking":
		switch {
		case p.Want.Partial && worst == "":
			b.allocated(ctx, p)
		case p.Want.Partial:
			p.Phase = "denied"
		case worst == "":
			b.firm(ctx, p)
		default:
			b.giveBack(ctx, p, map[bool]string{true: "denied", false: "claiming"}[worst == event.StockVerdictShort])
		}
	case "returning":
		p.Phase = p.After
		if p.Phase == "claiming" {
			p.Plan, p.Next = 2, 0
			b.claim(ctx, p)
		}
	case "claiming":
		switch p.Next++; {
		case worst == event.StockVerdictShort:
			b.giveBack(ctx, p, "denied")
		case p.Next < len(p.Want.Lines):
			b.claim(ctx, p)
		default:
			b.firm(ctx, p)
		}
	case "cancelling":
		p.Phase = "cancelled"
	}
}

func (b *buyers) giveBack(ctx streams.Ctx, p *purchase, after string) {
	p.Phase, p.After, p.Grants = "returning", after, nil
	b.toAll(ctx, p, event.StockActionRelease, "")
}

// firm tells stock that all is promised, which it cannot refuse.
func (b *buyers) firm(ctx streams.Ctx, p *purchase) {
	b.toAll(ctx, p, event.StockActionCommit, "")
	b.allocated(ctx, p)
}

func (b *buyers) allocated(ctx streams.Ctx, p *purchase) {
	p.Phase = "allocated"
	switch p.Want.Then {
	case "cancel":
		p.Phase, p.Grants = "cancelling", nil
		b.toAll(ctx, p, event.StockActionRelease, "")
	case "ship":
		for sku, grants := range p.Grants {
			for _, g := range grants {
				b.movements.Send(ctx, sku, &event.InventoryMovement{
					EntryID: "ship " + g.ReservationID, Sku: sku, Node: g.Node, Qty: g.Qty, Owner: "own",
					From: event.StockConditionSellable, To: event.StockConditionOutside, Source: "buyer",
					EffectiveAt: ctx.Now(), OrderID: ctx.Key(), ReservationID: g.ReservationID,
				})
			}
		}
		p.Grants = nil
	}
}

func (b *buyers) toAll(ctx streams.Ctx, p *purchase, action event.StockAction, mode event.ReserveMode) {
	p.Pending, p.Worst = 0, ""
	for n := range p.Want.Lines {
		b.send(ctx, p, n, action, mode)
	}
}

func (b *buyers) claim(ctx streams.Ctx, p *purchase) {
	p.Pending, p.Worst = 0, ""
	b.send(ctx, p, p.Next, event.StockActionReserve, event.ReserveModeClaim)
}

func (b *buyers) send(ctx streams.Ctx, p *purchase, n int, action event.StockAction, mode event.ReserveMode) {
	line := p.Want.Lines[n]
	p.Serial++
	p.Pending++
	c := event.InventoryCommand{
		CommandID: fmt.Sprint(ctx.Key(), " ", p.Serial), OrderID: ctx.Key(), Sku: line.SKU, Channel: "test", Plan: p.Plan,
		Action: action, Mode: mode, Partial: p.Want.Partial, RequestedAt: ctx.Now(),
	}
	if action == event.StockActionReserve {
		c.Nodes = []event.NodeQty{{Node: line.Node, Qty: line.Qty}}
	}
	b.commands.Send(ctx, line.SKU, &c)
}
