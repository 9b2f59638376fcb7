//go:build linux

// Command soak loads many keys through a topology on a real Kafka and watches
// the memory of the process that runs it: the bound follows from the
// configuration and must hold whatever the number of keys.
//
//	go run ./streams/cmd/soak --keys 10000000
//
// It starts a broker of its own unless --brokers names some, prints a report, and
// exits with 1 when the bound was passed or the load not handled in time.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/millrace/millrace/testenv"
)

// options of a run.
type options struct {
	brokers []string
	keys    int
	updates int
	limit   time.Duration
	bound   int64 // bytes; 0: what the configuration says
	dir     string
	profile string // file for a heap profile of the instance, should it pass the bound
}

func main() {
	if app := os.Getenv(instanceVariable); app != "" {
		os.Exit(instance(app))
	}
	var o options
	brokers := flag.String("brokers", "", "addresses of a Kafka, comma-separated; default: start one")
	flag.IntVar(&o.keys, "keys", 10_000_000, "keys, each with a state and a child")
	flag.IntVar(&o.updates, "updates", 1_000_000, "inputs to random keys after that")
	flag.DurationVar(&o.limit, "limit", time.Hour, "time after which the run has failed")
	bound := flag.Int("bound", 0, "memory in MiB that the instance may use; default: by its configuration")
	flag.StringVar(&o.profile, "profile", "soak-heap.pprof", "file for a heap profile, should the bound be passed")
	flag.Parse()
	o.bound = int64(*bound) << 20
	if *brokers != "" {
		o.brokers = strings.Split(*brokers, ",")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
}

// run makes what is missing, soaks, and reports.
func run(ctx context.Context, o options) (err error) {
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	if len(o.brokers) == 0 {
		cluster, err := testenv.StartKafka(ctx, testenv.KafkaOptions{})
		if err != nil {
			return fmt.Errorf("starting Kafka: %w", err)
		}
		defer func() { _ = cluster.Kill() }() // its state is of no use
		o.brokers = cluster.Addrs()
	}
	if o.dir, err = os.MkdirTemp("", "soak-"); err != nil {
		return fmt.Errorf("making a state directory: %w", err)
	}
	defer os.RemoveAll(o.dir)
	if o.profile, err = filepath.Abs(o.profile); err != nil {
		return fmt.Errorf("naming the profile: %w", err)
	}
	parts := memory()
	if o.bound == 0 {
		o.bound = parts.bound()
	}
	fmt.Print(parts)
	samples, err := soak(ctx, o)
	if err != nil {
		return err
	}
	return judge(samples, o.bound)
}
