//go:build unix

package testenv_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

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

func TestThreeBrokersKeepTakingRecordsWhileOneIsKilledAndReturns(t *testing.T) {
	cluster := testenv.Kafka(t, testenv.KafkaOptions{Brokers: 3})
	c := client(t, cluster)
	createTopic(t, c, "replicated")
	produce(t, c, "replicated", 0, 20)

	if err := cluster.KillBroker(2); err != nil {
		t.Fatalf("killing broker 2: %v", err)
	}
	produce(t, c, "replicated", 20, 40)

	if err := cluster.RestartBroker(t.Context(), 2); err != nil {
		t.Fatalf("restarting broker 2: %v", err)
	}
	produce(t, c, "replicated", 40, 60)
	wantAll(t, cluster, "replicated", 60)

	if err := cluster.Restart(t.Context()); err != nil {
		t.Fatalf("restarting all: %v", err)
	}
	wantAll(t, cluster, "replicated", 60)
	if err := cluster.KillBroker(4); err == nil {
		t.Error("killing broker 4 of 3 succeeded")
	}
}

func TestAPausedBrokerAnswersNothingUntilItIsResumed(t *testing.T) {
	cluster := testenv.Kafka(t, testenv.KafkaOptions{Config: map[string]string{"group.initial.rebalance.delay.ms": "0"}})
	c := client(t, cluster)
	createTopic(t, c, "frozen")
	produce(t, c, "frozen", 0, 5)
	if err := cluster.Pause(); err != nil {
		t.Fatalf("pausing: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	// Not a list of topics: the client answers that from its memory for a while.
	if _, err := kmsg.NewPtrDescribeClusterRequest().RequestWith(ctx, c); err == nil {
		t.Error("a paused broker answered")
	}
	if err := cluster.Resume(); err != nil {
		t.Fatalf("resuming: %v", err)
	}
	produce(t, c, "frozen", 5, 10)
	wantAll(t, cluster, "frozen", 10)
}

func TestSharedKafkaFinalizesTransactionVersion2(t *testing.T) {
	c, err := kgo.NewClient(kgo.SeedBrokers(testenv.SharedKafka(t)...))
	if err != nil {
		t.Fatalf("making a client: %v", err)
	}
	defer c.Close()
	versions, err := kadm.NewClient(c).ApiVersions(t.Context())
	if err != nil {
		t.Fatalf("asking for versions: %v", err)
	}
	for _, broker := range versions.Sorted() {
		levels := map[string]int16{}
		for _, feature := range broker.Raw().FinalizedFeatures {
			levels[feature.Name] = feature.MaxVersionLevel
		}
		if levels["transaction.version"] < 2 {
			t.Errorf("broker %d has finalized %v, want transaction.version 2 or later", broker.NodeID, levels)
		}
	}
}
