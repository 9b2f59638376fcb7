package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/millrace/millrace/platform/kafka"
	"github.com/millrace/millrace/platform/lifecycle"
	"github.com/millrace/millrace/platform/telemetry"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/registry"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/bench/availabilitybench"
)

// shop is where a process of stock and availability can be reached.
type shop struct {
	HTTP     string   `json:"http"` // host:port
	Kafka    []string `json:"kafka"`
	Registry []string `json:"registry"` // URLs
}

func benchAvailabilityCommand() *cobra.Command {
	var o availabilitybench.Options
	var brokers []string
	cmd := &cobra.Command{
		Use:   "availability",
		Short: "Measure reads of availability beside Redis, and how soon a movement is seen",
		Long: "Starts a process of the targets stock and availability, on a running Kafka or on an embedded one, and measures it\n" +
			"beside a running Redis on the same machine. It fails when a figure misses its target.",
		Example: "  redis-server --port 6399 & millrace bench availability --redis 127.0.0.1:6399 --kafka 127.0.0.1:9092",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Progress = func(format string, args ...any) { fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", args...) }
			r, err := benchAvailability(cmd.Context(), o, brokers)
			if err != nil {
				return err
			}
			fmt.Fprint(cmd.OutOrStdout(), r.Markdown())
			return r.Check()
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&brokers, "kafka", nil, "Addresses of some brokers, host:port; none embeds one.")
	f.StringVar(&o.Redis, "redis", "127.0.0.1:6379", "Redis to compare with, host:port; its keys key:* are written.")
	f.StringVar(&o.RedisBenchmark, "redis-benchmark", "redis-benchmark", "The program redis-benchmark.")
	f.IntVar(&o.Items, "items", 1000, "Different items.")
	f.IntVar(&o.Connections, "connections", 50, "Connections to each server.")
	f.IntVar(&o.Rounds, "rounds", 3, "Rounds of reads, of which the medians are reported.")
	f.DurationVar(&o.Span, "span", 5*time.Second, "Length of a round.")
	f.IntVar(&o.PerSecond, "per-second", 2000, "Movements of stock a second.")
	return cmd
}

func benchAvailability(ctx context.Context, o availabilitybench.Options, brokers []string) (r *availabilitybench.Report, err error) {
	dir, err := os.MkdirTemp("", "millrace-bench-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the state: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, stop, err := startShop(ctx, dir, brokers)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, stop()) }()
	client, err := registry.NewClient(s.Registry)
	if err != nil {
		return nil, err
	}
	schemas := codec.New(client)
	if err := schemas.RegisterAll(ctx, topic.All()); err != nil {
		return nil, err
	}
	producer, err := kafka.NewProducer(kafka.Config{Brokers: s.Kafka, ClientID: "millrace-bench"})
	if err != nil {
		return nil, err
	}
	defer producer.Close()
	movements := codec.Of[event.InventoryMovement](schemas, topic.InventoryMovement)
	o.Server = s.HTTP
	o.Move = func(ctx context.Context, sku, node string) error {
		id := uuid.NewString()
		return publish(ctx, producer, movements, topic.InventoryMovement, sku, id, &event.InventoryMovement{
			EntryID: id, Sku: sku, Node: node, Owner: "own", Qty: 1, Source: "bench", EffectiveAt: time.Now(),
			From: event.StockConditionOutside, To: event.StockConditionSellable,
		})
	}
	return availabilitybench.Run(ctx, o)
}

// startShop starts the process that is measured and waits until it serves.
func startShop(ctx context.Context, dir string, brokers []string) (s shop, stop func() error, err error) {
	self, err := os.Executable()
	if err != nil {
		return s, nil, fmt.Errorf("finding this binary: %w", err)
	}
	args := []string{"bench", "shop", "--dir", dir}
	for _, b := range brokers {
		args = append(args, "--kafka", b)
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Stderr = os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return s, nil, fmt.Errorf("starting the server: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return s, nil, fmt.Errorf("starting the server: %w", err)
	}
	stop = func() error {
		if err := cmd.Cancel(); err != nil {
			return fmt.Errorf("ending the server: %w", err)
		}
		return cmd.Wait()
	}
	if err := json.NewDecoder(out).Decode(&s); err != nil {
		return s, nil, errors.Join(fmt.Errorf("waiting for the server: %w", err), stop())
	}
	return s, stop, nil
}

// benchShopCommand is the server that is measured, started by the benchmark. It
// tells where it can be reached on standard output.
func benchShopCommand() *cobra.Command {
	var brokers []string
	var dir, profile string
	cmd := &cobra.Command{
		Use: "shop", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return profiled(profile, "shop", func() error { return runShop(cmd.Context(), dir, brokers) })
		},
	}
	cmd.Flags().StringSliceVar(&brokers, "kafka", nil, "")
	cmd.Flags().StringVar(&dir, "dir", "", "")
	cmd.Flags().StringVar(&profile, "profile", os.Getenv("MILLRACE_BENCH_PROFILE"), "")
	return cmd
}

func runShop(ctx context.Context, dir string, brokers []string) error {
	log, err := telemetry.Log(os.Stderr, "warn")
	if err != nil {
		return err
	}
	easeCollection()
	n := &neighbours{kafka: kafka.Config{Brokers: brokers, ClientID: "millrace"}, partitions: 12, replication: -1, close: func() {}}
	const anyPort = "127.0.0.1:0"
	if len(brokers) > 0 {
		err = n.embedRegistry(ctx, anyPort, log)
	} else {
		n, err = embed(ctx, anyPort, anyPort, filepath.Join(dir, "broker"), log)
	}
	if err != nil {
		return err
	}
	defer n.close()
	p, err := newProcess(settings{targets: []string{"stock", "availability"}, httpAddr: anyPort, dataDir: dir}, n, log)
	if err != nil {
		return err
	}
	return p.run(ctx, lifecycle.Part{Name: "addresses", Run: func(ctx context.Context, ready func()) error {
		ready()
		if err := json.NewEncoder(os.Stdout).Encode(shop{HTTP: p.server.Addr(), Kafka: n.kafka.Brokers, Registry: n.registry}); err != nil {
			return fmt.Errorf("telling where the server is: %w", err)
		}
		<-ctx.Done()
		return nil
	}})
}
