// Package tally is a program for the simulation whose every output can be
// computed again from its inputs: one entity with two inputs, children, timers,
// effects and handlers that fail after they changed everything.
//
// An input is a number for a key. Each makes one output with the running count,
// sum, least and greatest of its key, so that a lost, doubled or reordered input
// shows in every later output of the key; and one echo. Some numbers fail the
// handler or make it panic at its end: these are dead letters, and nothing else
// of them may be seen.
package tally

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/sim"
)

// App is the topology's name.
const App = "tally"

// Topics of the program.
const (
	First  = "tally.first" // inputs
	Second = "tally.second"
	Totals = "tally.totals" // one for each input, with the state after it
	Echo   = "tally.echo"   // one for each input of First, with its value
	Ticks  = "tally.ticks"  // one for each timer
	Booked = "tally.booked" // one for each answered effect
)

// Partner is what effects call.
const Partner = "ledger"

// Every so many inputs of a key an effect is asked and a timer is set.
const (
	bookEvery = 4
	tickEvery = 5
	children  = 6
)

// Numbers that fail the handler.
const (
	Refused = 13
	Panics  = 666
)

// Total is an entity's state, and what its outputs say.
type Total struct {
	Count, Sum, Min, Max int64
	Ticks, Booked        int64
	Source               string `json:",omitempty"` // topic@offset, of an output
}

func (t *Total) add(n int64) {
	t.Count++
	t.Sum += n
	if t.Count == 1 || n < t.Min {
		t.Min = n
	}
	if t.Count == 1 || n > t.Max {
		t.Max = n
	}
}

// Program is the program with its check.
func Program() sim.Program {
	return sim.Program{
		New:    Topology,
		Topics: []string{First, Second, Totals, Echo, Ticks, Booked},
		Input:  input,
		Check:  Check,
	}
}

func input(r *rand.Rand, _ int) sim.Record {
	n := r.IntN(1000) - 300
	if r.IntN(12) == 0 {
		n = []int{Refused, Panics}[r.IntN(2)]
	}
	topic := First
	if r.IntN(3) == 0 {
		topic = Second
	}
	return sim.Record{Topic: topic, Key: "k" + strconv.Itoa(r.IntN(9)), Value: []byte(strconv.Itoa(n))}
}

// parts are the declarations that the handler uses.
type parts struct {
	totals, ticks, booked streams.Topic[Total]
	echo                  streams.Topic[int64]
	ledger                streams.Destination[string, string]
	recent                *streams.Children[int64]
}

// Topology is the program of one process.
func Topology(process *sim.Process) *streams.Topology {
	p := &parts{
		totals: streams.Topic[Total]{Name: Totals, Value: streams.JSON[Total]()},
		ticks:  streams.Topic[Total]{Name: Ticks, Value: streams.JSON[Total]()},
		booked: streams.Topic[Total]{Name: Booked, Value: streams.JSON[Total]()},
		echo:   streams.Topic[int64]{Name: Echo, Value: streams.JSON[int64]()},
		ledger: streams.Destination[string, string]{
			Name: Partner, Timeout: 2 * time.Second, Concurrent: 4, BackoffMin: 200 * time.Millisecond, BackoffMax: 5 * time.Second,
			Call: func(ctx context.Context, request string) (string, error) { return process.Call(ctx, Partner, request) },
		},
	}
	t := streams.NewTopology(App)
	e := streams.NewEntity(t, "total", streams.JSON[Total](), p.handle)
	p.recent = streams.NewChildren(e, "recent", streams.JSON[int64]())
	streams.Receive(e, streams.Topic[int64]{Name: First, Value: streams.JSON[int64]()})
	streams.Receive(e, streams.Topic[int64]{Name: Second, Value: streams.JSON[int64]()})
	streams.Send(e, p.totals)
	streams.Send(e, p.ticks)
	streams.Send(e, p.booked)
	streams.Send(e, p.echo)
	streams.Calls(e, p.ledger)
	return t
}

func (p *parts) handle(ctx streams.Ctx, t *Total, in streams.Input) error {
	switch in := in.(type) {
	case streams.Record[int64]:
		return p.number(ctx, t, in)
	case streams.Timer:
		t.Ticks++
		p.ticks.Send(ctx, ctx.Key(), t)
	case streams.Answer[string]:
		t.Booked++
		answered := *t
		answered.Source = in.Value
		p.booked.Send(ctx, ctx.Key(), &answered)
	}
	return nil
}

// number handles an input; it fails last, when there is everything to undo.
func (p *parts) number(ctx streams.Ctx, t *Total, in streams.Record[int64]) error {
	t.add(in.Value)
	p.recent.Put(ctx, strconv.FormatInt(t.Count%children, 10), &in.Value)
	source := fmt.Sprintf("%s@%d", in.Topic, in.Offset)
	if t.Count%bookEvery == 0 {
		p.ledger.Ask(ctx, source, fmt.Sprintf("%s %s", ctx.Key(), source))
	}
	if t.Count%tickEvery == 0 {
		ctx.SetTimer(source, 3*time.Second)
	}
	out := *t
	out.Source = source
	p.totals.Send(ctx, in.Key, &out)
	if in.Topic == First {
		p.echo.Send(ctx, in.Key, &in.Value)
	}
	switch in.Value {
	case Refused:
		return errors.New("refused")
	case Panics:
		panic("number of the beast")
	}
	return nil
}
