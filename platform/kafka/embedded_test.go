package kafka_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/millrace/millrace/platform/kafka"
)

// start returns a running broker; an empty dir means in memory.
func start(t *testing.T, dir string) *kafka.Embedded {
	t.Helper()
	broker, err := kafka.StartEmbedded(t.Context(), kafka.EmbeddedConfig{
		Addr: "127.0.0.1:0", DataDir: dir, Ephemeral: dir == "",
		Log: zerolog.New(zerolog.NewTestWriter(t)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := broker.Close(); err != nil {
			t.Error(err)
		}
	})
	return broker
}

func connect(t *testing.T, broker *kafka.Embedded, options ...kgo.Opt) *kgo.Client {
	t.Helper()
	base, err := kafka.ClientOptions(kafka.Config{Brokers: []string{broker.Addr()}, ClientID: "test"})
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(append(base, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func ensure(t *testing.T, broker *kafka.Embedded, specs ...kafka.TopicSpec) {
	t.Helper()
	if err := kafka.EnsureTopics(t.Context(), kadm.NewClient(connect(t, broker)), specs); err != nil {
		t.Fatal(err)
	}
}

func produce(t *testing.T, client *kgo.Client, topic, key, value string) {
	t.Helper()
	record := &kgo.Record{Topic: topic, Key: []byte(key), Value: []byte(value)}
	if err := client.ProduceSync(t.Context(), record).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// latest reads the committed records of a topic with one partition and returns
// the last value of each key and the number of records. A record of its own
// marks the end: an aborted record before it is never handed out.
func latest(t *testing.T, broker *kafka.Embedded, topic string) (map[string]string, int) {
	t.Helper()
	client := connect(t, broker, kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeStartOffset(kgo.NewOffset().AtStart()))
	produce(t, client, topic, "end", "")
	values, count := map[string]string{}, 0
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for ended := false; !ended; {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		for _, r := range fetches.Records() {
			if ended = string(r.Key) == "end"; !ended {
				values[string(r.Key)] = string(r.Value)
				count++
			}
		}
	}
	return values, count
}

var (
	events = kafka.TopicSpec{Name: "event", Partitions: 1, Replication: -1}
	states = kafka.TopicSpec{Name: "state", Partitions: 1, Replication: -1, Configs: map[string]string{"cleanup.policy": "compact"}}
)

func TestRecordsSurviveClosingAndOpening(t *testing.T) {
	dir := t.TempDir()
	broker := start(t, dir)
	ensure(t, broker, events)
	produce(t, connect(t, broker), events.Name, "a", "1")
	if err := broker.Close(); err != nil {
		t.Fatal(err)
	}
	if got, _ := latest(t, start(t, dir), events.Name); got["a"] != "1" {
		t.Errorf("want the record back, got %v", got)
	}
}

func TestACopyOfARunningFolderOpensWithWhatWasCommitted(t *testing.T) {
	dir, image := t.TempDir(), filepath.Join(t.TempDir(), "image")
	broker := start(t, dir)
	ensure(t, broker, states)
	client := connect(t, broker, kgo.TransactionalID("writer"))
	transact(t, client, kgo.TryCommit, "a", "committed")
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	produce(t, client, states.Name, "a", "open")
	if err := os.CopyFS(image, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if got, _ := latest(t, start(t, image), states.Name); got["a"] != "committed" {
		t.Errorf("want the committed record alone, got %v", got)
	}
}

func transact(t *testing.T, client *kgo.Client, end kgo.TransactionEndTry, key, value string) {
	t.Helper()
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	produce(t, client, states.Name, key, value)
	if err := client.EndTransaction(t.Context(), end); err != nil {
		t.Fatal(err)
	}
}

func TestCompactionWaitsForOpenTransactions(t *testing.T) {
	broker := start(t, t.TempDir())
	ensure(t, broker, states)
	client := connect(t, broker, kgo.TransactionalID("writer"))
	for i := range 20 {
		transact(t, client, kgo.TryCommit, "a", fmt.Sprint(i))
	}
	if err := client.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	produce(t, client, states.Name, "a", "taken back")
	if done, err := broker.Compact(t.Context()); err != nil || done {
		t.Fatalf("compacted beside an open transaction: %v %v", done, err)
	}
	if err := client.EndTransaction(t.Context(), kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
	if done, err := broker.Compact(t.Context()); err != nil || !done {
		t.Fatalf("want a compaction, got %v %v", done, err)
	}
	got, count := latest(t, broker, states.Name)
	if got["a"] != "19" || count != 1 {
		t.Errorf("want the last committed value alone, got %v in %d records", got, count)
	}
}

func TestCompactionBetweenTransactionsLosesNothing(t *testing.T) {
	dir := t.TempDir()
	broker := start(t, dir)
	ensure(t, broker, states)
	client := connect(t, broker, kgo.TransactionalID("writer"))
	writing, done := context.WithCancel(t.Context())
	compacted := make(chan int, 1)
	go func() { compacted <- compactWhile(writing, t, broker) }()
	want := map[string]string{}
	for i := range 300 {
		key, value := fmt.Sprint(i%7), fmt.Sprint(i)
		if i%3 == 0 {
			transact(t, client, kgo.TryAbort, key, value)
			continue
		}
		transact(t, client, kgo.TryCommit, key, value)
		want[key] = value
	}
	done()
	if n := <-compacted; n == 0 {
		t.Error("no moment was found in 300 transactions")
	}
	if got, _ := latest(t, broker, states.Name); !maps.Equal(got, want) {
		t.Errorf("\nwant %v\ngot  %v", want, got)
	}
	client.Close()
	if err := broker.Close(); err != nil {
		t.Fatal(err)
	}
	if got, _ := latest(t, start(t, dir), states.Name); !maps.Equal(got, want) {
		t.Errorf("after opening again:\nwant %v\ngot  %v", want, got)
	}
}

// compactWhile compacts again and again and returns how often it could.
func compactWhile(ctx context.Context, t *testing.T, broker *kafka.Embedded) (n int) {
	for ctx.Err() == nil {
		done, err := broker.Compact(t.Context())
		if err != nil {
			t.Error(err)
			return n
		}
		if done {
			n++
		}
	}
	return n
}

func TestAnInterruptedCompactionIsPutBack(t *testing.T) {
	dir := t.TempDir()
	broker := start(t, dir)
	ensure(t, broker, states)
	client := connect(t, broker)
	for i := range 5 {
		produce(t, client, states.Name, "a", fmt.Sprint(i))
	}
	client.Close()
	if err := broker.Close(); err != nil {
		t.Fatal(err)
	}
	// As a kill in the middle leaves it: the links complete, the partition's
	// own files already deleted.
	partitions := filepath.Join(dir, "partitions")
	if err := os.CopyFS(filepath.Join(dir, "compacting"), os.DirFS(partitions)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(partitions, "state-0", "*.dat"))
	if err != nil || len(files) == 0 {
		t.Fatalf("found no records to delete: %v", err)
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	if got, _ := latest(t, start(t, dir), states.Name); got["a"] != "4" {
		t.Errorf("want the records as before the compaction, got %v", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "compacting")); !os.IsNotExist(err) {
		t.Errorf("the links must be gone: %v", err)
	}
}

func TestStartEmbeddedRefusesWhatWouldHarm(t *testing.T) {
	dir := t.TempDir()
	running := start(t, dir)
	cases := map[string]struct {
		config kafka.EmbeddedConfig
		want   string
	}{
		"an address for others": {kafka.EmbeddedConfig{Addr: "0.0.0.0:0", Ephemeral: true}, "127.0.0.1 only"},
		"no port":               {kafka.EmbeddedConfig{Addr: "127.0.0.1", Ephemeral: true}, "want 127.0.0.1:9092"},
		"no folder":             {kafka.EmbeddedConfig{Addr: "127.0.0.1:0"}, "no data directory"},
		"a folder in use":       {kafka.EmbeddedConfig{Addr: "127.0.0.1:0", DataDir: dir}, "another process"},
		"a port in use":         {kafka.EmbeddedConfig{Addr: running.Addr(), Ephemeral: true}, "free the port"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := kafka.StartEmbedded(t.Context(), c.config); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want an error with %q, got %v", c.want, err)
			}
		})
	}
}

func TestCloseLeavesNothingBehindAndMayBeRepeated(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	broker, err := kafka.StartEmbedded(t.Context(), kafka.EmbeddedConfig{Addr: "127.0.0.1:0", Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := broker.Close(); err != nil {
			t.Error(err)
		}
	}
}
