//go:build unix

// Package rush_test runs the rooms of orders and stock as processes of their own,
// on an embedded broker and on a real Kafka, and kills them while many buyers want
// the same goods.
package rush_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/services/order/orderstream"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/services/target"
	"github.com/millrace/millrace/streams"
)

// childVariable holds the config of a process that is to be an instance.
const childVariable = "MILLRACE_RUSH_CHILD"

// config is all that an instance is told.
type config struct {
	Brokers []string
	Dir     string
}

// TestMain lets the test binary be an instance.
func TestMain(m *testing.M) {
	if text := os.Getenv(childVariable); text != "" {
		if err := child(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child runs both rooms until SIGTERM, as `millrace run --target order,stock` does.
func child(text string) error {
	var c config
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return fmt.Errorf("reading config: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	app, err := open(c)
	if err != nil {
		return err
	}
	return app.Run(ctx)
}

// schemas of every process have the same ids: they are counted in the same order.
var schemas = codec.NewMemory()

func open(c config) (*streams.App, error) {
	orders, err := orderstream.New(orderstream.Config{Nodes: []string{node}}, schemas)
	if err != nil {
		return nil, err
	}
	return streams.Open(streams.Options{
		Brokers: c.Brokers, StateDir: c.Dir, Lanes: 2, SessionTimeout: 6 * time.Second, Replication: -1,
		Stamp: target.Stamp(time.Now), Logger: zerolog.New(os.Stderr).Level(zerolog.InfoLevel).With().Timestamp().Logger(),
	}, orders.Topology, stockstream.New(stockstream.Config{}, schemas).Topology)
}
