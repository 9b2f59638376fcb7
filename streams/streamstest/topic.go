package streamstest

import (
	"hash/fnv"

	"github.com/google/uuid"
	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/task"
)

func (d *Driver) append(out task.Out) int64 {
	return d.appendTo(partitionOf(out.Key, d.opts.Partitions), out)
}

func (d *Driver) appendTo(p int32, out task.Out) int64 {
	parts := d.topics[out.Topic]
	if parts == nil {
		parts = make([][]task.Record, d.opts.Partitions)
		d.topics[out.Topic] = parts
	}
	offset := int64(len(parts[p]))
	at := out.Timestamp
	if at.IsZero() {
		at = d.now
	}
	parts[p] = append(parts[p], task.Record{
		Topic: out.Topic, TopicID: topicID(out.Topic), Partition: p, Offset: offset,
		Timestamp: at, Key: out.Key, Value: out.Value, Headers: out.Headers,
	})
	return offset
}

// inputs lists what a program reads.
func (d *Driver) inputs(p *program) []string {
	var topics []string
	for _, in := range p.spec.Inputs {
		topics = append(topics, in.Topic)
	}
	if redrive := p.spec.RedriveTopic(); d.topics[redrive] != nil {
		topics = append(topics, redrive)
	}
	return topics
}

// partitionOf need not be Kafka's: it only has to be the same for all topics.
func partitionOf(key []byte, partitions int32) int32 {
	h := fnv.New32a()
	h.Write(key)
	return int32(h.Sum32() % uint32(partitions))
}

func topicID(topic string) changelog.ID { return changelog.ID(uuid.NewSHA1(uuid.Nil, []byte(topic))) }
