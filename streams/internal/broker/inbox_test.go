package broker

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// batch makes a batch that takes a share of the limit of an inbox of 1,000 records.
func batch(records int) []*kgo.Record {
	all := make([]*kgo.Record, records)
	for i := range all {
		all[i] = new(kgo.Record)
	}
	return all
}

// Batches of other topics may come after the one that paused the reader, when the
// task has taken some but not half: the reader still has to be told to go on.
func TestAPausedReaderIsResumedWhateverComesAfterThePause(t *testing.T) {
	b := &inbox{lane: &lane{wake: make(chan struct{}, 1)}, limit: 1000 * recordOverhead}
	for i, records := range []int{300, 300, 500} {
		if full := b.push(batch(records)); full != (i == 2) {
			t.Fatalf("with batch %d the reader is paused: %t", i+1, full)
		}
	}
	if _, resume := b.next(nil); resume {
		t.Fatal("it is resumed with 800 of 1,000 waiting")
	}
	if !b.push(batch(100)) {
		t.Error("a batch that fits lets the reader go on, which it was not told")
	}
	resumed := 0
	for records, resume := b.next(nil); records != nil; records, resume = b.next(nil) {
		if resume {
			resumed++
		}
	}
	if resumed != 1 {
		t.Errorf("the reader was resumed %d times while the inbox emptied, want once", resumed)
	}
}
