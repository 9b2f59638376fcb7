//go:build unix

package chaos

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/pebblestore"
)

// settle ends the load, waits until everything is handled, ends the instances in
// order and checks all that this package promises.
func (w *world) settle() {
	w.Helper()
	w.rest()
	w.until(90*time.Second, func() error {
		if got := w.inputs(); got < int(w.sent) {
			return fmt.Errorf("%d of %d inputs were read back", got, w.sent)
		}
		return w.oracle.missing()
	})
	for _, i := range w.instances {
		i.drain()
	}
	w.committedToTheEnd()
	w.nothingOpen()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, fault := range w.oracle.finish(w.twin.byAsk()) {
		w.Error(fault)
	}
	if got := w.inputs(); got != int(w.sent) {
		w.Errorf("%d inputs were sent, the log has %d", w.sent, got)
	}
	w.folded()
}

// inputs counts the records of the input topic; the caller holds mu.
func (w *world) inputs() (n int) {
	for _, p := range w.oracle.partitions {
		n += len(p.inputs)
	}
	return n
}

// committedToTheEnd wants the group at the ends of its inputs.
func (w *world) committedToTheEnd() {
	w.Helper()
	ends, err := w.adm.ListEndOffsets(w.Context(), w.topics.in)
	if err != nil {
		w.Fatal(err)
	}
	offsets, err := w.adm.FetchOffsets(w.Context(), w.app)
	if err != nil {
		w.Fatal(err)
	}
	ends.Each(func(end kadm.ListedOffset) {
		if at, ok := offsets.Lookup(end.Topic, end.Partition); !ok || at.At != end.Offset {
			w.Errorf("the group is at %d of %s/%d, which ends at %d", at.At, end.Topic, end.Partition, end.Offset)
		}
	})
}

// nothingOpen wants no transaction of the topology to be open.
func (w *world) nothingOpen() {
	w.Helper()
	eventually(w, 10*time.Second, func() error {
		listed, err := w.adm.ListTransactions(w.Context(), nil, nil)
		if err != nil {
			return err
		}
		seen := 0
		for _, tx := range listed {
			if !strings.HasPrefix(tx.TxnID, w.app+"-") {
				continue
			}
			seen++
			if !slices.Contains([]string{"Empty", "CompleteCommit", "CompleteAbort"}, tx.State) {
				return fmt.Errorf("transaction of %s is %s", tx.TxnID, tx.State)
			}
		}
		if seen == 0 {
			return fmt.Errorf("the broker lists no transactional id of %s", w.app)
		}
		return nil
	})
}

// folded wants every copy of a task, on any instance's disk, to be the fold of
// the changelog up to the copy's cursor, the newest copy of each task to hold
// all of it, and the states in it to be those that the inputs make. The caller
// holds mu.
func (w *world) folded() {
	w.Helper()
	var newest [partitions]int64
	for _, i := range w.instances {
		rows, err := pebblestore.Open(i.config.state(), pebblestore.Options{})
		if err != nil {
			w.Fatal(err)
		}
		for p := range int32(partitions) {
			space, err := rows.Open(w.app, p)
			if err != nil {
				w.Fatal(err)
			}
			cursor, known, err := space.Cursor()
			if err != nil {
				w.Fatal(err)
			}
			if known {
				newest[p] = max(newest[p], cursor.Next)
				w.sameRows(i.name, p, fold(w.rows[p], cursor.Next), space)
			}
		}
		if err := rows.Close(); err != nil {
			w.Error(err)
		}
	}
	for p, at := range newest {
		log := w.rows[int32(p)]
		if last := log[len(log)-1].Offset; at <= last {
			w.Errorf("the newest copy of partition %d ends at %d, the changelog has a row at %d", p, at, last)
		}
		w.sameStates(int32(p), fold(log, last(log)))
	}
}

func last(log []*kgo.Record) int64 { return log[len(log)-1].Offset + 1 }

// fold returns the rows that a changelog makes of its records before end.
func fold(log []*kgo.Record, end int64) map[string]string {
	rows := make(map[string]string)
	for _, r := range log {
		switch {
		case r.Offset >= end:
			return rows
		case r.Value == nil:
			delete(rows, string(r.Key))
		default:
			rows[string(r.Key)] = string(r.Value)
		}
	}
	return rows
}

func (w *world) sameRows(name string, p int32, want map[string]string, space store.Partition) {
	w.Helper()
	got := make(map[string]string)
	if err := space.Scan(nil, nil, func(k, v []byte) bool { got[string(k)] = string(v); return true }); err != nil {
		w.Fatal(err)
	}
	if mark, err := space.Get(changelog.MarkKey); err != nil {
		w.Fatal(err)
	} else if mark != nil {
		got[string(changelog.MarkKey)] = string(mark)
	}
	if maps.Equal(got, want) {
		return
	}
	for k, v := range want {
		if got[k] != v {
			w.Errorf("instance %s, partition %d: row %q is %q, the changelog has %q", name, p, k, got[k], v)
			return
		}
	}
	w.Errorf("instance %s, partition %d has %d rows, the changelog %d", name, p, len(got), len(want))
}

// sameStates wants the states in rows to be those that the inputs make.
func (w *world) sameStates(p int32, rows map[string]string) {
	w.Helper()
	for key, want := range w.oracle.partition(p).keys {
		row := rows[string(append(changelog.AppendEntity(nil, "tally", key), byte(changelog.State)))]
		var got tally
		if err := json.Unmarshal([]byte(row), &got); err != nil || got != want.tally {
			w.Errorf("state of %s is %s (error %v), the inputs make %+v", key, row, err, want.tally)
			return
		}
	}
}
