//go:build unix

package main_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/millrace/millrace/testenv"
)

// reader is a consumer as its users write one: Confluent's client, the schema by
// the registry.
const reader = `
import json, sys
from confluent_kafka import Consumer, TopicPartition, OFFSET_BEGINNING
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import SerializationContext, MessageField

brokers, registry, topic = sys.argv[1:]
decode = AvroDeserializer(SchemaRegistryClient({"url": registry}))
consumer = Consumer({"bootstrap.servers": brokers, "group.id": "reader", "enable.partition.eof": True,
                     "enable.auto.commit": False, "isolation.level": "read_committed"})
partitions = consumer.list_topics(topic, 30).topics[topic].partitions
consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in partitions])
ended = set()
while len(ended) < len(partitions):
    message = consumer.poll(30)
    if message is None:
        sys.exit("no answer from the broker for 30 s")
    if message.error():
        if message.error().name() != "_PARTITION_EOF":
            sys.exit(str(message.error()))
        ended.add(message.partition())
        continue
    value = decode(message.value(), SerializationContext(topic, MessageField.VALUE))
    print(json.dumps({"key": message.key().decode(), "value": value,
                      "headers": {k: v.decode() for k, v in message.headers() or []}}, default=str))
consumer.close()
`

// pythonClient is the client with all that its Avro part needs.
const pythonClient = "confluent-kafka[avro]==2.15.0"

// accepted is what the reader prints of order.accepted.v1.
type accepted struct {
	Key     string
	Headers map[string]string
	Value   struct {
		OrderID    string `json:"order_id"`
		Channel    string
		ExternalID string `json:"external_id"`
		Currency   string
		Total      int64
		Lines      []struct {
			Sku string
			Qty int64
		}
	}
}

// readByPython reads every accepted order by a client of another maker and
// compares it with the API.
func readByPython(t *testing.T, at client, brokers, registry string) {
	t.Helper()
	script := filepath.Join(t.TempDir(), "reader.py")
	if err := os.WriteFile(script, []byte(reader), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := testenv.Python(t, script, pythonClient)
	cmd.Args = append(cmd.Args, brokers, registry, "order.accepted.v1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("the reader failed: %v\n%s", err, stderr.Bytes())
	}
	found := lines[accepted](t, bytes.NewReader(out))
	if want := at.summary(t).Orders.Accepted; int64(len(found)) != want || want == 0 {
		t.Errorf("the reader found %d accepted orders, the API has %d", len(found), want)
	}
	for _, r := range found {
		o, err := at.order(r.Key)
		if err != nil {
			t.Fatal(err)
		}
		v := r.Value
		total := fmt.Sprintf("%d.%02d", v.Total/100, v.Total%100)
		if v.OrderID != o.OrderID || v.Channel != o.Channel || v.ExternalID != o.ExternalID || v.Currency != o.Currency || total != o.Total || len(v.Lines) != len(o.Lines) {
			t.Errorf("the reader has %+v, the API %+v", v, o)
			continue
		}
		for i, l := range v.Lines {
			if l.Sku != o.Lines[i].SKU || l.Qty != o.Lines[i].Quantity {
				t.Errorf("line %d of order %s: the reader has %+v, the API %+v", i+1, r.Key, l, o.Lines[i])
			}
		}
		if r.Headers["ce_type"] != "order.v1.OrderAccepted" || r.Headers["ce_subject"] != r.Key {
			t.Errorf("the reader sees headers %v", r.Headers)
		}
	}
}

func TestAClientOfAnotherMakerReadsTheEmbeddedKafka(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIP python: -short runs no foreign clients")
	}
	dev := startDev(t, t.TempDir(), "--traffic", "off")
	b := newBasket(3, "python")
	submit(t, dev.client, b.draw(t, 12))
	b.settle(t, dev.client)
	readByPython(t, dev.client, dev.kafka, dev.registry)
}
