package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/platform/kafka"
)

func TestFollowReadsEveryTopicToItsEndAndFindsNewOnes(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
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
	write := func(name string, count int) {
		for n := range count {
			if _, _, err := producer.Produce(ctx, kafka.Record{Topic: name, Key: fmt.Append(nil, n), Value: fmt.Append(nil, n)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	topic(t, config, "one", 3)
	topic(t, config, "other", 1)
	write("one", 20)
	write("other", 5)

	enough := errors.New("enough")
	seen := make(map[string]int)
	next := make(kafka.Offsets)
	wants := func(name string) bool { return strings.HasPrefix(name, "one") }
	began := time.Now()
	err = reader.Follow(ctx, kafka.Following{Wants: wants, Each: 20 * time.Millisecond}, func(b *kafka.Batch) error {
		for _, r := range b.Records {
			seen[r.Topic]++
			next.Set(r.Topic, r.Partition, r.Offset+1)
		}
		if seen["one"] == 20 && seen["one-more"] == 0 && b.Whole {
			if b.Read.Before(began) || b.Done != b.All {
				t.Errorf("read up to %s, %d of %d, at the end of the log", b.Read, b.Done, b.All)
			}
			topic(t, config, "one-more", 1)
			write("one-more", 3)
			seen["one-more"]--
		}
		if seen["one-more"] == 2 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || seen["one"] != 20 || seen["other"] != 0 {
		t.Fatalf("following ended with %v after %v", err, seen)
	}

	write("one", 7)
	count := 0
	err = reader.Follow(ctx, kafka.Following{Wants: wants, From: next, Each: 20 * time.Millisecond}, func(b *kafka.Batch) error {
		if count += len(b.Records); b.Whole {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || count != 7 {
		t.Errorf("going on read %d records (%v), want the 7 new ones", count, err)
	}
	if err := reader.Report(ctx, "audit", next); err != nil {
		t.Error(err)
	}
}
