package storetest

import (
	"errors"
	"strconv"
	"sync"
	"testing"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

var leaseCases = map[string]func(*testing.T, *bench){
	"an outdated lease writes nothing": func(t *testing.T, b *bench) {
		b.apply(t, state("a", "1"))
		old := b.lease
		b.leases.Take(b.task, store.Standby)
		wantError(t, b.Apply(old, store.Batch{Rows: []changelog.Row{state("a", "2")}, Cursor: cursor(9)}), store.ErrLeaseLost)
		wantError(t, b.Wipe(old), store.ErrLeaseLost)
		wantRow(t, b, state("a", "").Key, "1")
	},
	"no lease and the lease of another task write nothing": func(t *testing.T, b *bench) {
		other := b.leases.Take(store.Task{App: b.task.App, Partition: 4}, store.Active)
		for _, lease := range []store.Lease{{}, {Task: b.task}, other} {
			wantError(t, b.Apply(lease, store.Batch{Rows: []changelog.Row{state("a", "2")}, Cursor: cursor(9)}), store.ErrLeaseLost)
			wantError(t, b.Wipe(lease), store.ErrLeaseLost)
		}
		if _, ok, err := b.Cursor(); ok || err != nil {
			t.Errorf("the space has a cursor (error %v)", err)
		}
	},
	"nothing is written once the next lease was taken": func(t *testing.T, b *bench) {
		for round := range 20 {
			var writer sync.WaitGroup
			started := make(chan struct{})
			writer.Go(func() { writeUntilLost(t, b, b.lease, round, started) })
			<-started
			b.lease = b.leases.Take(b.task, store.Active)
			before, err := b.Get(state("a", "").Key)
			noError(t, err)
			writer.Wait()
			wantRow(t, b, state("a", "").Key, string(before))
		}
	},
}

// writeUntilLost writes state a until lease is outdated.
func writeUntilLost(t *testing.T, b *bench, lease store.Lease, round int, started chan struct{}) {
	for i := 0; ; i++ {
		value := strconv.Itoa(round) + "." + strconv.Itoa(i)
		err := b.Apply(lease, store.Batch{Rows: []changelog.Row{state("a", value)}, Cursor: cursor(int64(i))})
		if i == 0 {
			close(started)
		}
		if errors.Is(err, store.ErrLeaseLost) {
			return
		}
		if err != nil {
			t.Errorf("applying: %v", err)
			return
		}
	}
}
