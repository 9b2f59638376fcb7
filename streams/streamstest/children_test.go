package streamstest_test

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
	"pgregory.net/rapid"
)

// step is one thing a handler does to its children.
type step struct {
	Do    string // put, delete, range
	ID    string
	Value int
}

type script struct {
	Steps []step
	Fail  bool
}

type seen struct{ IDs []string }

// TestChildrenBehaveLikeASortedMap runs random scripts against a map, with
// failing handlers, several inputs in one transaction, aborts and crashes.
func TestChildrenBehaveLikeASortedMap(t *testing.T) {
	scripts := streams.Topic[script]{Name: "scripts", Value: streams.JSON[script]()}
	results := streams.Topic[seen]{Name: "results", Value: streams.JSON[seen]()}
	id := rapid.SampledFrom([]string{"", "a", "aa", "ab", "b", "ba", "c", "\u00e9"})
	anyStep := rapid.Custom(func(t *rapid.T) step {
		return step{Do: rapid.SampledFrom([]string{"put", "put", "delete", "range"}).Draw(t, "do"), ID: id.Draw(t, "id"), Value: rapid.Int().Draw(t, "value")}
	})
	rapid.Check(t, func(rt *rapid.T) {
		var children *streams.Children[int]
		top := streams.NewTopology("map")
		e := streams.NewEntity(top, "map", streams.JSON[int](), func(ctx streams.Ctx, n *int, in streams.Input) error {
			s := in.(streams.Record[script]).Value
			var out seen
			for _, do := range s.Steps {
				switch do.Do {
				case "put":
					children.Put(ctx, do.ID, &do.Value)
				case "delete":
					children.Delete(ctx, do.ID)
				case "range":
					children.Range(ctx, do.ID, func(id string, _ *int) bool {
						out.IDs = append(out.IDs, id)
						return len(out.IDs) < 12
					})
				}
			}
			results.Send(ctx, ctx.Key(), &out)
			if s.Fail {
				return errors.New("refused")
			}
			*n++
			return nil
		})
		children = streams.NewChildren(e, "child", streams.JSON[int]())
		streams.Receive(e, scripts)
		streams.Send(e, results)
		d := streamstest.New(t, streamstest.Options{Seed: rapid.Uint64().Draw(rt, "seed"), AbortRate: 0.2, CrashRate: 0.2}, top)

		model := make(map[string]int)
		var want []seen
		for range rapid.IntRange(1, 12).Draw(rt, "scripts") {
			s := script{Steps: rapid.SliceOfN(anyStep, 0, 10).Draw(rt, "steps"), Fail: rapid.IntRange(0, 4).Draw(rt, "fail") == 0}
			streamstest.Send(d, scripts, "k", &s)
			after, out := apply(maps.Clone(model), s)
			if !s.Fail {
				model = after
				want = append(want, out)
			}
		}
		d.Run()
		var got []seen
		for _, r := range streamstest.Read(d, results) {
			got = append(got, r.Value)
		}
		if !slices.EqualFunc(got, want, func(a, b seen) bool { return slices.Equal(a.IDs, b.IDs) }) {
			rt.Fatalf("ranges saw %v, want %v", got, want)
		}
		all, err := children.Read(d, "k")
		if err != nil || len(all) != len(model) {
			rt.Fatalf("%d children (%v), want %d", len(all), err, len(model))
		}
		for i, key := range slices.Sorted(maps.Keys(model)) {
			if *all[i] != model[key] {
				rt.Fatalf("child %q is %d, want %d", key, *all[i], model[key])
			}
		}
	})
}

func apply(model map[string]int, s script) (map[string]int, seen) {
	var out seen
	for _, do := range s.Steps {
		switch do.Do {
		case "put":
			model[do.ID] = do.Value
		case "delete":
			delete(model, do.ID)
		case "range":
			for _, id := range slices.Sorted(maps.Keys(model)) {
				if id >= do.ID {
					out.IDs = append(out.IDs, id)
					if len(out.IDs) >= 12 {
						break
					}
				}
			}
		}
	}
	return model, out
}
