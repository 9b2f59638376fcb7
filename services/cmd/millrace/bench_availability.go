package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/services/bench/availabilitybench"
)

func benchAvailabilityCommand() *cobra.Command {
	var o availabilitybench.Options
	var brokers []string
	var partitions int
	cmd := &cobra.Command{
		Use:   "availability",
		Short: "Measure reads of availability beside Redis, and how soon a movement is seen",
		Long: "Starts a process of the targets stock and availability, on a running Kafka or on an embedded one, and measures it\n" +
			"beside a running Redis on the same machine. It fails when a figure misses its target.",
		Example: "  redis-server --port 6399 & millrace bench availability --redis 127.0.0.1:6399 --kafka 127.0.0.1:9092",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Progress = func(format string, args ...any) { fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...) }
			r, err := benchAvailability(cmd.Context(), o, brokers, partitions)
			if err != nil {
				return err
			}
			fmt.Fprint(cmd.OutOrStdout(), r.Markdown())
			return r.Check()
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&brokers, "kafka", nil, "Addresses of some brokers, host:port; none embeds one.")
	f.IntVar(&partitions, "partitions", benchPartitions, "Partitions of every topic that has to be made.")
	f.StringVar(&o.Redis, "redis", "127.0.0.1:6379", "Redis to compare with, host:port; its keys key:* are written.")
	f.StringVar(&o.RedisBenchmark, "redis-benchmark", "redis-benchmark", "The program redis-benchmark.")
	f.IntVar(&o.Items, "items", 1000, "Different items.")
	f.IntVar(&o.Connections, "connections", 50, "Connections to each server.")
	f.IntVar(&o.Rounds, "rounds", 3, "Rounds of reads, of which the medians are reported.")
	f.DurationVar(&o.Span, "span", 5*time.Second, "Length of a round.")
	f.IntVar(&o.PerSecond, "per-second", 2000, "Movements of stock a second.")
	return cmd
}

func benchAvailability(ctx context.Context, o availabilitybench.Options, brokers []string, partitions int) (r *availabilitybench.Report, err error) {
	s, err := openShop(ctx, brokers, partitions, "stock", "availability")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	o.Server, o.Move = s.HTTP, s.move
	return availabilitybench.Run(ctx, o)
}
