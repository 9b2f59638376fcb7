// Command totals keeps a running total for each customer: the smallest program
// with a state. For each order it commits the new total, the output and the
// order's offset together, or nothing of it.
//
//	go run ./examples/totals
package main

import (
	"context"
	"errors"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/examples/internal/stage"
)

// Order is an input, under the customer's name as key.
type Order struct {
	Cents int64 `json:"cents"`
}

// Total is the state of a customer, and what is sent of it.
type Total struct {
	Orders int   `json:"orders"`
	Cents  int64 `json:"cents"`
}

var (
	orders = streams.Topic[Order]{Name: "totals-orders", Value: streams.JSON[Order]()}
	totals = streams.Topic[Total]{Name: "totals-totals", Value: streams.JSON[Total]()}
)

func topology() *streams.Topology {
	t := streams.NewTopology("totals") // names the consumer group and the internal topics
	customers := streams.NewEntity(t, "customer", streams.JSON[Total](), count)
	streams.Receive(customers, orders)
	streams.Send(customers, totals) // each total; SendLatest sends one per customer and transaction
	return t
}

// count is called with one order at a time of a customer, whichever process runs
// it. An error undoes what the call did and makes the order a dead letter.
func count(ctx streams.Ctx, total *Total, in streams.Input) error {
	order := in.(streams.Record[Order])
	if order.Value.Cents <= 0 {
		return errors.New("an order without an amount")
	}
	total.Orders++
	total.Cents += order.Value.Cents
	totals.Send(ctx, order.Key, total)
	return nil
}

var sample = []struct {
	customer string
	Order
}{
	{"ada", Order{1250}}, {"grace", Order{300}}, {"ada", Order{750}}, {"edsger", Order{9900}}, {"ada", Order{1}},
}

func play(ctx context.Context, s *stage.Stage) error {
	app, err := streams.Open(streams.Options{Brokers: s.Brokers, StateDir: s.StateDir, Logger: s.Logger}, topology())
	if err != nil {
		return err
	}
	return s.Run(ctx, app, func(ctx context.Context) error {
		for _, o := range sample {
			if err := stage.Send(ctx, s, orders, o.customer, o.Order); err != nil {
				return err
			}
		}
		return s.Show(ctx, len(sample))
	})
}

var topics = stage.Topics{In: []string{orders.Name}, Out: []string{totals.Name}}

func main() { stage.Main(play, topics) }
