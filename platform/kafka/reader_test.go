package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/platform/kafka"
)

func TestTailReadsWhatWasProducedAndThenFollows(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	config := ephemeral(t)
	producer, err := kafka.NewProducer(config)
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	reader, err := kafka.NewReader(config)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	topic(t, config, "events", 3)
	for n := range 30 {
		if _, _, err := producer.Produce(ctx, kafka.Record{Topic: "events", Key: fmt.Append(nil, n%7), Value: fmt.Append(nil, n)}); err != nil {
			t.Fatal(err)
		}
	}

	count := 0
	if err := reader.Tail(ctx, "events", kafka.Start{Earliest: true}, false, func(kafka.Record) error { count++; return nil }); err != nil || count != 30 {
		t.Fatalf("read %d records (%v), want 30", count, err)
	}
	ends, err := reader.Ends(ctx, "events", "unknown")
	if err != nil || len(ends) != 1 || ends["events"].Records() != 30 {
		t.Fatalf("ends are %v (%v), want 30 records in one topic", ends, err)
	}

	enough := errors.New("enough")
	err = reader.Tail(ctx, "events", kafka.Start{Earliest: true}, true, func(r kafka.Record) error {
		if count++; count == 60 {
			_, _, err := producer.Produce(ctx, kafka.Record{Topic: "events", Key: []byte("k"), Value: []byte("last")})
			return err
		}
		if string(r.Value) == "last" {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) {
		t.Fatalf("following ended with %v", err)
	}
}

func TestTailOfAnUnknownTopicSaysSo(t *testing.T) {
	reader, err := kafka.NewReader(ephemeral(t))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	err = reader.Tail(t.Context(), "nowhere", kafka.Start{}, false, func(kafka.Record) error { return nil })
	if !errors.Is(err, kafka.ErrNoTopic) {
		t.Fatalf("got %v", err)
	}
}

func ephemeral(t *testing.T) kafka.Config {
	t.Helper()
	broker, err := kafka.StartEmbedded(t.Context(), kafka.EmbeddedConfig{Addr: "127.0.0.1:0", Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = broker.Close() })
	return kafka.Config{Brokers: []string{broker.Addr()}}
}

func topic(t *testing.T, config kafka.Config, name string, partitions int32) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(config.Brokers...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := kafka.EnsureTopics(t.Context(), kadm.NewClient(client), []kafka.TopicSpec{{Name: name, Partitions: partitions, Replication: 1}}); err != nil {
		t.Fatal(err)
	}
}
