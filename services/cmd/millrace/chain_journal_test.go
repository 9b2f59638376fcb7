package main_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
	"github.com/millrace/millrace/streams/task"
)

type stampFunc func([]streams.Header, *streams.Cause, *task.Out, int) []streams.Header

// journal notes every output in the order in which it was made. Runs that were
// aborted and made again are told apart at the end, by what stands in the topics.
type journal struct {
	inner   stampFunc
	entries []*entry
	last    map[string]int // the newest run of each cause
	runs    int
	gone    map[int]bool // runs that were aborted
}

// entry is one output and what made it.
type entry struct {
	run     int
	cause   string
	record  *task.Record // that made it; nil for a timer or an answer
	app     string
	topic   string
	key     string
	raw     []byte
	value   any
	settled bool // it stands in its topic
}

// markHeader numbers the entry that a committed record comes from.
const markHeader = "test_entry"

func newJournal(inner stampFunc) *journal { return &journal{inner: inner, last: make(map[string]int)} }

func (j *journal) stamp(dst []streams.Header, cause *streams.Cause, out *task.Out, ordinal int) []streams.Header {
	dst = j.inner(dst, cause, out, ordinal)
	id := fmt.Sprintf("%s %s %s %x", cause.App, cause.Entity, cause.Key, cause.ID)
	if r := cause.Record; r != nil {
		id = fmt.Sprintf("%s %s/%d@%d", cause.App, r.Topic, r.Partition, r.Offset)
	}
	if ordinal == 0 {
		j.runs++
		j.last[id] = j.runs
	}
	e := &entry{run: j.last[id], cause: id, app: cause.App, topic: out.Topic, key: string(out.Key), raw: out.Value}
	if r := cause.Record; r != nil {
		kept := *r // the driver reuses the record
		e.record = &kept
	}
	j.entries = append(j.entries, e)
	return append(dst, streams.Header{Key: markHeader, Value: strconv.AppendInt(nil, int64(len(j.entries)-1), 10)})
}

// committed returns the entries of what happened, in order. An entry of a topic
// that keeps the latest only may have been replaced within its transaction; it
// counts when its run is the last of its cause and nothing else of the run is
// missing. ids are the ce_ids of all topics.
func (j *journal) committed(d *streamstest.Driver) (happened []*entry, ids []string) {
	for _, w := range watched {
		for _, r := range w.read(d) {
			ids = append(ids, header(r, "ce_id"))
			if n, err := strconv.Atoi(header(r, markHeader)); err == nil {
				j.entries[n].settled = true
			}
		}
	}
	j.gone = make(map[int]bool)
	for _, e := range j.entries {
		if e.run != j.last[e.cause] || !e.settled && !latestOnly(e.topic) {
			j.gone[e.run] = true
		}
	}
	for _, e := range j.entries {
		if !j.gone[e.run] {
			e.value = watched[e.topic].decode(e.raw)
			happened = append(happened, e)
		}
	}
	return happened, ids
}

func latestOnly(name string) bool {
	return name == topic.InventoryPosition.Name || name == topic.OrderState.Name
}

func header(headers []streams.Header, key string) string {
	for _, h := range headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// watch reads a topic without knowing its type.
type watch struct {
	read   func(*streamstest.Driver) [][]streams.Header
	decode func([]byte) any
}

// watched are the topics of the chain.
var watched = make(map[string]watch)

// onTopic gives a topic its type and watches it.
func onTopic[V any](def topic.Def) streams.Topic[V] {
	t := streams.Topic[V]{Name: def.Name, Value: codec.Of[V](chainSchemas, def)}
	watched[def.Name] = watch{
		read: func(d *streamstest.Driver) (all [][]streams.Header) {
			for _, r := range streamstest.Read(d, t) {
				all = append(all, r.Headers)
			}
			return all
		},
		decode: func(b []byte) any {
			v := new(V)
			if err := t.Value.Decode(b, v); err != nil {
				panic(err)
			}
			return v
		},
	}
	return t
}

var (
	onSubmit   = onTopic[event.OrderSubmit](topic.OrderSubmit)
	onCancel   = onTopic[event.OrderCancel](topic.OrderCancel)
	onAmend    = onTopic[event.OrderAmend](topic.OrderAmend)
	onSupply   = onTopic[event.InventorySupply](topic.InventorySupply)
	onMovement = onTopic[event.InventoryMovement](topic.InventoryMovement)
	onProduct  = onTopic[event.ProductPublished](topic.ProductPublished)
	onNode     = onTopic[event.NodePublished](topic.NodePublished)
	onLane     = onTopic[event.LanePublished](topic.LanePublished)
	onCommand  = onTopic[event.InventoryCommand](topic.InventoryCommand)
	onAnswer   = onTopic[event.InventoryAnswer](topic.InventoryAnswer)
	onReported = onTopic[event.FulfilmentReported](topic.FulfilmentReported)
	onState    = onTopic[event.OrderState](topic.OrderState)

	_ = onTopic[event.OrderAccepted](topic.OrderAccepted)
	_ = onTopic[event.OrderRejected](topic.OrderRejected)
	_ = onTopic[event.OrderValidated](topic.OrderValidated)
	_ = onTopic[event.OrderSourced](topic.OrderSourced)
	_ = onTopic[event.OrderAllocated](topic.OrderAllocated)
	_ = onTopic[event.OrderBackordered](topic.OrderBackordered)
	_ = onTopic[event.OrderReleased](topic.OrderReleased)
	_ = onTopic[event.OrderCompleted](topic.OrderCompleted)
	_ = onTopic[event.OrderCancelled](topic.OrderCancelled)
	_ = onTopic[event.OrderRegistered](topic.OrderRegistered)
	_ = onTopic[event.OrderAmended](topic.OrderAmended)
	_ = onTopic[event.AlertRaised](topic.AlertRaised)
	_ = onTopic[event.InventoryPosition](topic.InventoryPosition)
	_ = onTopic[event.InventoryVariance](topic.InventoryVariance)
	_ = onTopic[event.InventoryShortage](topic.InventoryShortage)
	_ = onTopic[event.InventoryBaseline](topic.InventoryBaseline)
	_ = onTopic[event.InventoryBaselineStaged](topic.InventoryBaselineStaged)
	_ = onTopic[event.InventoryBaselineBatch](topic.InventoryBaselineBatch)
	_ = onTopic[event.FulfilmentRequested](topic.FulfilmentRequested)
	_ = onTopic[event.FulfilmentCancel](topic.FulfilmentCancel)
	_ = onTopic[event.FulfilmentStatusChanged](topic.FulfilmentStatus)
	_ = onTopic[event.ShipmentConfirmed](topic.ShipmentConfirmed)
	_ = onTopic[event.InvoiceRequested](topic.InvoiceRequested)
	_ = onTopic[event.InvoicePosted](topic.InvoicePosted)
	_ = onTopic[event.PartnerInbound](topic.PartnerInbound)
	_ = onTopic[event.PartnerOutbound](topic.PartnerOutbound)
)

// history writes down what happened to an order, a line an event.
func history(happened []*entry, orderID string) string {
	var b strings.Builder
	for n, e := range happened {
		text, err := json.Marshal(e.value)
		raw := e.topic == topic.PartnerInbound.Name || e.topic == topic.PartnerOutbound.Name
		if err != nil || raw || e.key != orderID && !strings.Contains(string(text), orderID) {
			continue
		}
		fmt.Fprintf(&b, "%5d %-24s %s\n", n, strings.TrimSuffix(e.topic, ".v1"), text)
	}
	return b.String()
}
