package business

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/task"
)

type stampFunc func([]streams.Header, *streams.Cause, *task.Out, int) []streams.Header

// journal notes every output in the order in which it was made, also one that
// was replaced within its transaction, and hands them on when they are committed,
// a run of a handler at a time.
type journal struct {
	inner   stampFunc
	follow  func(run []*entry)
	pending []*entry
	runs    int
	voids   int // runs that were aborted
}

// entry is one output and what made it.
type entry struct {
	run    int
	record *task.Record // that made it; nil for a timer or an answer
	app    string
	entity string // whose handler ran: its key
	topic  string
	key    string
	raw    []byte
	value  any // nil when the topic is not watched
}

func newJournal(inner stampFunc) *journal { return &journal{inner: inner} }

func (j *journal) stamp(dst []streams.Header, cause *streams.Cause, out *task.Out, ordinal int) []streams.Header {
	if ordinal == 0 {
		j.runs++
	}
	e := &entry{run: j.runs, app: cause.App, entity: cause.Key, topic: out.Topic, key: string(out.Key), raw: out.Value}
	if r := cause.Record; r != nil {
		kept := *r // the driver reuses the record
		e.record = &kept
	}
	j.pending = append(j.pending, e)
	return j.inner(dst, cause, out, ordinal)
}

func (j *journal) aborted() {
	if n := len(j.pending); n > 0 {
		j.voids += j.pending[n-1].run - j.pending[0].run + 1
	}
	j.pending = nil
}

func (j *journal) committed() {
	happened := j.pending
	j.pending = nil
	for len(happened) > 0 {
		n := 0
		for ; n < len(happened) && happened[n].run == happened[0].run; n++ {
			if decode := watched[happened[n].topic]; decode != nil {
				happened[n].value = decode(happened[n].raw)
			}
		}
		j.follow(happened[:n])
		happened = happened[n:]
	}
}

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
