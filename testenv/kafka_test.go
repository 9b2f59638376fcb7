//go:build unix

package testenv_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/testenv"
)

func client(t *testing.T, cluster *testenv.KafkaCluster, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(append(opts, kgo.SeedBrokers(cluster.Addrs()...))...)
	if err != nil {
		t.Fatalf("making a client: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}

func createTopic(t *testing.T, c *kgo.Client, name string) {
	t.Helper()
	if _, err := kadm.NewClient(c).CreateTopic(t.Context(), 3, -1, nil, name); err != nil {
		t.Fatalf("creating topic: %v", err)
	}
}

func produce(t *testing.T, c *kgo.Client, topic string, from, to int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for i := from; i < to; i++ {
		record := &kgo.Record{Topic: topic, Value: fmt.Append(nil, i)}
		if err := c.ProduceSync(ctx, record).FirstErr(); err != nil {
			t.Fatalf("producing record %d: %v", i, err)
		}
	}
}

// wantAll reads the topic from its start until the numbers 0..n-1 were each
// seen once.
func wantAll(t *testing.T, cluster *testenv.KafkaCluster, topic string, n int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	c := client(t, cluster, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	seen := map[string]int{}
	for len(seen) < n {
		fetches := c.PollFetches(ctx)
		if err := ctx.Err(); err != nil {
			t.Fatalf("read %d of %d records: %v", len(seen), n, err)
		}
		fetches.EachRecord(func(r *kgo.Record) { seen[string(r.Value)]++ })
	}
	for value, times := range seen {
		if times != 1 {
			t.Errorf("record %s was read %d times, want once", value, times)
		}
	}
}

func TestAcknowledgedRecordsSurviveAKilledBrokerProcess(t *testing.T) {
	cluster := testenv.Kafka(t, testenv.KafkaOptions{})
	c := client(t, cluster)
	createTopic(t, c, "kept")
	produce(t, c, "kept", 0, 50)
	if err := cluster.Kill(); err != nil {
		t.Fatalf("killing: %v", err)
	}
	if err := cluster.Start(t.Context()); err != nil {
		t.Fatalf("starting again: %v", err)
	}
	produce(t, c, "kept", 50, 60)
	wantAll(t, cluster, "kept", 60)
}
