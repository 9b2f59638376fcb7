//go:build unix

package broker_test

import (
	"fmt"
	"math"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/internal/broker"
)

// BenchmarkHandle measures handled inputs a second and the CPU of the process,
// the broker in it included: 200-byte records over 10,000 keys, 100-byte states,
// no outputs but the changelog.
func BenchmarkHandle(b *testing.B) {
	w := newWorld(b, 4)
	in := streams.Topic[string]{Name: "load", Value: streams.Text}
	top := streams.NewTopology("bench")
	e := streams.NewEntity(top, "last", streams.Text, func(_ streams.Ctx, s *string, input streams.Input) error {
		*s = input.(streams.Record[string]).Value[:100]
		return nil
	})
	streams.Receive(e, in)
	spec, err := top.Spec()
	if err != nil {
		b.Fatal(err)
	}
	w.create("load", 4)
	value := make([]byte, 200)
	for n := range b.N {
		w.client.Produce(b.Context(), &kgo.Record{Topic: "load", Key: []byte("key" + strconv.Itoa(n%10_000)), Value: value}, func(_ *kgo.Record, err error) {
			if err != nil {
				b.Error(err)
			}
		})
	}
	if err := w.client.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
	opts := w.options("a", newStore())
	opts.Topology, opts.Client = spec, nil
	b.ResetTimer()
	began, cpu := time.Now(), cpuTime()
	i := w.run(opts)
	i.ready()
	eventually(b, 5*time.Minute, func() error { return handled(w, i.Runtime, b.N) })
	took := time.Since(began)
	b.ReportMetric(float64(b.N)/took.Seconds(), "records/s")
	b.ReportMetric(float64((cpuTime()-cpu).Microseconds())/float64(b.N), "cpu-µs/record")
	i.drain()
}

// handled requires that the runtime has committed n inputs.
func handled(w *world, r *broker.Runtime, n int) error {
	offsets, err := kadm.NewClient(w.client).FetchOffsets(w.Context(), "bench")
	if err != nil {
		return err
	}
	sum := 0
	offsets.Each(func(o kadm.OffsetResponse) { sum += int(max(0, o.At)) })
	if sum < n {
		return fmt.Errorf("%d of %d handled", sum, n)
	}
	return r.Ready()
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return math.MaxInt64
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
