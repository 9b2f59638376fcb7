package task_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/memstore"
	"github.com/millrace/millrace/streams/task"
)

var errBusy = errors.New("busy")

// counter is a state of 100 bytes with a count in front.
type counter struct{ b [100]byte }

type counterCodec struct{}

func (counterCodec) Append(dst []byte, v *counter) ([]byte, error) {
	return append(dst, v.b[:]...), nil
}
func (counterCodec) Decode(b []byte, v *counter) error { copy(v.b[:], b); return nil }

// BenchmarkRecord is the core's cost of one record: a state of 100 bytes read,
// changed and written, and one record out; a commit every 5,000.
func BenchmarkRecord(b *testing.B) { benchmarkRecord(b, 0) }

// BenchmarkRecordBesideParked is the same for entities that have no parked inputs
// while a thousand others have.
func BenchmarkRecordBesideParked(b *testing.B) { benchmarkRecord(b, 1000) }

func benchmarkRecord(b *testing.B, parked int) {
	in := streams.Topic[counter]{Name: "in", Value: counterCodec{}}
	out := streams.Topic[counter]{Name: "out", Value: counterCodec{}}
	t := streams.NewTopology("bench")
	e := streams.NewEntity(t, "counter", counterCodec{}, func(ctx streams.Ctx, c *counter, _ streams.Input) error {
		if ctx.Key()[0] == 'p' {
			return streams.Retry(errBusy)
		}
		binary.BigEndian.PutUint64(c.b[:], binary.BigEndian.Uint64(c.b[:])+1)
		out.Send(ctx, ctx.Key(), c)
		return nil
	})
	streams.Receive(e, in)
	streams.Send(e, out)
	spec, err := t.Spec()
	if err != nil {
		b.Fatal(err)
	}
	s := memstore.New()
	rows, err := s.Open("bench", 0)
	if err != nil {
		b.Fatal(err)
	}
	core, err := task.New(spec, rows, task.Options{CacheBytes: 64 << 20})
	if err != nil {
		b.Fatal(err)
	}
	var leases store.Leases
	lease := leases.Take(store.Task{App: "bench"}, store.Active)
	keys := make([][]byte, 25_000)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "key-%06d", i)
	}
	value := make([]byte, 200)
	now := time.Now()
	for i := range parked {
		if err := core.Record(&task.Record{Topic: "in", Timestamp: now, Key: fmt.Appendf(nil, "parked-%d", i), Value: value}, now); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if err := core.Record(&task.Record{Topic: "in", Offset: int64(i), Timestamp: now, Key: keys[i*7919%len(keys)], Value: value}, now); err != nil {
			b.Fatal(err)
		}
		if i%5000 == 4999 {
			commit, err := core.Prepare(false)
			if err != nil {
				b.Fatal(err)
			}
			if err := rows.Apply(lease, store.Batch{Rows: commit.Rows, Cursor: store.Cursor{Next: int64(i)}}); err != nil {
				b.Fatal(err)
			}
			core.Committed()
		}
	}
}
