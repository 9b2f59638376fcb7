package assign

import (
	"cmp"
	"maps"
	"slices"
)

// Member is one process of the group, as it described itself when it joined.
type Member struct {
	// ID is the group's member id.
	ID string
	// Owned lists the tasks the member held, as of Generation.
	Owned      []int32
	Generation int32
	// Copies says how far the member's local copies of tasks are.
	Copies []Copy
}

// Copy is a task's rows on a member's disk.
type Copy struct {
	Partition int32 `json:"p"`
	// Next is the offset of the first changelog record that the copy lacks.
	Next int64 `json:"n"`
}

// Balance gives each of the tasks 0 to partitions-1 to one member; the result
// maps a task to its owner's ID. It is deterministic, in this order:
//
//   - Numbers of tasks differ by at most one between members.
//   - A task stays with its owner. Where two claim one, the newest generation
//     wins: the other one missed a rebalance.
//   - A task without an owner goes where the least has to be restored.
func Balance(members []Member, partitions int32) map[int32]string {
	b := newBalance(members, partitions)
	b.keep()
	b.follow()
	b.fill()
	return b.owners
}

type balance struct {
	members    []Member // by ID
	partitions int32
	owners     map[int32]string
	load       map[string]int
	least      int // tasks that every member gets
	extra      int // members that get one more
}

func newBalance(members []Member, partitions int32) *balance {
	b := &balance{
		members: slices.Clone(members), partitions: partitions,
		owners: make(map[int32]string), load: make(map[string]int),
	}
	slices.SortFunc(b.members, func(a, b Member) int { return cmp.Compare(a.ID, b.ID) })
	if n := len(members); n > 0 {
		b.least, b.extra = int(partitions)/n, int(partitions)%n
	}
	return b
}

// room says whether a member may take one more task.
func (b *balance) room(id string) bool {
	return b.load[id] < b.least || b.load[id] == b.least && b.extra > 0
}

func (b *balance) give(p int32, id string) {
	if b.load[id] == b.least {
		b.extra--
	}
	b.load[id]++
	b.owners[p] = id
}

// keep leaves tasks with their owners, who come in the order of how much they
// own: the largest ones then get the extra places and fewest tasks move.
func (b *balance) keep() {
	held := b.held()
	ids := slices.SortedFunc(maps.Keys(held), func(x, y string) int {
		return cmp.Or(cmp.Compare(len(held[y]), len(held[x])), cmp.Compare(x, y))
	})
	for _, id := range ids {
		for _, p := range held[id] {
			if b.room(id) {
				b.give(p, id)
			}
		}
	}
}

// held lists the tasks of each member whose claim is the newest one, in order.
func (b *balance) held() map[string][]int32 {
	type claim struct {
		id         string
		generation int32
	}
	newest := make(map[int32]claim)
	for _, m := range b.members {
		for _, p := range m.Owned {
			if c, taken := newest[p]; p >= 0 && p < b.partitions && (!taken || m.Generation > c.generation) {
				newest[p] = claim{m.ID, m.Generation}
			}
		}
	}
	held := make(map[string][]int32)
	for _, p := range slices.Sorted(maps.Keys(newest)) {
		held[newest[p].id] = append(held[newest[p].id], p)
	}
	return held
}

// follow places tasks by the members' copies, the most complete copy first.
func (b *balance) follow() {
	type option struct {
		Copy
		id string
	}
	var options []option
	for _, m := range b.members {
		for _, c := range m.Copies {
			if _, owned := b.owners[c.Partition]; !owned && c.Partition >= 0 && c.Partition < b.partitions {
				options = append(options, option{c, m.ID})
			}
		}
	}
	slices.SortStableFunc(options, func(x, y option) int {
		return cmp.Or(cmp.Compare(x.Partition, y.Partition), cmp.Compare(y.Next, x.Next))
	})
	for _, o := range options {
		if _, owned := b.owners[o.Partition]; !owned && b.room(o.id) {
			b.give(o.Partition, o.id)
		}
	}
}

// fill spreads what is left over the members with the fewest tasks.
func (b *balance) fill() {
	if len(b.members) == 0 {
		return
	}
	for p := range b.partitions {
		if _, owned := b.owners[p]; owned {
			continue
		}
		least := slices.MinFunc(b.members, func(x, y Member) int { return cmp.Compare(b.load[x.ID], b.load[y.ID]) })
		b.give(p, least.ID)
	}
}
