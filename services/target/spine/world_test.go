package spine_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/credit/creditstream"
	"github.com/millrace/millrace/services/fulfilment"
	"github.com/millrace/millrace/services/fulfilment/fulfilmentstream"
	"github.com/millrace/millrace/services/order/orderstream"
	"github.com/millrace/millrace/services/returns"
	"github.com/millrace/millrace/services/returns/returnsstream"
	"github.com/millrace/millrace/services/settlement/settlementstream"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/services/target"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

var schemas = codec.NewMemory()

func typed[V any](def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

var (
	submits   = typed[event.OrderSubmit](topic.OrderSubmit)
	cancels   = typed[event.OrderCancel](topic.OrderCancel)
	amends    = typed[event.OrderAmend](topic.OrderAmend)
	movements = typed[event.InventoryMovement](topic.InventoryMovement)
	positions = typed[event.InventoryPosition](topic.InventoryPosition)
	requests  = typed[event.FulfilmentRequested](topic.FulfilmentRequested)
	recalls   = typed[event.FulfilmentCancel](topic.FulfilmentCancel)
	reports   = typed[event.FulfilmentReported](topic.FulfilmentReported)
	invoices  = typed[event.InvoiceRequested](topic.InvoiceRequested)
	posted    = typed[event.InvoicePosted](topic.InvoicePosted)
	accepted  = typed[event.OrderAccepted](topic.OrderAccepted)
	recorded  = typed[event.OrderRegistered](topic.OrderRegistered)
)

var nodes = []string{"north", "south", "harbor"}

// words is the status table of the simulated nodes.
var words = map[string]fulfilment.Table{"twin": {Version: "1", Words: map[string]string{
	"got it": "ACCEPTED", "picked": "PICKED", "boxed": "PACKED", "gone": "SHIPPED", "stopped": "CANCELLED", "too late": "CANCEL_REFUSED",
}}}

// world is the spine between simulated nodes and a simulated ERP.
type world struct {
	*streamstest.Driver
	orders     *orderstream.Room
	stock      *stockstream.Room
	settlement *settlementstream.Room
	banks      *creditstream.Room
	returns    *returnsstream.Room
	submitted  []*event.OrderSubmit
}

// patience is how long channels wait after a promised date; the others wait for ever.
var patience = map[string]time.Duration{"hasty": 72 * time.Hour}

// habits is how the simulated nodes behave.
type habits struct {
	parts, short, obeys bool // ship in several parts; ship less than asked; stop when told
}

// newWorld makes a world; more are topologies that play further partners.
func newWorld(t testing.TB, seed uint64, h habits, more ...*streams.Topology) *world {
	t.Helper()
	return newWorldOf(t, seed, h, nodes, stockstream.Config{}, more...)
}

// taken is the policy of returns.
func taken() returns.Policy {
	policy := returns.Usual
	policy.Unreferenced = map[string]map[string]int64{"shop": {"EUR": 1000}}
	return policy
}

// newWorldOf makes a world whose orders are shipped by some nodes.
func newWorldOf(t testing.TB, seed uint64, h habits, nodes []string, config stockstream.Config, more ...*streams.Topology) *world {
	t.Helper()
	w := &world{stock: stockstream.New(config, schemas), settlement: settlementstream.New(schemas), banks: creditstream.New(schemas), returns: returnsstream.New(taken(), schemas)}
	var err error
	if w.orders, err = orderstream.New(orderstream.Config{Nodes: nodes, Patience: patience, MinShelfLife: map[string]int64{"fresh": 20}}, schemas); err != nil {
		t.Fatal(err)
	}
	words, err := fulfilmentstream.New(fulfilmentstream.Config{Tables: words}, schemas)
	if err != nil {
		t.Fatal(err)
	}
	w.Driver = streamstest.New(t, streamstest.Options{Seed: seed, AbortRate: 0.1, CrashRate: 0.05, Stamp: target.Stamp(func() time.Time { return w.Now() })},
		append([]*streams.Topology{w.orders.Topology, w.stock.Topology, words.Topology, w.settlement.Topology, w.banks.Topology, w.returns.Topology, warehouses(h), erp()}, more...)...)
	return w
}

// job is a fulfilment at a simulated node.
type job struct {
	Request event.FulfilmentRequested
	Left    []int64 // units not shipped yet, a line
	Seq     int64
	Steps   int
	Ended   bool
}

// jobs are those of one order, by fulfilment.
type jobs map[string]*job

// warehouses is a topology that ships: each step of a job is a timer.
func warehouses(h habits) *streams.Topology {
	t := streams.NewTopology("warehouses")
	e := streams.NewEntity(t, "jobs", streams.JSON[jobs](), func(ctx streams.Ctx, all *jobs, in streams.Input) error {
		if *all == nil {
			*all = jobs{}
		}
		switch in := in.(type) {
		case streams.Record[event.FulfilmentRequested]:
			j := &job{Request: in.Value}
			for _, l := range in.Value.Lines {
				j.Left = append(j.Left, l.Qty)
			}
			(*all)[in.Value.FulfilmentID] = j
			ctx.SetTimer(in.Value.FulfilmentID, time.Minute)
		case streams.Record[event.FulfilmentCancel]:
			if j := (*all)[in.Value.FulfilmentID]; j != nil && !j.Ended {
				if h.obeys {
					j.Ended = true
					j.say(ctx, "stopped", nil, true)
				} else {
					j.say(ctx, "too late", nil, false)
				}
			}
		case streams.Timer:
			if j := (*all)[in.Name]; j != nil && !j.Ended {
				j.step(ctx, h)
				if !j.Ended {
					ctx.SetTimer(in.Name, time.Minute)
				}
			}
		}
		return nil
	})
	streams.Receive(e, requests)
	streams.Receive(e, recalls)
	streams.Send(e, reports)
	return t
}

// step does the next piece of work; chance comes from the job's id.
func (j *job) step(ctx streams.Ctx, h habits) {
	rng := rand.New(rand.NewPCG(uint64(len(j.Left))+uint64(j.Steps), uint64(j.Request.FulfilmentID[0])<<8|uint64(j.Request.FulfilmentID[1])))
	j.Steps++
	switch j.Steps {
	case 1:
		j.say(ctx, "got it", nil, false)
		return
	case 2:
		j.say(ctx, []string{"picked", "humming"}[rng.IntN(2)], nil, false)
		return
	case 3:
		j.say(ctx, "boxed", nil, false)
		return
	}
	part := h.parts && j.Steps < 6
	var lines []event.ShipmentLine
	for n, l := range j.Request.Lines {
		qty := j.Left[n]
		if part || h.short && rng.IntN(4) == 0 {
			qty = rng.Int64N(qty + 1)
		}
		if qty > 0 {
			j.Left[n] -= qty
			lines = append(lines, event.ShipmentLine{LineID: l.LineID, Sku: l.Sku, Qty: qty})
		}
	}
	j.Ended = !part
	if len(lines) == 0 && !j.Ended {
		return
	}
	if len(lines) == 0 {
		j.say(ctx, "stopped", nil, true)
		return
	}
	j.say(ctx, "gone", lines, j.Ended)
}

// say reports a word, twice now and then.
func (j *job) say(ctx streams.Ctx, word string, lines []event.ShipmentLine, final bool) {
	j.Seq++
	r := &event.FulfilmentReported{
		FulfilmentID: j.Request.FulfilmentID, OrderID: ctx.Key(), Node: j.Request.Node, Partner: "twin", Word: word, Lines: lines, Final: final,
		Source: "node:" + j.Request.Node, SourceSeq: j.Seq, OccurredAt: ctx.Now(),
	}
	if len(lines) > 0 {
		r.Document = fmt.Sprintf("%s-%s-%d", j.Request.Node, j.Request.FulfilmentID[:8], j.Seq)
	}
	reports.Send(ctx, ctx.Key(), r)
	if j.Seq%3 == 0 {
		reports.Send(ctx, ctx.Key(), r)
	}
}

// erp is a topology that registers orders and posts invoices.
func erp() *streams.Topology {
	t := streams.NewTopology("ledger")
	e := streams.NewEntity(t, "ledger", streams.JSON[int](), func(ctx streams.Ctx, n *int, in streams.Input) error {
		*n++
		switch in := in.(type) {
		case streams.Record[event.OrderAccepted]:
			recorded.Send(ctx, ctx.Key(), &event.OrderRegistered{OrderID: ctx.Key(), System: "ledger", Number: "S-" + ctx.Key()[:8], RegisteredAt: ctx.Now()})
		case streams.Record[event.InvoiceRequested]:
			i := in.Value
			posted.Send(ctx, ctx.Key(), &event.InvoicePosted{
				InvoiceID: i.InvoiceID, OrderID: i.OrderID, ShipmentID: i.ShipmentID, Number: fmt.Sprintf("I-%s-%d", ctx.Key()[:8], *n),
				Currency: i.Currency, Total: i.Total, System: "ledger", PostedAt: ctx.Now(),
			})
		}
		return nil
	})
	streams.Receive(e, accepted)
	streams.Receive(e, invoices)
	streams.Send(e, recorded)
	streams.Send(e, posted)
	return t
}
