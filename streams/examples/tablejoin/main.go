// Command tablejoin joins a stream with a table: each sale gets the price of its
// product. The table is a compacted topic, of which each task keeps the rows of
// its own keys on disk. A sale without a price waits, with all later ones of its
// product behind it; other products go on.
//
//	go run ./examples/tablejoin
package main

import (
	"context"
	"fmt"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/examples/internal/stage"
)

// Sale is a record of the stream, under the product as key.
type Sale struct {
	Receipt string `json:"receipt"`
	Units   int64  `json:"units"`
}

// Price is a row of the table, under the product as key.
type Price struct {
	Cents int64 `json:"cents"`
}

// Priced is a sale with what it costs. PriceOffset says which record of the
// table decided it, for whoever asks later, when the price is another one.
type Priced struct {
	Receipt     string `json:"receipt"`
	Cents       int64  `json:"cents"`
	PriceOffset int64  `json:"price_offset"`
}

var (
	sales  = streams.Topic[Sale]{Name: "tablejoin-sales", Value: streams.JSON[Sale]()}
	prices = streams.Topic[Price]{Name: "tablejoin-prices", Value: streams.JSON[Price]()} // cleanup.policy=compact
	priced = streams.Topic[Priced]{Name: "tablejoin-priced", Value: streams.JSON[Priced]()}
)

func topology() *streams.Topology {
	t := streams.NewTopology("tablejoin")
	table := streams.NewPartitionedTable(t, prices) // needs as many partitions as sales
	join := streams.NewProcessor(t, "join", sales, func(ctx streams.Ctx, sale streams.Record[Sale]) error {
		price := table.Get(ctx, sale.Key)
		if price == nil {
			return streams.Retry(fmt.Errorf("%s has no price yet", sale.Key))
		}
		priced.Send(ctx, sale.Key, &Priced{
			Receipt: sale.Value.Receipt, Cents: sale.Value.Units * price.Value.Cents, PriceOffset: price.Position.Offset,
		})
		return nil
	})
	streams.Send(join, priced)
	return t
}

// play sends what is to happen before the start, then a price that was missing.
func play(ctx context.Context, s *stage.Stage) error {
	for _, cents := range []int64{300, 350} { // the later one counts
		if err := stage.Send(ctx, s, prices, "coffee", Price{cents}); err != nil {
			return err
		}
	}
	for _, sale := range []streams.Record[Sale]{
		{Key: "coffee", Value: Sale{"r1", 2}},
		{Key: "tea", Value: Sale{"r2", 1}}, // has no price
		{Key: "tea", Value: Sale{"r3", 4}},
		{Key: "coffee", Value: Sale{"r4", 1}},
	} {
		if err := stage.Send(ctx, s, sales, sale.Key, sale.Value); err != nil {
			return err
		}
	}
	app, err := streams.Open(streams.Options{Brokers: s.Brokers, StateDir: s.StateDir, Logger: s.Logger}, topology())
	if err != nil {
		return err
	}
	return s.Run(ctx, app, func(ctx context.Context) error {
		if err := s.Show(ctx, 2); err != nil {
			return err
		}
		if err := stage.Send(ctx, s, prices, "tea", Price{200}); err != nil {
			return err
		}
		return s.Show(ctx, 2)
	})
}

var topics = stage.Topics{In: []string{sales.Name}, Tables: []string{prices.Name}, Out: []string{priced.Name}}

func main() { stage.Main(play, topics) }
