package task_test

import (
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/memstore"
	"github.com/millrace/millrace/streams/task"
)

// busyTopology parks what comes for keys that begin with p.
func busyTopology(t testing.TB) *task.Topology {
	t.Helper()
	in := streams.Topic[string]{Name: "in", Value: streams.Text}
	top := streams.NewTopology("busy")
	e := streams.NewEntity(top, "e", streams.Text, func(ctx streams.Ctx, s *string, in streams.Input) error {
		*s += in.(streams.Record[string]).Value
		if ctx.Key()[0] == 'p' {
			return streams.Retry(errBusy)
		}
		return nil
	})
	streams.Receive(e, in)
	spec, err := top.Spec()
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func record(offset int64, key, value string) *task.Record {
	return &task.Record{Topic: "in", Offset: offset, Key: []byte(key), Value: []byte(value), Timestamp: time.Unix(1, 0)}
}

func TestEntityWithoutParkedInputsReadsNoStore(t *testing.T) {
	rows, err := memstore.New().Open("busy", 0)
	if err != nil {
		t.Fatal(err)
	}
	space := &shut{Partition: rows}
	core, err := task.New(busyTopology(t), space, task.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for offset, key := range []string{"calm", "parked", "parked too"} {
		if err := core.Record(record(int64(offset), key, "v"), time.Unix(2, 0)); err != nil {
			t.Fatal(err)
		}
	}
	space.now = true
	for offset, key := range []string{"calm", "calm", "parked", "calm"} {
		if err := core.Record(record(3+int64(offset), key, "v"), time.Unix(2, 0)); err != nil {
			t.Fatal(err)
		}
	}
	c, err := core.Prepare(false)
	if err != nil {
		t.Fatal(err)
	}
	if want := (task.Counts{Consumed: 7, Handled: 4, Parked: 3}); c.Counts != want {
		t.Errorf("counts are %+v, want %+v", c.Counts, want)
	}
}

// A start reads one short row for each entity with parked inputs, and none of
// the inputs.
func TestStartReadsTheQueuesAndNoInputs(t *testing.T) {
	spec := busyTopology(t)
	rows, err := memstore.New().Open("busy", 0)
	if err != nil {
		t.Fatal(err)
	}
	core, err := task.New(spec, rows, task.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for offset := range int64(100) {
		if err := core.Record(record(offset, "parked", "some bytes"), time.Unix(2, 0)); err != nil {
			t.Fatal(err)
		}
	}
	inputs, bytes := core.Parked()
	c, err := core.Prepare(false)
	if err != nil {
		t.Fatal(err)
	}
	var leases store.Leases
	if err := rows.Apply(leases.Take(store.Task{App: "busy"}, store.Active), store.Batch{Rows: c.Rows}); err != nil {
		t.Fatal(err)
	}
	seen := &scanned{Partition: rows}
	again, err := task.New(spec, seen, task.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n, b := again.Parked(); n != inputs || b != bytes || n != 100 {
		t.Errorf("the start found %d inputs of %d bytes, want %d of %d", n, b, inputs, bytes)
	}
	if seen.rows != 1 || !again.NextTimer().Equal(core.NextTimer()) {
		t.Errorf("the start read %d rows; next try %s, want %s", seen.rows, again.NextTimer(), core.NextTimer())
	}
}

// scanned counts the rows that are scanned.
type scanned struct {
	store.Partition
	rows int
}

func (s *scanned) Scan(prefix, from []byte, fn func(key, value []byte) bool) error {
	return s.Partition.Scan(prefix, from, func(key, value []byte) bool {
		s.rows++
		return fn(key, value)
	})
}
