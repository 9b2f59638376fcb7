//go:build unix

package rush_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/platform/kafka"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/testenv"
)

const (
	node       = "north"
	partitions = 4
)

// world is a broker, what the rooms on it have committed, and a way to write.
type world struct {
	testing.TB
	addrs  []string
	client *kgo.Client

	mu        sync.Mutex
	failed    error                                 // what should never be
	allocated map[string]int                        // events, by order
	cancelled map[string]int                        // events, by order
	positions map[string]event.NodePosition         // newest, by item
	answers   map[string]chan event.InventoryAnswer // of commands that somebody waits for
}

var (
	submits   = codec.Of[event.OrderSubmit](schemas, topic.OrderSubmit)
	movements = codec.Of[event.InventoryMovement](schemas, topic.InventoryMovement)
	commands  = codec.Of[event.InventoryCommand](schemas, topic.InventoryCommand)
)

// newWorld makes all topics and reads what is committed until the test ends.
func newWorld(t testing.TB, addrs []string) *world {
	t.Helper()
	w := &world{
		TB: t, addrs: addrs, allocated: map[string]int{}, cancelled: map[string]int{},
		positions: map[string]event.NodePosition{}, answers: map[string]chan event.InventoryAnswer{},
	}
	var err error
	if w.client, err = kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerLinger(time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	var specs []kafka.TopicSpec
	for _, def := range topic.All() {
		specs = append(specs, kafka.TopicSpec{Name: def.Name, Partitions: partitions, Replication: -1, Configs: topic.Configs(def)})
	}
	if err := kafka.EnsureTopics(t.Context(), kadm.NewClient(w.client), specs); err != nil {
		t.Fatal(err)
	}
	w.read()
	return w
}

// embedded is a broker inside the test, with its records in a folder.
func embedded(t testing.TB) []string {
	t.Helper()
	broker, err := kafka.StartEmbedded(t.Context(), kafka.EmbeddedConfig{Addr: "127.0.0.1:0", DataDir: t.TempDir(), Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := broker.Close(); err != nil {
			t.Error(err)
		}
	})
	return []string{broker.Addr()}
}

// read follows the verdicts, the positions and the dead letters.
func (w *world) read() {
	w.Helper()
	reader, err := kgo.NewClient(
		kgo.SeedBrokers(w.addrs...), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.UnknownTopicRetries(-1), kgo.FetchMaxWait(250*time.Millisecond),
		kgo.ConsumeTopics(topic.OrderAllocated.Name, topic.OrderCancelled.Name, topic.OrderRejected.Name, topic.InventoryPosition.Name, topic.InventoryAnswer.Name, "order.dlq", "stock.dlq"),
	)
	if err != nil {
		w.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for {
			fetches := reader.PollFetches(context.Background())
			if fetches.IsClientClosed() {
				return
			}
			w.mu.Lock()
			fetches.EachRecord(func(r *kgo.Record) {
				if err := w.take(r); err != nil {
					w.failed = errors.Join(w.failed, fmt.Errorf("%s/%d at %d: %w", r.Topic, r.Partition, r.Offset, err))
				}
			})
			w.mu.Unlock()
		}
	})
	w.Cleanup(func() { reader.Close(); reading.Wait() })
}

// take notes a committed record.
func (w *world) take(r *kgo.Record) error {
	switch r.Topic {
	case topic.OrderAllocated.Name:
		v, err := decoded[event.OrderAllocated](topic.OrderAllocated, r)
		w.allocated[v.OrderID]++
		return err
	case topic.OrderCancelled.Name:
		v, err := decoded[event.OrderCancelled](topic.OrderCancelled, r)
		w.cancelled[v.OrderID]++
		return err
	case topic.InventoryPosition.Name:
		v, err := decoded[event.InventoryPosition](topic.InventoryPosition, r)
		for _, n := range v.Nodes {
			if w.positions[v.Sku] = n; n.Available < 0 {
				err = fmt.Errorf("%s is oversold in version %d: %+v", v.Sku, v.Version, n)
			}
		}
		return err
	case topic.InventoryAnswer.Name:
		v, err := decoded[event.InventoryAnswer](topic.InventoryAnswer, r)
		if heard := w.answers[v.CommandID]; heard != nil {
			delete(w.answers, v.CommandID)
			heard <- v
		}
		return err
	}
	return fmt.Errorf("%q should not be there", r.Value)
}

func decoded[V any](def topic.Def, r *kgo.Record) (v V, err error) {
	err = codec.Of[V](schemas, def).Decode(r.Value, &v)
	return v, err
}

// write sends a value to a topic. It never gives up: the client tries as long as
// it lives.
func write[V any](w *world, c *codec.Codec[V], def topic.Def, key string, v *V) {
	w.Helper()
	value, err := c.Append(nil, v)
	if err != nil {
		w.Fatal(err)
	}
	w.client.Produce(context.Background(), &kgo.Record{Topic: def.Name, Key: []byte(key), Value: value}, func(_ *kgo.Record, err error) {
		if err != nil {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.failed = errors.Join(w.failed, fmt.Errorf("writing to %s: %w", def.Name, err))
		}
	})
}

// instance is a process with both rooms.
func (w *world) instance(name string) *testenv.Program {
	w.Helper()
	dir, err := os.MkdirTemp("", "rush-")
	if err != nil {
		w.Fatal(err)
	}
	w.Cleanup(func() { os.RemoveAll(dir) })
	text, err := json.Marshal(config{Brokers: w.addrs, Dir: filepath.Join(dir, "state")})
	if err != nil {
		w.Fatal(err)
	}
	p := testenv.NewSelf(w, "instance "+name, dir, childVariable+"="+string(text))
	if err := p.Start(); err != nil {
		w.Fatal(err)
	}
	return p
}

// until waits for a condition on what was committed, and ends the test at the
// first thing that is wrong.
func (w *world) until(limit time.Duration, check func() error) {
	w.Helper()
	beat := time.NewTicker(5 * time.Millisecond)
	defer beat.Stop()
	for deadline := time.Now().Add(limit); ; <-beat.C {
		w.mu.Lock()
		err, failed := check(), w.failed
		w.mu.Unlock()
		switch {
		case failed != nil:
			w.Fatal(failed)
		case err == nil:
			return
		case time.Now().After(deadline):
			w.Fatalf("not reached within %s: %v", limit, err)
		}
	}
}
