package streamstest

import (
	"hash/fnv"
	"slices"

	"github.com/google/uuid"
	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/task"
)

// log is one partition of a topic.
type log struct {
	records   []task.Record
	forgotten int64 // records that stood before the first one
}

// end is the offset of the next record.
func (l *log) end() int64 { return l.forgotten + int64(len(l.records)) }

func (l *log) at(offset int64) task.Record { return l.records[offset-l.forgotten] }

// forget drops what stands before an offset.
func (l *log) forget(before int64) {
	if n := before - l.forgotten; n > 0 {
		l.records = append([]task.Record(nil), l.records[n:]...)
		l.forgotten = before
	}
}

func (d *Driver) append(out task.Out) int64 {
	return d.appendTo(partitionOf(out.Key, d.opts.Partitions), out)
}

func (d *Driver) appendTo(p int32, out task.Out) int64 {
	parts := d.topics[out.Topic]
	if parts == nil {
		parts = make([]log, d.opts.Partitions)
		d.topics[out.Topic] = parts
	}
	at := out.Timestamp
	if at.IsZero() {
		at = d.now
	}
	r := task.Record{
		Topic: out.Topic, TopicID: topicID(out.Topic), Partition: p, Offset: parts[p].end(),
		Timestamp: at, Key: out.Key, Value: out.Value, Headers: out.Headers,
	}
	parts[p].records = append(parts[p].records, r)
	if d.opts.Appended != nil {
		d.opts.Appended(&r)
	}
	return r.Offset
}

// forgetEvery is how many transactions lie between two times of forgetting.
const forgetEvery = 20_000

// forget drops what every topology has read, now and then.
func (d *Driver) forget() {
	if !d.opts.Forget || d.steps%forgetEvery != 0 {
		return
	}
	for topic, parts := range d.topics {
		for n := range parts {
			parts[n].forget(d.read(topic, int32(n), parts[n].end()))
		}
	}
}

// read is the offset up to which every reader of a topic has come.
func (d *Driver) read(topic string, n int32, end int64) int64 {
	for _, p := range d.programs {
		r := p.tasks[n]
		if topic == p.spec.App+".dlq" {
			return 0
		}
		if slices.Contains(d.inputs(p), topic) {
			end = min(end, r.next[topic])
		}
		for _, table := range p.spec.Tables {
			if table.Topic != topic {
				continue
			}
			if p.tasks[0].tables == nil {
				return 0
			}
			end = min(end, p.tasks[0].tables[table][n])
		}
		if rows := r.copies[topic]; rows != nil {
			cursor, _, err := rows.Cursor()
			d.check(err)
			end = min(end, cursor.Next)
		}
	}
	return end
}

// inputs lists what a program reads.
func (d *Driver) inputs(p *program) []string {
	var topics []string
	for _, in := range p.spec.Inputs {
		topics = append(topics, in.Topic)
	}
	if d.topics[p.redrive] != nil {
		topics = append(topics, p.redrive)
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
