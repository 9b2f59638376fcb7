package streamsbench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// cluster is the broker that all contestants use, as the observer sees it.
type cluster struct {
	client *kgo.Client
	admin  *kadm.Client
}

func newCluster(brokers []string) (*cluster, error) {
	cl, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.ClientID("streamsbench"),
		kgo.RecordPartitioner(kgo.StickyKeyPartitioner(nil)), kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.MaxBufferedRecords(100_000))
	if err != nil {
		return nil, fmt.Errorf("making client: %w", err)
	}
	return &cluster{client: cl, admin: kadm.NewClient(cl)}, nil
}

func (c *cluster) close() { c.client.Close() }

// create makes topics that must not exist yet.
func (c *cluster) create(ctx context.Context, partitions int32, topics ...string) error {
	responses, err := c.admin.CreateTopics(ctx, partitions, -1, nil, topics...)
	if err == nil {
		err = responses.Error()
	}
	if err != nil {
		return fmt.Errorf("creating topics %v: %w", topics, err)
	}
	return nil
}

// remove deletes topics, of which some may not exist.
func (c *cluster) remove(ctx context.Context, topics ...string) error {
	responses, err := c.admin.DeleteTopics(ctx, topics...)
	if err != nil {
		return fmt.Errorf("deleting topics: %w", err)
	}
	for _, r := range responses {
		if r.Err != nil && !errors.Is(r.Err, kerr.UnknownTopicOrPartition) {
			return fmt.Errorf("deleting topic %s: %w", r.Topic, r.Err)
		}
	}
	return nil
}

// timeSize is the size of the time that leads each value.
const timeSize = 8

// record makes input number n: its key is one of keys, and its value begins with
// the time at.
func record(topic string, n, keys, size int, at time.Time) *kgo.Record {
	value := make([]byte, max(size, timeSize))
	binary.BigEndian.PutUint64(value, uint64(at.UnixMicro()))
	return &kgo.Record{Topic: topic, Key: key(n % keys), Value: value}
}

func key(n int) []byte { return strconv.AppendInt([]byte("key-"), int64(n), 10) }

// fill produces n records over keys, in an order that visits all keys before it
// repeats one.
func (c *cluster) fill(ctx context.Context, topic string, n, keys, size int) error {
	failed := make(chan error, 1)
	step := stride(keys)
	for i := range n {
		c.client.Produce(ctx, record(topic, i*step, keys, size, time.Now()), func(_ *kgo.Record, err error) {
			if err != nil {
				select {
				case failed <- err:
				default:
				}
			}
		})
	}
	if err := c.client.Flush(ctx); err != nil {
		return fmt.Errorf("filling %s: %w", topic, err)
	}
	select {
	case err := <-failed:
		return fmt.Errorf("filling %s: %w", topic, err)
	default:
		return nil
	}
}

// stride is a step that shares no factor with keys, so that neighbours in the
// log are far apart in the key space.
func stride(keys int) int {
	for step := keys*5/8 + 1; ; step++ {
		if gcd(step, keys) == 1 {
			return step
		}
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// committed is how many offsets of a topic a group has committed, over all
// partitions; a contestant's markers are in its output, not here.
func (c *cluster) committed(ctx context.Context, group, topic string) (int64, error) {
	offsets, err := c.admin.FetchOffsets(ctx, group)
	if kerr.IsRetriable(err) { // the group's coordinator is being made
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("reading offsets of %s: %w", group, err)
	}
	var sum int64
	for _, o := range offsets[topic] {
		if o.Err != nil {
			return 0, fmt.Errorf("reading offsets of %s: %w", group, o.Err)
		}
		sum += max(0, o.At)
	}
	return sum, nil
}
