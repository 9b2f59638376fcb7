// Package returnsstream wires returns to topics: application returns, three
// entities that hand each other records. A sale (key: order id) gives the units
// that left to claims; an account (key: customer and item) finds what goods came
// with that name no order; a return (key: return id) joins both with what buyers,
// nodes, people and settlement say.
package returnsstream

import (
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/returns"
	"github.com/millrace/millrace/streams"
)

// App is the application id of the topology.
const App = "returns"

// timerOverdue comes due when goods that were expected have not come.
const timerOverdue = "overdue"

// Account counts what is searched among the purchases of a customer.
type Account = event.ReturnAccountRecord

// Room is the returns room.
type Room struct {
	Topology *streams.Topology

	policy   returns.Policy
	sales    *streams.Entity[returns.Sale]
	sold     *streams.Children[returns.SaleLine]
	accounts *streams.Entity[Account]
	bought   *streams.Children[returns.Bought]
	wants    *streams.Children[returns.Want]
	returns  *streams.Entity[returns.Record]
	entries  *streams.Children[returns.Entry]
	receipts *streams.Children[returns.Receipt]
	verdicts *streams.Children[returns.Verdict]
	words    *streams.Children[returns.Word]
	asks     *streams.Children[returns.Ask]
	out      outputs
}

// outputs are the topics that the room writes; the first three are its own.
type outputs struct {
	bought    streams.Topic[returns.Bought] // sale to account
	wanted    streams.Topic[returns.Want]   // return to account
	found     streams.Topic[returns.Want]   // account to return
	claims    streams.Topic[event.OrderReturn]
	claimed   streams.Topic[event.ReturnClaimed]
	questions streams.Topic[event.ReturnAuthorise]
	decisions streams.Topic[event.ReturnAuthorised]
	requests  streams.Topic[event.SettlementRequest]
	movements streams.Topic[event.InventoryMovement]
	orders    streams.Topic[event.OrderSubmit]
	closed    streams.Topic[event.ReturnClosed]
}

// New makes the room.
func New(policy returns.Policy, schemas *codec.Schemas) *Room {
	t := streams.NewTopology(App)
	r := &Room{Topology: t, policy: policy, out: outputs{
		bought:    streams.Repartition(t, "bought", codec.State[returns.Bought](schemas, "return_purchase")),
		wanted:    streams.Repartition(t, "wanted", codec.State[returns.Want](schemas, "return_want")),
		found:     streams.Repartition(t, "found", codec.State[returns.Want](schemas, "return_want")),
		claims:    typed[event.OrderReturn](schemas, topic.OrderReturn),
		claimed:   typed[event.ReturnClaimed](schemas, topic.ReturnClaimed),
		questions: typed[event.ReturnAuthorise](schemas, topic.ReturnAuthorise),
		decisions: typed[event.ReturnAuthorised](schemas, topic.ReturnAuthorised),
		requests:  typed[event.SettlementRequest](schemas, topic.SettlementRequest),
		movements: typed[event.InventoryMovement](schemas, topic.InventoryMovement),
		orders:    typed[event.OrderSubmit](schemas, topic.OrderSubmit),
		closed:    typed[event.ReturnClosed](schemas, topic.ReturnClosed),
	}}
	r.wireSales(schemas)
	r.wireAccounts(schemas)
	r.wireReturns(schemas)
	return r
}

