package kafka_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/platform/kafka"
)

// writeTransaction writes values in one transaction and ends it, or leaves it open.
func writeTransaction(t *testing.T, broker *kafka.Embedded, topic string, end bool, values ...string) {
	t.Helper()
	producer, err := kgo.NewClient(kgo.SeedBrokers(broker.Addr()), kgo.TransactionalID("lane"), kgo.DefaultProduceTopic(topic))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(producer.Close)
	if err := producer.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		if err := producer.ProduceSync(t.Context(), kgo.StringRecord(v)).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	if !end {
		return
	}
	if err := producer.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
		t.Fatal(err)
	}
}

// committed reads until the partition's end, markers included, and returns the
// values.
func committed(t *testing.T, broker *kafka.Embedded, topic string) []string {
	t.Helper()
	reader, err := kgo.NewClient(kgo.SeedBrokers(broker.Addr()), kgo.KeepControlRecords(), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {0: kgo.NewOffset().AtStart()}}))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var values []string
	for {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err0(); err != nil {
			t.Fatalf("reading to the end: %v; values so far %v", err, values)
		}
		atEnd := false
		fetches.EachPartition(func(p kgo.FetchTopicPartition) {
			for _, r := range p.Records {
				if !r.Attrs.IsControl() {
					values = append(values, string(r.Value))
				}
				atEnd = r.Offset+1 == p.HighWatermark
			}
		})
		if atEnd {
			return values
		}
	}
}

func TestAKillEndsOpenTransactionsAndKeepsWhatTheirProducerWritesLater(t *testing.T) {
	dir := t.TempDir()
	broker := start(t, dir)
	ensure(t, broker, events)
	writeTransaction(t, broker, events.Name, true, "before")
	writeTransaction(t, broker, events.Name, false, "open")
	killed := t.TempDir() // the folder as a kill leaves it
	if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	again := start(t, killed)
	if got := committed(t, again, events.Name); !slices.Equal(got, []string{"before"}) {
		t.Errorf("after the kill a reader gets %v, want what was committed", got)
	}
	writeTransaction(t, again, events.Name, true, "after")
	if got := committed(t, again, events.Name); !slices.Equal(got, []string{"before", "after"}) {
		t.Errorf("a reader from the start gets %v, want both committed transactions", got)
	}
}

// A kill may come while the markers of a transaction are written, partition by
// partition. What has one tells everybody that the transaction was committed, so the
// rest of it is there too.
func TestAKillBetweenMarkersCommitsTheWholeTransaction(t *testing.T) {
	dir := t.TempDir()
	broker := start(t, dir)
	ensure(t, broker, events, states)
	producer, err := kgo.NewClient(kgo.SeedBrokers(broker.Addr()), kgo.TransactionalID("lane"))
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	write := func(value string) {
		t.Helper()
		if err := producer.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		for _, topic := range []string{events.Name, states.Name} {
			if err := producer.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Key: []byte(value), Value: []byte(value)}).FirstErr(); err != nil {
				t.Fatal(err)
			}
		}
	}
	end := func() {
		t.Helper()
		if err := producer.EndTransaction(t.Context(), kgo.TryCommit); err != nil {
			t.Fatal(err)
		}
	}
	write("before")
	end()
	write("torn")
	killed := t.TempDir()
	if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	end()
	marked := filepath.Join("partitions", events.Name+"-0") // the one partition whose marker was written
	if err := os.RemoveAll(filepath.Join(killed, marked)); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(killed, marked), os.DirFS(filepath.Join(dir, marked))); err != nil {
		t.Fatal(err)
	}
	again := start(t, killed)
	for round := range 2 {
		for _, topic := range []string{events.Name, states.Name} {
			if got := committed(t, again, topic); !slices.Equal(got, []string{"before", "torn"}) {
				t.Errorf("start %d: a reader of %s gets %v, want both transactions", round+1, topic, got)
			}
		}
		if err := again.Close(); err != nil {
			t.Fatal(err)
		}
		again = start(t, killed)
	}
	writeTransaction(t, again, states.Name, true, "after")
	if got := committed(t, again, states.Name); !slices.Equal(got, []string{"before", "torn", "after"}) {
		t.Errorf("a reader gets %v, want what came after too", got)
	}
}
