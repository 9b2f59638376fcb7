package task_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/memstore"
	"github.com/millrace/millrace/streams/task"
)

// deed is what a handler of the tests below is told to do, and Want what it must
// see in the end.
type deed struct {
	First, Last int // children that are put, or deleted
	Delete      bool
	Refuse      bool // ends with an error
	Want        []string
}

// A handler sees the children that the handlers before it left, by Get and by
// Range, whether their rows are all known, are too many for that, have just been
// committed, given up, or thrown out of the cache.
func TestHandlersSeeTheRowsAsTheyWereLeft(t *testing.T) {
	in := streams.Topic[deed]{Name: "in", Value: streams.JSON[deed]()}
	rapid.Check(t, func(rt *rapid.T) {
		var wrong []string
		top := streams.NewTopology("old")
		var parts *streams.Children[string]
		e := streams.NewEntity(top, "e", streams.JSON[int](), func(ctx streams.Ctx, _ *int, in streams.Input) error {
			d := in.(streams.Record[deed]).Value
			for n := d.First; n <= d.Last; n++ {
				if d.Delete {
					parts.Delete(ctx, child(n))
				} else {
					value := child(n) + padding
					parts.Put(ctx, child(n), &value)
				}
			}
			var saw []string
			parts.Range(ctx, "", func(id string, c *string) bool {
				saw = append(saw, id)
				return *c == id+padding
			})
			for n := range 300 {
				if there := parts.Get(ctx, child(n)) != nil; there != slices.Contains(d.Want, child(n)) {
					wrong = append(wrong, fmt.Sprintf("%s is there: %t", child(n), there))
				}
			}
			if !slices.Equal(saw, d.Want) {
				wrong = append(wrong, fmt.Sprintf("a range saw %v, want %v", saw, d.Want))
			}
			if d.Refuse {
				return errors.New("refused")
			}
			return nil
		})
		parts = streams.NewChildren(e, "part", streams.JSON[string]())
		streams.Receive(e, in)
		core, rows := opened(t, top)
		committed := map[string]map[string]bool{"a": {}, "b": {}}
		offset := int64(0)
		for range rapid.IntRange(1, 8).Draw(rt, "transactions") {
			left := map[string]map[string]bool{"a": maps.Clone(committed["a"]), "b": maps.Clone(committed["b"])}
			for range rapid.IntRange(1, 4).Draw(rt, "records") {
				key := rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "key")
				d := deed{Delete: rapid.Bool().Draw(rt, "delete"), Refuse: rapid.IntRange(0, 4).Draw(rt, "refuse") == 0}
				d.First = rapid.IntRange(0, 200).Draw(rt, "first")
				d.Last = d.First + rapid.SampledFrom([]int{-1, 0, 3, 90}).Draw(rt, "more")
				after := maps.Clone(left[key])
				for n := d.First; n <= d.Last; n++ {
					if after[child(n)] = true; d.Delete {
						delete(after, child(n))
					}
				}
				d.Want = slices.Sorted(maps.Keys(after))
				if !d.Refuse {
					left[key] = after
				}
				value, err := in.Value.Append(nil, &d)
				if err != nil {
					rt.Fatal(err)
				}
				offset++
				r := task.Record{Topic: "in", Offset: offset, Key: []byte(key), Value: value, Timestamp: time.Unix(1, 0)}
				if err := core.Record(&r, time.Unix(2, 0)); err != nil {
					rt.Fatal(err)
				}
			}
			switch rapid.IntRange(0, 3).Draw(rt, "end") {
			case 0:
				core.Aborted()
				continue
			case 1:
				core.BoundCache(0)
			default:
				core.BoundCache(1 << 20)
			}
			apply(t, core, rows, func(changelog.Row) bool { return false })
			committed = left
		}
		if len(wrong) > 0 {
			rt.Fatal(strings.Join(wrong, "\n"))
		}
	})
}

// padding makes some entities outgrow what is kept of them between transactions.
var padding = strings.Repeat("x", 1000)

func child(n int) string { return fmt.Sprintf("c-%03d", n) }

// counting counts what is asked of a store.
type counting struct {
	store.Partition
	gets, scans int
}

func (c *counting) Get(key []byte) ([]byte, error) {
	c.gets++
	return c.Partition.Get(key)
}

func (c *counting) Scan(prefix, from []byte, fn func(key, value []byte) bool) error {
	c.scans++
	return c.Partition.Scan(prefix, from, fn)
}

// An entity with few rows is read once, however many of its children are looked
// for while it is in the cache.
func TestAnEntityOfFewRowsIsReadOnce(t *testing.T) {
	in := streams.Topic[int]{Name: "in", Value: streams.JSON[int]()}
	top := streams.NewTopology("old")
	var parts *streams.Children[int]
	e := streams.NewEntity(top, "e", streams.JSON[int](), func(ctx streams.Ctx, s *int, in streams.Input) error {
		v := in.(streams.Record[int]).Value
		if *s += v; parts.Get(ctx, "none") != nil || len(parts.All(ctx)) != v {
			t.Errorf("%d children, want %d", len(parts.All(ctx)), v)
		}
		parts.Put(ctx, child(v), &v)
		return nil
	})
	parts = streams.NewChildren(e, "part", streams.JSON[int]())
	streams.Receive(e, in)
	opened, err := memstore.New().Open("old", 0)
	if err != nil {
		t.Fatal(err)
	}
	rows := &counting{Partition: opened}
	core, err := task.New(spec(t, top), rows, task.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rows.gets, rows.scans = 0, 0
	for n := range 5 {
		r := task.Record{Topic: "in", Offset: int64(n), Key: []byte("a"), Value: fmt.Append(nil, n), Timestamp: time.Unix(1, 0)}
		if err := core.Record(&r, time.Unix(2, 0)); err != nil {
			t.Fatal(err)
		}
		apply(t, core, rows, func(changelog.Row) bool { return false })
	}
	if rows.gets != 1 || rows.scans != 1 {
		t.Errorf("%d gets and %d scans, want one of each", rows.gets, rows.scans)
	}
}
