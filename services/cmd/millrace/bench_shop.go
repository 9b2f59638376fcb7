package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/platform/kafka"
	"github.com/millrace/millrace/platform/lifecycle"
	"github.com/millrace/millrace/platform/telemetry"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/registry"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/demo"
)

// benchPartitions is one for each lane of a process on a small machine: every
// transaction pays for each partition it writes to.
const benchPartitions = 2

// shop is where a process that is measured can be reached.
type shop struct {
	HTTP     string   `json:"http"` // host:port
	Kafka    []string `json:"kafka"`
	Registry []string `json:"registry"` // URLs
}

// shopfront is a shop that runs, and what fills its shelves.
type shopfront struct {
	shop
	producer  *kafka.Producer
	schemas   *codec.Schemas
	movements *codec.Codec[event.InventoryMovement]
	close     func() error
}

// openShop starts a process of targets on a running Kafka, or on an embedded one.
func openShop(ctx context.Context, brokers []string, partitions int, targets ...string) (f *shopfront, err error) {
	dir, err := os.MkdirTemp("", "millrace-bench-")
	if err != nil {
		return nil, fmt.Errorf("making a folder for the state: %w", err)
	}
	s, stop, err := startShop(ctx, dir, brokers, partitions, targets)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	f = &shopfront{shop: s, close: func() error { return errors.Join(stop(), os.RemoveAll(dir)) }}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.close())
		}
	}()
	client, err := registry.NewClient(s.Registry)
	if err != nil {
		return nil, err
	}
	f.schemas = codec.New(client)
	if err := f.schemas.RegisterAll(ctx, topic.All()); err != nil {
		return nil, err
	}
	f.movements = codec.Of[event.InventoryMovement](f.schemas, topic.InventoryMovement)
	if f.producer, err = kafka.NewProducer(kafka.Config{Brokers: s.Kafka, ClientID: "millrace-bench"}); err != nil {
		return nil, err
	}
	f.close = func() error {
		f.producer.Close()
		return errors.Join(stop(), os.RemoveAll(dir))
	}
	return f, nil
}

// move brings one unit of an item to a node.
func (f *shopfront) move(ctx context.Context, sku, node string) error {
	return f.bring(ctx, sku, node, 1)
}

// bring brings units of an item to a node.
func (f *shopfront) bring(ctx context.Context, sku, node string, qty int64) error {
	id := uuid.NewString()
	return publish(ctx, f.producer, f.movements, topic.InventoryMovement, sku, id, &event.InventoryMovement{
		EntryID: id, Sku: sku, Node: node, Owner: event.OwnerSelf, Qty: qty, Source: "bench", EffectiveAt: time.Now(),
		From: event.StockConditionOutside, To: event.StockConditionSellable,
	})
}

// startShop starts the process that is measured and waits until it serves.
func startShop(ctx context.Context, dir string, brokers []string, partitions int, targets []string) (s shop, stop func() error, err error) {
	self, err := os.Executable()
	if err != nil {
		return s, nil, fmt.Errorf("finding this binary: %w", err)
	}
	args := []string{"bench", "shop", "--dir", dir, "--partitions", strconv.Itoa(partitions), "--target", strings.Join(targets, ",")}
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
	var brokers, targets []string
	var partitions int
	var dir, profile string
	cmd := &cobra.Command{
		Use: "shop", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return profiled(profile, "shop", func() error { return runShop(cmd.Context(), dir, brokers, partitions, targets) })
		},
	}
	cmd.Flags().StringSliceVar(&brokers, "kafka", nil, "")
	cmd.Flags().StringSliceVar(&targets, "target", nil, "")
	cmd.Flags().IntVar(&partitions, "partitions", benchPartitions, "")
	cmd.Flags().StringVar(&dir, "dir", "", "")
	cmd.Flags().StringVar(&profile, "profile", os.Getenv("MILLRACE_BENCH_PROFILE"), "")
	return cmd
}

func runShop(ctx context.Context, dir string, brokers []string, partitions int, targets []string) error {
	log, err := telemetry.Log(os.Stderr, "warn")
	if err != nil {
		return err
	}
	easeCollection()
	n := &neighbours{kafka: kafka.Config{Brokers: brokers, ClientID: "millrace"}, partitions: int32(partitions), replication: -1, close: func() {}}
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
	p, err := newProcess(settings{targets: targets, httpAddr: anyPort, dataDir: dir, partners: partner.Shipped(), channels: demo.Channels()}, n, log)
	if err != nil {
		return err
	}
	return p.run(ctx, lifecycle.Part{Name: "addresses", Run: func(ctx context.Context, ready func()) error {
		ready()
		if err := p.awaitReady(ctx); err != nil {
			return err
		}
		if err := json.NewEncoder(os.Stdout).Encode(shop{HTTP: p.server.Addr(), Kafka: n.kafka.Brokers, Registry: n.registry}); err != nil {
			return fmt.Errorf("telling where the server is: %w", err)
		}
		<-ctx.Done()
		return nil
	}})
}

// awaitReady returns when everything of the process serves.
func (p *process) awaitReady(ctx context.Context) error {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := p.ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		}
	}
}
