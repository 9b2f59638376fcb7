package task_test

import (
	"errors"
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/memstore"
	"github.com/millrace/millrace/streams/task"
)

// shut is a space that fails on every read once it is shut.
type shut struct {
	store.Partition
	now bool
}

func (s *shut) Get(key []byte) ([]byte, error) {
	if s.now {
		return nil, errors.New("the store was read")
	}
	return s.Partition.Get(key)
}

func (s *shut) Scan(prefix, from []byte, fn func(key, value []byte) bool) error {
	if s.now {
		return errors.New("the store was read")
	}
	return s.Partition.Scan(prefix, from, fn)
}

func TestProcessorReadsNoStoreAndWritesTheMarkAlone(t *testing.T) {
	in := streams.Topic[string]{Name: "in", Value: streams.Text}
	out := streams.Topic[string]{Name: "out", Value: streams.Text}
	top := streams.NewTopology("copy")
	p := streams.NewProcessor(top, "copy", in, func(ctx streams.Ctx, r streams.Record[string]) error {
		out.Send(ctx, ctx.Key(), &r.Value)
		return nil
	})
	streams.Send(p, out)
	spec, err := top.Spec()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := memstore.New().Open("copy", 0)
	if err != nil {
		t.Fatal(err)
	}
	space := &shut{Partition: rows}
	core, err := task.New(spec, space, task.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := core.Prepare(false); err != nil { // the first one also says what the rows are
		t.Fatal(err)
	}
	core.Committed()
	space.now = true
	for offset := range int64(3) {
		r := task.Record{Topic: "in", Offset: offset, Key: []byte("k"), Value: []byte("v"), Timestamp: time.Unix(1, 0)}
		if err := core.Record(&r, time.Unix(2, 0)); err != nil {
			t.Fatal(err)
		}
	}
	commit, err := core.Prepare(false)
	if err != nil {
		t.Fatal(err)
	}
	if len(commit.Outputs) != 3 || len(commit.Rows) != 1 || commit.Positions[0].Next != 3 {
		t.Errorf("%d outputs, %d rows, positions %v", len(commit.Outputs), len(commit.Rows), commit.Positions)
	}
}
