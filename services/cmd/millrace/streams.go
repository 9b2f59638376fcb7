package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/millrace/millrace/platform/config"
	"github.com/millrace/millrace/platform/kafka"
	"github.com/millrace/millrace/streams"
)

func streamsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "streams", Short: "Look after the tasks of topologies"}
	cmd.AddCommand(streamsSkipCommand())
	return cmd
}

// skipTimeout bounds how long a skip waits for open transactions to end.
const skipTimeout = time.Minute

func streamsSkipCommand() *cobra.Command {
	var c connection
	var in streams.InputPartition
	var file string
	var to int64
	set := config.New("MILLRACE")
	c.declare(set)
	cmd := &cobra.Command{
		Use:   "skip",
		Short: "Move the position of a stopped task",
		Long: "Moves where a topology goes on in one partition of an input, in the group and in the changelog, in one transaction.\n" +
			"Records between the old and the new position are left out, or handled once more. It refuses while the task runs;\n" +
			"a task that stopped with an error goes on by itself within seconds.",
		Example: "  millrace streams skip --topology order --topic order.submit.v1 --partition 3 --to 1207",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := set.Load(file, os.Environ()); err != nil {
				return usageError{err}
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), skipTimeout)
			defer cancel()
			before, err := skip(ctx, c.kafka(), in, to)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s %s/%d: before %d, now %d\n", in.App, in.Topic, in.Partition, before, to)
			return err
		},
	}
	cmd.Flags().StringVar(&in.App, "topology", "", "topology whose position moves")
	cmd.Flags().StringVar(&in.Topic, "topic", "", "input of the topology")
	cmd.Flags().Int32Var(&in.Partition, "partition", -1, "partition of the input")
	cmd.Flags().Int64Var(&to, "to", -1, "offset of the next record to handle")
	for _, name := range []string{"topology", "topic", "partition", "to"} {
		_ = cmd.MarkFlagRequired(name) // fails only for a flag that is not there
	}
	cmd.Flags().StringVar(&file, "config", "", "YAML file of settings")
	set.Bind(cmd.Flags())
	return cmd
}

func skip(ctx context.Context, k kafka.Config, in streams.InputPartition, to int64) (int64, error) {
	client, err := kafka.ClientOptions(k)
	if err != nil {
		return 0, err
	}
	return streams.Skip(ctx, streams.Options{Brokers: k.Brokers, Kafka: client}, in, to)
}
