package kafka_test

import (
	"context"
	"testing"
	"time"

	"github.com/millrace/millrace/platform/kafka"
)

func TestRecordsOfATransactionAreReadTogetherOrNotAtAll(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	config := ephemeral(t)
	topic(t, config, "orders", 3)
	topic(t, config, "stock", 3)
	writer, err := kafka.NewTransactor(config)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	for n := range 9 { // more than there are clients
		written, err := writer.Write(ctx, []kafka.Record{
			{Topic: "stock", Key: []byte("lamp"), Value: []byte{byte(n)}},
			{Topic: "orders", Key: []byte("one"), Value: []byte{byte(n)}, Headers: []kafka.Header{{Key: "k", Value: []byte("v")}}},
		})
		if err != nil || len(written) != 2 || written[1].Topic != "orders" {
			t.Fatalf("%+v, %v", written, err)
		}
	}
	// Of a transaction with a record that no broker takes, nothing is read.
	if _, err := writer.Write(ctx, []kafka.Record{
		{Topic: "stock", Key: []byte("lamp"), Value: []byte("lost")},
		{Topic: "orders", Key: []byte("one"), Value: make([]byte, 64<<20)},
	}); err == nil {
		t.Fatal("a record of 64 MiB was written")
	}
	reader, err := kafka.NewReader(config)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for _, name := range []string{"stock", "orders"} {
		seen := 0
		err := reader.Tail(ctx, name, kafka.Start{Earliest: true}, false, func(r kafka.Record) error {
			if string(r.Value) == "lost" {
				t.Errorf("%s has a record of a transaction that failed", name)
			}
			seen++
			return nil
		})
		if err != nil || seen != 9 {
			t.Errorf("%s has %d records (%v), want 9", name, seen, err)
		}
	}
}

func TestTransactionThatNobodyWaitsForIsNotBegun(t *testing.T) {
	config := ephemeral(t)
	writer, err := kafka.NewTransactor(config)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := writer.Write(ended, []kafka.Record{{Topic: "stock", Value: []byte("x")}}); err == nil {
		t.Error("it was written after its asker had gone")
	}
}
