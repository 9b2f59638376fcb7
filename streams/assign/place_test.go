package assign

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

const acceptable = 1000

// fleet is a model of members that follow plans as the group makes them: a task
// is first taken from its owner and given to the next one in the plan after.
type fleet struct {
	policy     Policy
	generation int32
	end        []int64 // of changelogs
	members    map[string]*process
	moves      map[int32]int // of running tasks
}

type process struct {
	owned   map[int32]bool
	copies  map[int32]int64
	leaving bool
}

func newFleet(t *rapid.T) *fleet {
	f := &fleet{
		policy: Policy{
			Partitions: rapid.Int32Range(1, 24).Draw(t, "partitions"), Standbys: rapid.IntRange(0, 2).Draw(t, "standbys"),
			AcceptableLag: acceptable, WarmUps: rapid.IntRange(1, 3).Draw(t, "warm-ups"),
		},
		members: make(map[string]*process), moves: make(map[int32]int),
	}
	for range f.policy.Partitions {
		f.end = append(f.end, rapid.SampledFrom([]int64{0, 10, acceptable, 50_000, 1_000_000}).Draw(t, "end"))
	}
	for i := range rapid.IntRange(1, 6).Draw(t, "members") {
		f.members[fmt.Sprintf("m%d", i)] = f.process(t)
	}
	ids := append(slices.Sorted(maps.Keys(f.members)), "")
	for task := range f.policy.Partitions {
		if id := rapid.SampledFrom(ids).Draw(t, "owner"); id != "" {
			f.members[id].owned[task] = true
			f.members[id].copies[task] = f.end[task]
		}
	}
	return f
}

// process has copies that may be anything between empty and complete.
func (f *fleet) process(t *rapid.T) *process {
	p := &process{owned: make(map[int32]bool), copies: make(map[int32]int64), leaving: rapid.IntRange(0, 5).Draw(t, "leaving") == 0}
	for task, end := range f.end {
		if rapid.Bool().Draw(t, "has a copy") {
			p.copies[int32(task)] = end * rapid.Int64Range(0, 100).Draw(t, "percent") / 100
		}
	}
	return p
}

func (f *fleet) describe() []Member {
	f.generation++
	var list []Member
	for id, p := range f.members {
		m := Member{ID: id, Generation: f.generation, Owned: slices.Sorted(maps.Keys(p.owned)), Leaving: p.leaving}
		for task, next := range p.copies {
			m.Copies = append(m.Copies, Copy{Partition: task, Next: next})
		}
		list = append(list, m)
	}
	return list
}

func (f *fleet) owner(task int32) string {
	for id, p := range f.members {
		if p.owned[task] {
			return id
		}
	}
	return ""
}

// follow does what a plan says: copies get nearer, tasks are taken or given.
func (f *fleet) follow(t *rapid.T, plan Plan) {
	for id, tasks := range plan.Standbys {
		for _, task := range tasks {
			p := f.members[id]
			if p.owned[task] {
				continue // it stands by once it gave the task back
			}
			rest := f.end[task] - p.copies[task]
			p.copies[task] = f.end[task] - rest/rapid.Int64Range(2, 1<<30).Draw(t, "progress")
		}
	}
	for task := range f.policy.Partitions {
		had, has := f.owner(task), plan.Owners[task]
		switch {
		case had == has:
		case had != "":
			f.moves[task]++
			if lag := f.end[task] - f.members[has].copies[task]; lag > acceptable {
				t.Fatalf("task %d was taken from %s for %s, whose copy lacks %d", task, had, has, lag)
			}
			delete(f.members[had].owned, task)
		default:
			f.members[has].owned[task] = true
			f.members[has].copies[task] = f.end[task]
		}
	}
}

// converge follows plans until nothing changes, and requires that it ends.
func (f *fleet) converge(t *rapid.T) Plan {
	for range 40 + 30*int(f.policy.Partitions) {
		before := f.describe()
		plan := Place(before, f.policy)
		f.check(t, plan)
		f.follow(t, plan)
		if len(plan.Warming) == 0 && reflect.DeepEqual(plan, Place(f.describe(), f.policy)) {
			return plan
		}
	}
	t.Fatalf("no end in sight: %+v", f.describe())
	return Plan{}
}

// check requires what holds of every plan.
func (f *fleet) check(t *rapid.T, plan Plan) {
	if len(plan.Owners) != int(f.policy.Partitions) {
		t.Fatalf("%d owners of %d tasks", len(plan.Owners), f.policy.Partitions)
	}
	for task, id := range plan.Owners {
		if f.members[id] == nil {
			t.Fatalf("task %d is given to %q, who is no member", task, id)
		}
	}
	for id, tasks := range plan.Standbys {
		if len(slices.Compact(slices.Clone(tasks))) != len(tasks) {
			t.Fatalf("%s follows a task twice: %v", id, tasks)
		}
		for _, task := range tasks {
			if plan.Owners[task] == id && f.owner(task) == id {
				t.Fatalf("%s has task %d and is to follow it", id, task)
			}
		}
	}
	for id, tasks := range plan.Warming {
		if len(tasks) > f.policy.WarmUps {
			t.Fatalf("%s warms %v at a time, the bound is %d", id, tasks, f.policy.WarmUps)
		}
		for _, task := range tasks {
			if !slices.Contains(plan.Standbys[id], task) || plan.Owners[task] == id {
				t.Fatalf("%s warms task %d without following it, or has it", id, task)
			}
		}
	}
}

