package streamstest

import (
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/task"
)

// Send produces a typed value and returns its offset.
func Send[V any](d *Driver, topic streams.Topic[V], key string, value *V, headers ...task.Header) int64 {
	d.tb.Helper()
	b, err := topic.Value.Append(nil, value)
	d.check(err)
	return d.Produce(topic.Name, key, b, headers...)
}

// SendAt is Send with a timestamp of the caller's choice: the record's event time.
func SendAt[V any](d *Driver, at time.Time, topic streams.Topic[V], key string, value *V) int64 {
	d.tb.Helper()
	b, err := topic.Value.Append(nil, value)
	d.check(err)
	return d.ProduceAt(at, topic.Name, key, b)
}

// Read returns all records of a topic, partition by partition in offset order;
// tombstones are left out.
func Read[V any](d *Driver, topic streams.Topic[V]) []streams.Record[V] {
	d.tb.Helper()
	var all []streams.Record[V]
	for _, records := range d.topics[topic.Name] {
		for _, r := range records.records {
			if r.Value == nil {
				continue
			}
			in := streams.Record[V]{Key: string(r.Key), Headers: r.Headers, Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp}
			d.check(topic.Value.Decode(r.Value, &in.Value))
			all = append(all, in)
		}
	}
	return all
}

// Of returns the values of one key in a topic, in order.
func Of[V any](d *Driver, topic streams.Topic[V], key string) []V {
	d.tb.Helper()
	var values []V
	for _, r := range Read(d, topic) {
		if r.Key == key {
			values = append(values, r.Value)
		}
	}
	return values
}
