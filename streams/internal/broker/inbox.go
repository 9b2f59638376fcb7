package broker

import (
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams/task"
)

// inbox holds what waits for a task: fetched batches and answers. Each start of
// a task has an inbox of its own, so nothing of an earlier start can reach a
// later one. Its fields are guarded by the lane's mu.
type inbox struct {
	lane    *lane
	slot    *slot
	limit   int // in bytes; batches beyond it pause the reader
	batches [][]*kgo.Record
	bytes   int
	answers []task.Answer
	halted  bool // no more records
	closed  bool // nothing more
	paused  bool // the reader waits for room
}

// push adds a batch of one partition and says whether the reader has to pause.
func (b *inbox) push(records []*kgo.Record) (full bool) {
	size := sizeOf(records)
	b.lane.mu.Lock()
	defer b.lane.mu.Unlock()
	if b.halted || b.closed {
		return false
	}
	b.batches = append(b.batches, records)
	b.bytes += size
	// A poll returns batches of several topics: one that fits again must not hide
	// that the reader was told to wait, or nobody would tell it to go on.
	b.paused = b.paused || b.bytes > b.limit
	b.lane.signal()
	return b.paused
}

// answer adds the outcome of an effect.
func (b *inbox) answer(a task.Answer) {
	b.lane.mu.Lock()
	defer b.lane.mu.Unlock()
	if b.closed {
		return
	}
	b.answers = append(b.answers, a)
	b.lane.signal()
}

// next returns the records to go on with: the rest of the batch at hand, else
// the oldest batch, else nil. resume says that the reader has room again.
func (b *inbox) next(rest []*kgo.Record) (records []*kgo.Record, resume bool) {
	b.lane.mu.Lock()
	defer b.lane.mu.Unlock()
	switch {
	case b.halted || b.closed:
		return nil, false
	case len(rest) > 0:
		return rest, false
	case len(b.batches) == 0:
		return nil, false
	}
	records = b.batches[0]
	b.batches[0] = nil
	b.batches = b.batches[1:]
	b.bytes -= sizeOf(records)
	resume = b.paused && b.bytes <= b.limit/2
	b.paused = b.paused && !resume
	return records, resume
}

// takeAnswers removes all answers.
func (b *inbox) takeAnswers() []task.Answer {
	b.lane.mu.Lock()
	defer b.lane.mu.Unlock()
	answers := b.answers
	b.answers = nil
	return answers
}

// halt drops the waiting records and takes no more; answers still come.
func (b *inbox) halt() {
	b.lane.mu.Lock()
	defer b.lane.mu.Unlock()
	b.halted, b.batches, b.bytes = true, nil, 0
}

// close drops everything and takes nothing more.
func (b *inbox) close() {
	b.lane.mu.Lock()
	defer b.lane.mu.Unlock()
	b.closed, b.batches, b.bytes, b.answers = true, nil, 0, nil
}

func sizeOf(records []*kgo.Record) int {
	n := 0
	for _, r := range records {
		n += len(r.Key) + len(r.Value) + recordOverhead
	}
	return n
}

// recordOverhead is about what a record costs in memory beside its bytes.
const recordOverhead = 200