func (f *fleet) staying() []string {
	var ids []string
	for id, p := range f.members {
		if !p.leaving {
			ids = append(ids, id)
		}
	}
	if ids == nil {
		ids = slices.Collect(maps.Keys(f.members))
	}
	slices.Sort(ids)
	return ids
}

func TestFleetConvergesWithoutStoppingTasksForARestore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFleet(t)
		plan := f.converge(t)
		ids := f.staying()
		load, copies := make(map[string]int), make(map[int32]int)
		for _, id := range plan.Owners {
			load[id]++
		}
		low, high := len(plan.Owners), 0
		for _, id := range ids {
			low, high = min(low, load[id]), max(high, load[id])
		}
		if high-low > 1 {
			t.Fatalf("loads are %v among %v", load, ids)
		}
		for _, tasks := range plan.Standbys {
			for _, task := range tasks {
				copies[task]++
			}
		}
		for task := range f.policy.Partitions {
			if want := min(f.policy.Standbys, len(ids)-1); copies[task] != want {
				t.Fatalf("task %d has %d standbys, want %d: %v", task, copies[task], want, plan.Standbys)
			}
			if f.moves[task] > 2 {
				t.Fatalf("task %d was moved %d times", task, f.moves[task])
			}
		}
	})
}

func TestStandbysAreSpreadEvenly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		policy := Policy{Partitions: rapid.Int32Range(1, 24).Draw(t, "partitions"), Standbys: rapid.IntRange(1, 2).Draw(t, "standbys"), AcceptableLag: acceptable, WarmUps: 2}
		var list []Member
		for i := range rapid.IntRange(2, 6).Draw(t, "members") {
			list = append(list, Member{ID: fmt.Sprintf("m%d", i)})
		}
		plan := Place(list, policy)
		low, high := int(policy.Partitions)*2, 0
		for _, m := range list {
			low, high = min(low, len(plan.Standbys[m.ID])), max(high, len(plan.Standbys[m.ID]))
		}
		if high-low > 2 {
			t.Fatalf("from %d to %d standbys: %v", low, high, plan.Standbys)
		}
	})
}

// A member that joins with an empty disk fills copies first, then gets its share.
func TestScalingOutMovesTasksOnlyWhenTheirCopiesAreWarm(t *testing.T) {
	policy := Policy{Partitions: 4, AcceptableLag: acceptable, WarmUps: 2}
	full := []Copy{{Partition: 0, Next: 9000}, {Partition: 1, Next: 9000}, {Partition: 2, Next: 9000}, {Partition: 3, Next: 9000}}
	old := Member{ID: "a", Owned: []int32{0, 1, 2, 3}, Generation: 1, Copies: full}
	first := Place([]Member{old, {ID: "b", Generation: 1}}, policy)
	if got := first.Warming["b"]; len(got) != 2 {
		t.Fatalf("b warms %v", got)
	}
	for task := range policy.Partitions {
		if first.Owners[task] != "a" {
			t.Fatalf("task %d moved to an empty disk", task)
		}
	}
	warm := Member{ID: "b", Generation: 2}
	for _, task := range first.Warming["b"] {
		warm.Copies = append(warm.Copies, Copy{Partition: task, Next: 8500})
	}
	second := Place([]Member{old, warm}, policy)
	for _, task := range first.Warming["b"] {
		if second.Owners[task] != "b" || !slices.Contains(second.Standbys["b"], task) {
			t.Fatalf("task %d is warm on b, but the plan is %+v", task, second)
		}
	}
	// The owner has given them back; a last burst is on its way to b.
	old.Owned = []int32{}
	for _, task := range []int32{0, 1, 2, 3} {
		if !slices.Contains(first.Warming["b"], task) {
			old.Owned = append(old.Owned, task)
		}
	}
	old.Copies = []Copy{{Partition: 0, Next: 11_000}, {Partition: 1, Next: 11_000}, {Partition: 2, Next: 11_000}, {Partition: 3, Next: 11_000}}
	third := Place([]Member{old, warm}, policy)
	for _, task := range first.Warming["b"] {
		if third.Owners[task] != "b" {
			t.Fatalf("task %d went back to its former owner: %+v", task, third)
		}
	}
}

func TestFailoverGoesToTheStandbyEvenBeyondItsShare(t *testing.T) {
	plan := Place([]Member{
		{ID: "a", Owned: []int32{0, 1}, Generation: 1, Copies: []Copy{{Partition: 0, Next: 90_000}, {Partition: 1, Next: 90_000}, {Partition: 2, Next: 90_000}, {Partition: 3, Next: 90_000}}},
		{ID: "b"},
	}, Policy{Partitions: 4, AcceptableLag: acceptable, WarmUps: 1})
	if plan.Owners[2] != "a" || plan.Owners[3] != "a" || len(plan.Warming["b"]) != 1 {
		t.Fatalf("plan %+v", plan)
	}
}
