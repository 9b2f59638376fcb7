package task_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/task"
)

// What is staged in the middle of a transaction is what its commit would make of
// the store, by Get and by Scan, whatever the handlers did, failed and deleted.
func TestStagedRowsAreThoseOfTheCommit(t *testing.T) {
	in := streams.Topic[int]{Name: "in", Value: streams.JSON[int]()}
	rapid.Check(t, func(rt *rapid.T) {
		top := streams.NewTopology("old")
		var parts *streams.Children[int]
		e := streams.NewEntity(top, "e", streams.JSON[int](), func(ctx streams.Ctx, s *int, in streams.Input) error {
			v := in.(streams.Record[int]).Value
			*s += v
			parts.Put(ctx, fmt.Sprint(v%3), &v)
			switch v % 7 {
			case 1:
				parts.Delete(ctx, fmt.Sprint(v%2))
			case 2:
				ctx.Delete()
			case 3:
				return errors.New("refused")
			case 4:
				ctx.SetTimer("t", time.Hour)
			}
			return nil
		})
		parts = streams.NewChildren(e, "part", streams.JSON[int]())
		streams.Receive(e, in)
		core, rows := opened(t, top)
		prefix := rapid.SampledFrom([][]byte{nil, changelog.AppendEntityName(nil, "e"), changelog.AppendEntity(nil, "e", "b")}).Draw(rt, "prefix")
		from := rapid.SampledFrom([][]byte{nil, changelog.AppendEntity(nil, "e", "b"), append(changelog.AppendEntity(nil, "e", "b"), 'C', 4)}).Draw(rt, "from")
		for n := range rapid.IntRange(1, 5).Draw(rt, "transactions") {
			for i := range rapid.IntRange(1, 6).Draw(rt, "records") {
				value := fmt.Append(nil, rapid.IntRange(0, 100).Draw(rt, "value"))
				key := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "key")
				r := task.Record{Topic: "in", Offset: int64(n*10 + i), Key: []byte(key), Value: value, Timestamp: time.Unix(1, 0)}
				if err := core.Record(&r, time.Unix(2, 0)); err != nil {
					rt.Fatal(err)
				}
			}
			staged := listed(rt, core.Staged(), prefix, from)
			apply(t, core, rows, func(r changelog.Row) bool {
				return bytes.Equal(r.Key, changelog.LayoutKey) || bytes.Equal(r.Key, changelog.MarkKey)
			})
			if committed := listed(rt, rows, prefix, from); staged != committed {
				rt.Fatalf("staged\n%scommitted\n%s", staged, committed)
			}
		}
	})
}

// listed writes the rows out, each as a scan and as a look at its key see it.
func listed(t *rapid.T, rows store.Reader, prefix, from []byte) string {
	var b bytes.Buffer
	if err := rows.Scan(prefix, from, func(key, value []byte) bool {
		again, err := rows.Get(key)
		if err != nil || !bytes.Equal(again, value) {
			t.Fatalf("%q is %q in a scan and %q by itself (%v)", key, value, again, err)
		}
		fmt.Fprintf(&b, "%q %q\n", key, value)
		return true
	}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
