package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/platform/kafka"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/bench/availabilitybench"
	"github.com/millrace/millrace/services/bench/flowbench"
	"github.com/millrace/millrace/services/demo"
)

func benchFlowCommand() *cobra.Command {
	o := flowbench.Options{Channel: demo.Channels()[0].ID}
	var brokers, targets []string
	var partitions, items, movements int
	cmd := &cobra.Command{
		Use:   "flow",
		Short: "Measure how soon orders are allocated, and how many",
		Long: "Starts a process of the rooms on an order's way to its units, on a running Kafka or on an embedded one, posts\n" +
			"orders over HTTP, and moves stock. It fails when a figure misses its target.",
		Example: "  millrace bench flow --kafka 127.0.0.1:9092",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Progress = func(format string, args ...any) { fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...) }
			r, seen, err := benchFlow(cmd.Context(), o, brokers, partitions, targets, items, movements)
			if err != nil {
				return err
			}
			fmt.Fprint(cmd.OutOrStdout(), r.Markdown(), seen.Markdown())
			return errors.Join(r.Check(), seen.Check())
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&brokers, "kafka", nil, "Addresses of some brokers, host:port; none embeds one.")
	f.StringSliceVar(&targets, "target", []string{"order", "stock", "availability"}, "Rooms that run; order, stock and availability are needed.")
	f.IntVar(&partitions, "partitions", benchPartitions, "Partitions of every topic that has to be made.")
	f.IntVar(&items, "items", 1000, "Different items, each in plenty at every node.")
	f.IntVar(&o.Lines, "lines", 3, "Lines of an order, each of another item.")
	f.IntVar(&o.PerSecond, "per-second", 500, "Orders a second in the paced rounds.")
	f.IntVar(&o.Open, "open", 500, "Orders on their way in the sustained rounds.")
	f.DurationVar(&o.Span, "span", 15*time.Second, "Length of a round.")
	f.IntVar(&o.Rounds, "rounds", 3, "Rounds of each kind, of which the medians are reported.")
	f.IntVar(&movements, "movements", 2000, "Movements of stock a second.")
	return cmd
}

func benchFlow(ctx context.Context, o flowbench.Options, brokers []string, partitions int, targets []string, items, movements int) (r *flowbench.Report, seen availabilitybench.Visible, err error) {
	s, err := openShop(ctx, brokers, partitions, targets...)
	if err != nil {
		return nil, seen, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	o.Progress("bringing %d items to %s", items, strings.Join(demo.Nodes, ", "))
	if o.SKUs, err = s.furnish(ctx, items); err != nil {
		return nil, seen, err
	}
	reader, err := kafka.NewReader(kafka.Config{Brokers: s.Kafka, ClientID: "millrace-bench"})
	if err != nil {
		return nil, seen, err
	}
	defer reader.Close()
	o.Server, o.Reader = s.HTTP, reader
	visible := availabilitybench.Options{
		Server: s.HTTP, Items: items, Span: o.Span, PerSecond: movements, Move: s.move, Progress: o.Progress,
	}
	if err := visible.Await(ctx, o.SKUs...); err != nil {
		return nil, seen, err
	}
	if r, err = flowbench.Run(ctx, o); err != nil {
		return nil, seen, err
	}
	seen, err = visible.Movements(ctx)
	return r, seen, err
}

// plenty is what every node has of every item.
const plenty = 1_000_000

// furnish publishes items and brings them to all nodes.
func (f *shopfront) furnish(ctx context.Context, items int) ([]string, error) {
	products := codec.Of[event.ProductPublished](f.schemas, topic.ProductPublished)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(64)
	skus := make([]string, items)
	for n := range skus {
		skus[n] = availabilitybench.SKU(n)
		group.Go(func() error {
			return publish(ctx, f.producer, products, topic.ProductPublished, skus[n], skus[n], &event.ProductPublished{
				Sku: skus[n], Name: skus[n], Uom: "EA", UnitsPerCase: 1, PriceE6: 1_000_000, Currency: "EUR",
				Kind: event.LineKindGoods, Active: true, Version: 1, PublishedAt: time.Now(),
			})
		})
		for _, node := range demo.Nodes {
			group.Go(func() error { return f.bring(ctx, skus[n], node, plenty) })
		}
	}
	return skus, group.Wait()
}