func typed[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

func (r *Room) wireSales(schemas *codec.Schemas) {
	r.sales = streams.NewEntity(r.Topology, "sale", codec.State[returns.Sale](schemas, "return_sale"), r.sale)
	r.sold = streams.NewChildren(r.sales, "line", codec.State[returns.SaleLine](schemas, "return_sale_line"))
	streams.Receive(r.sales, typed[event.OrderAccepted](schemas, topic.OrderAccepted))
	streams.Receive(r.sales, typed[event.OrderAmended](schemas, topic.OrderAmended))
	streams.Receive(r.sales, typed[event.ShipmentConfirmed](schemas, topic.ShipmentConfirmed))
	streams.Receive(r.sales, r.out.claims)
	streams.Send(r.sales, r.out.claimed)
	streams.Send(r.sales, r.out.bought)
}

func (r *Room) wireAccounts(schemas *codec.Schemas) {
	r.accounts = streams.NewEntity(r.Topology, "account", codec.State[Account](schemas, "return_account"), r.account)
	r.bought = streams.NewChildren(r.accounts, "bought", codec.State[returns.Bought](schemas, "return_purchase"))
	r.wants = streams.NewChildren(r.accounts, "want", codec.State[returns.Want](schemas, "return_want"))
	streams.Receive(r.accounts, r.out.bought)
	streams.Receive(r.accounts, r.out.wanted)
	streams.Send(r.accounts, r.out.found)
}

func (r *Room) wireReturns(schemas *codec.Schemas) {
	r.returns = streams.NewEntity(r.Topology, "return", codec.State[returns.Record](schemas, "return"), r.back, streams.WithNew(returns.New))
	r.entries = streams.NewChildren(r.returns, "line", codec.State[returns.Entry](schemas, "return_line"))
	r.receipts = streams.NewChildren(r.returns, "receipt", codec.State[returns.Receipt](schemas, "return_receipt"))
	r.verdicts = streams.NewChildren(r.returns, "disposition", codec.State[returns.Verdict](schemas, "return_disposition"))
	r.words = streams.NewChildren(r.returns, "word", codec.State[returns.Word](schemas, "return_word"))
	r.asks = streams.NewChildren(r.returns, "ask", codec.State[returns.Ask](schemas, "return_ask"))
	streams.Receive(r.returns, typed[event.ReturnRequested](schemas, topic.ReturnRequested))
	streams.Receive(r.returns, typed[event.ReturnReceived](schemas, topic.ReturnReceived))
	streams.Receive(r.returns, typed[event.ReturnDispositioned](schemas, topic.ReturnDispositioned))
	streams.Receive(r.returns, typed[event.ReturnResolve](schemas, topic.ReturnResolve))
	streams.Receive(r.returns, typed[event.ReturnRuled](schemas, topic.ReturnRuled))
	streams.Receive(r.returns, typed[event.ReturnCredited](schemas, topic.ReturnCredited))
	streams.Receive(r.returns, r.out.claimed)
	streams.Receive(r.returns, r.out.found)
	streams.Send(r.returns, r.out.wanted)
	streams.Send(r.returns, r.out.claims)
	streams.Send(r.returns, r.out.questions)
	streams.Send(r.returns, r.out.decisions)
	streams.Send(r.returns, r.out.requests)
	streams.Send(r.returns, r.out.movements)
	streams.Send(r.returns, r.out.orders)
	streams.Send(r.returns, r.out.closed)
}

// Return reads the committed record of a return; nil when nothing is known of it.
func (r *Room) Return(from streams.Committed, id string) (*returns.Record, error) {
	return r.returns.Get(from, id)
}

// Entries reads the committed lines of a return.
func (r *Room) Entries(from streams.Committed, id string) ([]*returns.Entry, error) {
	return r.entries.Read(from, id)
}

// Books reads what a person may decide about: the committed lines, words and asks of a
// return.
func (r *Room) Books(from streams.Committed, id string) (*returns.Books, error) {
	record, err := r.returns.Get(from, id)
	if err != nil {
		return nil, err
	}
	if record == nil {
		record = returns.New()
	}
	b := returns.NewBooks(id, r.policy, record)
	entries, err := r.entries.Read(from, id)
	if err != nil {
		return nil, err
	}
	words, err := r.words.Read(from, id)
	if err != nil {
		return nil, err
	}
	asks, err := r.asks.Read(from, id)
	for _, x := range entries {
		b.Entries.Load(x.ReturnLine, x)
	}
	for _, x := range words {
		b.Words.Load(x.RequestID, x)
	}
	for _, x := range asks {
		b.Asks.Load(x.RequestID, x)
	}
	return b, err
}

// Returnable reads what of an order may come back at the time now, line by line;
// nil of an order that returns have not heard of.
func (r *Room) Returnable(from streams.Committed, order string, now time.Time) ([]returns.Returnable, error) {
	lines, err := r.sold.Read(from, order)
	if err != nil {
		return nil, err
	}
	var all []returns.Returnable
	for _, l := range lines {
		all = append(all, r.policy.MayReturn(l, now))
	}
	return all, nil
}

// Scan calls fn with the committed record of every return of this process until
// it returns false.
func (r *Room) Scan(from streams.Committed, fn func(id string, r *returns.Record) bool) error {
	return r.returns.Scan(from, fn)
}

// Sold returns how many units left with the accepted orders of this process, as far
// as returns know of it.
func (r *Room) Sold(from streams.Committed) (units int64, err error) {
	err = r.sales.Scan(from, func(_ string, s *returns.Sale) bool {
		if s.Known {
			units += s.Shipped
		}
		return true
	})
	return units, err
}

// InFlight returns how many records the entities of this process have sent each
// other and not handled yet. With 0, and nothing coming in, what is found is final.
func (r *Room) InFlight(from streams.Committed) (records int64, err error) {
	err = r.sales.Scan(from, func(_ string, s *returns.Sale) bool {
		records += s.Told
		return true
	})
	if err == nil {
		err = r.accounts.Scan(from, func(_ string, a *Account) bool {
			records += a.Told - a.Heard
			return true
		})
	}
	if err == nil {
		err = r.returns.Scan(from, func(_ string, x *returns.Record) bool {
			records += x.Told - x.Heard
			return true
		})
	}
	return records, err
}
