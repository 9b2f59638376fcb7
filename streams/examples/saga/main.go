// Command saga buys things in two steps at two systems that fail: it reserves an
// item, charges a card, and undoes what was done when a step is refused or all of
// it takes too long. A step is an effect: stored with the state, called after the
// commit, repeated until it answers, always under the same id, by which the
// system tells a repetition from a second purchase.
//
//	go run ./examples/saga
package main

import (
	"context"
	"slices"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/examples/internal/stage"
)

// Order is the input, under the order's id as key. Within is how many seconds the
// purchase may take.
type Order struct {
	Cents  int64 `json:"cents"`
	Within int   `json:"within"`
}

// Purchase is the state of an order, sent when it is over.
type Purchase struct {
	Cents  int64  `json:"cents"`
	Status string `json:"status"`
	Why    string `json:"why,omitempty"`
	// Undo lists what takes back all that may have been done, also by a call that
	// has not answered yet.
	Undo []string `json:"undo,omitempty"`
}

var (
	orders    = streams.Topic[Order]{Name: "saga-orders", Value: streams.JSON[Order]()}
	purchases = streams.Topic[Purchase]{Name: "saga-purchases", Value: streams.JSON[Purchase]()}
)

// saga knows the two systems.
type saga struct {
	warehouse, bank streams.Destination[Command, Receipt]
}

func topology(call func(context.Context, Command) (Receipt, error)) *streams.Topology {
	system := streams.Destination[Command, Receipt]{Call: call, Timeout: 500 * time.Millisecond}
	s := saga{warehouse: system, bank: system}
	s.warehouse.Name, s.bank.Name = "warehouse", "bank"
	t := streams.NewTopology("saga")
	e := streams.NewEntity(t, "purchase", streams.JSON[Purchase](), s.handle)
	streams.Receive(e, orders)
	streams.Send(e, purchases)
	streams.Calls(e, s.warehouse)
	streams.Calls(e, s.bank)
	return t
}

func (s *saga) handle(ctx streams.Ctx, p *Purchase, in streams.Input) error {
	switch in := in.(type) {
	case streams.Record[Order]:
		if ctx.Exists() { // the same order once more
			return nil
		}
		*p = Purchase{Cents: in.Value.Cents, Status: "reserving", Undo: []string{"release"}}
		ctx.SetTimer("deadline", time.Duration(in.Value.Within)*time.Second)
		s.ask(ctx, p, "reserve")
	case streams.Answer[Receipt]:
		s.answered(ctx, p, in.Name, in.Err)
	case streams.Timer:
		s.cancel(ctx, p, "it took too long")
	}
	return nil
}

// answered goes one step on, or begins to go back. Only a refusal for good is an
// error here: everything else is tried again.
func (s *saga) answered(ctx streams.Ctx, p *Purchase, step string, refusal error) {
	switch {
	case refusal != nil && p.Status == "cancelling":
		p.Why = refusal.Error()
		s.finish(ctx, p, "left for a person") // Undo tells what
	case refusal != nil:
		s.cancel(ctx, p, refusal.Error())
	case step == "reserve":
		p.Status, p.Undo = "charging", []string{"release", "void"}
		s.ask(ctx, p, "charge")
	case step == "charge":
		p.Undo = nil
		s.finish(ctx, p, "bought")
	default: // something is undone
		p.Undo = slices.DeleteFunc(p.Undo, func(s string) bool { return s == step })
		if len(p.Undo) == 0 {
			s.finish(ctx, p, "cancelled")
		}
	}
}

// cancel undoes all that may have been done. A call that is under way goes on
// without us: its undoing waits behind it, and a system must take the two in
// either order.
func (s *saga) cancel(ctx streams.Ctx, p *Purchase, why string) {
	p.Status, p.Why = "cancelling", why
	ctx.ClearTimer("deadline")
	s.warehouse.Cancel(ctx, "reserve")
	s.bank.Cancel(ctx, "charge")
	for _, step := range p.Undo {
		s.ask(ctx, p, step)
	}
}

func (s *saga) finish(ctx streams.Ctx, p *Purchase, status string) {
	p.Status = status
	ctx.ClearTimer("deadline")
	purchases.Send(ctx, ctx.Key(), p)
}

// ask stores the request for a step; the answer comes under the step's name.
func (s *saga) ask(ctx streams.Ctx, p *Purchase, step string) {
	system := s.warehouse
	if step == "charge" || step == "void" {
		system = s.bank
	}
	system.Ask(ctx, step, Command{Step: step, Order: ctx.Key(), Cents: p.Cents})
}

var sample = []struct {
	id string
	Order
}{
	{"apple", Order{Cents: 120, Within: 60}},
	{"yacht", Order{Cents: 90_000_000, Within: 60}},
	{"plum", Order{Cents: 80, Within: 2}},
}

func play(systems *systems) stage.Play {
	return func(ctx context.Context, s *stage.Stage) error {
		url, server, err := systems.serve(s.Printf)
		if err != nil {
			return err
		}
		defer server.Close()
		app, err := streams.Open(streams.Options{Brokers: s.Brokers, StateDir: s.StateDir, Logger: s.Logger}, topology(caller(url)))
		if err != nil {
			return err
		}
		return s.Run(ctx, app, func(ctx context.Context) error {
			for _, o := range sample {
				if err := stage.Send(ctx, s, orders, o.id, o.Order); err != nil {
					return err
				}
			}
			return s.Show(ctx, len(sample))
		})
	}
}

var topics = stage.Topics{In: []string{orders.Name}, Out: []string{purchases.Name}}

func main() { stage.Main(play(newSystems(moods)), topics) }
