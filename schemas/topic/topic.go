// Package topic is the table of every topic: what it says, who writes it, how
// it is keyed, how long it is kept. Documentation, access rules and the creation
// of topics derive from it (table.go); nothing else names a topic in a string.
package topic

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/avro"
)

// Kind says what a record of a topic is and, by it, how the topic is kept.
type Kind string

const (
	// Command asks its reader to decide something. Brokers stamp it with their
	// own time, so that no sender's clock can backdate a request.
	Command Kind = "command"
	// Event says what has happened.
	Event Kind = "event"
	// Compacted holds the newest row of each key without limit of time.
	Compacted Kind = "compacted"
)

// Partitioning names what spreads a topic's records over partitions. All topics
// of one partitioning have the same partition count and murmur2, so that equal
// keys meet in the partition of the same number.
type Partitioning string

const (
	// ByOrder spreads by order id.
	ByOrder Partitioning = "order"
	// BySKU spreads by item.
	BySKU Partitioning = "sku"
	// ByReturn spreads by return id.
	ByReturn Partitioning = "return"
	// ByPartner spreads by partner and document.
	ByPartner Partitioning = "partner"
	// ByNode spreads by node.
	ByNode Partitioning = "node"
	// ByPrice spreads by price list and item.
	ByPrice Partitioning = "price"
	// ByCustomer spreads by customer.
	ByCustomer Partitioning = "customer"
	// ByLane spreads by lane.
	ByLane Partitioning = "lane"
	// ByCrossref spreads by partner, kind and the partner's id.
	ByCrossref Partitioning = "crossref"
	// ByParty spreads by party.
	ByParty Partitioning = "party"
	// ByRun spreads by the run of a partner's files.
	ByRun Partitioning = "run"
	// ByEffect spreads by the business key of whoever calls the outside.
	ByEffect Partitioning = "effect"
	// BySubject spreads by what an alert is about.
	BySubject Partitioning = "subject"
)

// Lifecycle is how far foreigners may rely on a topic.
type Lifecycle string

const (
	// Draft may still change in any way; it becomes Stable.
	Draft Lifecycle = "draft"
	// Stable changes only in compatible ways; it becomes Deprecated.
	Stable Lifecycle = "stable"
	// Deprecated has a successor and ends at its sunset.
	Deprecated Lifecycle = "deprecated"
)

// Def is one topic.
type Def struct {
	Name          string        // full name with its version, for example order.submit.v1
	Key           string        // what the record key is, in words; keys are plain UTF-8
	Record        string        // full name of the Avro record of every value
	Domain        string        // first part of the name and folder of the schema
	Kind          Kind          // command, event or compacted
	Partitioning  Partitioning  // what spreads the records
	Retention     time.Duration // how long records are kept; 0 for compacted topics, without limit
	CompactWithin time.Duration // a deleted or replaced row is gone from a compacted topic by then; 0 leaves it to the broker
	Owner         string        // room that answers for the meaning of the topic
	LatencyTarget time.Duration // 99 of 100 records reach their readers within this time
	Lifecycle     Lifecycle     // how far foreigners may rely on it
	Doc           string        // what a record says, in one sentence
}

// Subject returns the name under which a registry keeps the topic's schema.
func (d Def) Subject() string { return d.Name + "-value" }

// File returns the path of the topic's schema in avro.FS.
func (d Def) File() string {
	name := strings.TrimSuffix(d.Name, ".v1") // a topic may be all there is of its domain
	return d.Domain + "/" + strings.TrimPrefix(name, d.Domain+".") + ".avsc"
}

// Schema returns the bytes of the topic's schema file.
func (d Def) Schema() ([]byte, error) {
	text, err := avro.FS.ReadFile(d.File())
	if err != nil {
		return nil, fmt.Errorf("reading schema of topic %s: %w", d.Name, err)
	}
	return text, nil
}

// Find returns the topic with the given full name.
func Find(name string) (Def, bool) {
	for _, d := range All() {
		if d.Name == name {
			return d, true
		}
	}
	return Def{}, false
}

// Configs returns the broker settings of d, by their names in Kafka.
func Configs(d Def) map[string]string {
	configs := map[string]string{"message.timestamp.type": "CreateTime"}
	if d.Kind == Command {
		configs["message.timestamp.type"] = "LogAppendTime"
	}
	if d.Kind == Compacted {
		configs["cleanup.policy"] = "compact"
		if d.CompactWithin > 0 {
			configs["max.compaction.lag.ms"] = strconv.FormatInt(d.CompactWithin.Milliseconds(), 10)
		}
		return configs
	}
	configs["cleanup.policy"] = "delete"
	configs["retention.ms"] = strconv.FormatInt(d.Retention.Milliseconds(), 10)
	return configs
}

// BoundedConfigs returns Configs with at most maxBytes kept in a partition, for
// an installation on one machine. A compacted topic has no such bound: dropping
// its oldest rows would lose them.
func BoundedConfigs(d Def, maxBytes int64) map[string]string {
	configs := Configs(d)
	if d.Kind != Compacted {
		configs["retention.bytes"] = strconv.FormatInt(maxBytes, 10)
	}
	return configs
}
