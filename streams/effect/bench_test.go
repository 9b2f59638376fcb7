package effect_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/millrace/millrace/streams/effect"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
)

func BenchmarkCalls(b *testing.B) {
	var leases store.Leases
	lease := leases.Take(owner, store.Active)
	x := effect.New(effect.Options{})
	defer x.Close()
	erp := &task.Destination{Name: "erp", Call: func(context.Context, []byte) (any, error) { return nil, nil }}
	effects := make([]task.Effect, 0, b.N)
	for i := range b.N {
		e := ask(erp, fmt.Sprint("key", i%1000, "-"), uint64(i))
		e.Row.ID = [16]byte{0: byte(i >> 24), 1: byte(i >> 16), 2: byte(i >> 8), 3: byte(i)}
		effects = append(effects, e)
	}
	var left sync.WaitGroup
	left.Add(len(effects))
	b.ReportAllocs()
	b.ResetTimer()
	for start := 0; start < len(effects); start += 100 {
		x.Start(owner, lease, func(task.Answer) { left.Done() }, effects[start:min(start+100, len(effects))], false)
	}
	left.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}

func TestAHundredThousandWaitingEffectsNeedNoGoroutine(t *testing.T) {
	d := newDesk()
	defer d.Close()
	erp := &task.Destination{Name: "erp", Timeout: time.Hour, Call: echo}
	effects := make([]task.Effect, 0, 100_000)
	for i := range cap(effects) {
		effects = append(effects, ask(erp, fmt.Sprint("key", i, "-"), 1))
	}
	before := runtime.NumGoroutine()
	var small, large runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&small)
	d.Start(owner, d.lease, d.deliver, effects, true)
	want(t, "waiting", d.Waiting()["erp"], len(effects))
	want(t, "goroutines", runtime.NumGoroutine(), before)
	clear(d.statuses)
	d.statuses = nil
	runtime.GC()
	runtime.ReadMemStats(&large)
	if each := int64(large.HeapAlloc-small.HeapAlloc) / int64(len(effects)); each > 2000 {
		t.Errorf("each waiting effect takes %d bytes", each)
	} else {
		t.Logf("each waiting effect takes %d bytes", each)
	}
	if err := d.Revoke(t.Context(), owner); err != nil {
		t.Error(err)
	}
	want(t, "waiting after Revoke", d.Waiting()["erp"], 0)
}
