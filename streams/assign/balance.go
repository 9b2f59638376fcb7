package assign

import (
	"cmp"
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
	// Leaving says that the member wants to give all its tasks away.
	Leaving bool
}

// Copy is a task's rows on a member's disk.
type Copy struct {
	Partition int32 `json:"p"`
	// Next is the offset of the first changelog record that the copy lacks.
	Next int64 `json:"n"`
	// End is the changelog's end when Next was read, as whoever follows it knows;
	// 0 when it is not followed. What the owner tells later is further, by what it
	// has written in between.
	End int64 `json:"e,omitempty"`
}

// balance finds who is to have each task in the end, whatever the way there:
//
//   - Numbers of tasks differ by at most one between members that stay.
//   - A task stays with its owner. Where two claim one, the newest generation
//     wins: the other one missed a rebalance.
//   - Others go where the least has to be restored.
type balance struct {
	members    []Member // by ID
	staying    []Member // those of them that do not leave, or all
	partitions int32
	claims     map[int32]string // who has a task now
	copies     map[placed]Copy
	newest     map[int32]int64 // how far the best copy of a task is

	owners map[int32]string
	load   map[string]int
	least  int // tasks that every member gets
	extra  int // members that get one more
}

// placed is a task at a member.
type placed struct {
	id   string
	task int32
}

func newBalance(members []Member, partitions int32) *balance {
	b := &balance{
		members: slices.Clone(members), partitions: partitions,
		claims: make(map[int32]string), copies: make(map[placed]Copy), newest: make(map[int32]int64),
		owners: make(map[int32]string), load: make(map[string]int),
	}
	slices.SortFunc(b.members, func(a, b Member) int { return cmp.Compare(a.ID, b.ID) })
	for _, m := range b.members {
		if !m.Leaving {
			b.staying = append(b.staying, m)
		}
		for _, c := range m.Copies {
			b.copies[placed{m.ID, c.Partition}] = c
			b.newest[c.Partition] = max(b.newest[c.Partition], c.Next, c.End)
		}
	}
	if len(b.staying) == 0 {
		b.staying = b.members
	}
	if n := len(b.staying); n > 0 {
		b.least, b.extra = int(partitions)/n, int(partitions)%n
	}
	b.claim()
	return b
}

func (b *balance) run() {
	b.keep()
	b.follow()
	b.fill()
}

// claim finds the owner of each task: the one whose claim is the newest.
func (b *balance) claim() {
	generation := make(map[int32]int32)
	for _, m := range b.members {
		for _, task := range m.Owned {
			if g, taken := generation[task]; task >= 0 && task < b.partitions && (!taken || m.Generation > g) {
				generation[task], b.claims[task] = m.Generation, m.ID
			}
		}
	}
}

// lag is how many changelog offsets a member's copy lacks.
func (b *balance) lag(id string, task int32) int64 {
	c := b.copies[placed{id, task}]
	if c.End > 0 {
		return max(0, c.End-c.Next)
	}
	return b.newest[task] - c.Next
}

// room says whether a member may take one more task.
func (b *balance) room(id string) bool {
	return b.load[id] < b.least || b.load[id] == b.least && b.extra > 0
}

func (b *balance) give(task int32, id string) {
	if b.load[id] == b.least {
		b.extra--
	}
	b.load[id]++
	b.owners[task] = id
}

// keep leaves tasks with their owners, who come in the order of how much they
// own: the largest ones then get the extra places and fewest tasks move.
func (b *balance) keep() {
	held := make(map[string][]int32)
	for task := range b.partitions {
		if id, ok := b.claims[task]; ok {
			held[id] = append(held[id], task)
		}
	}
	order := slices.Clone(b.staying)
	slices.SortStableFunc(order, func(x, y Member) int { return cmp.Compare(len(held[y.ID]), len(held[x.ID])) })
	for _, m := range order {
		for _, task := range b.dearest(held, m.ID) {
			if b.room(m.ID) {
				b.give(task, m.ID)
			}
		}
	}
}

// dearest returns the tasks of a member in the order in which it keeps them:
// those come last that a member with fewer tasks could take over soonest.
func (b *balance) dearest(held map[string][]int32, id string) []int32 {
	tasks := held[id]
	away := make(map[int32]int64, len(tasks))
	for _, task := range tasks {
		away[task] = b.newest[task]
		for _, m := range b.staying {
			if len(held[m.ID]) < len(tasks) {
				away[task] = min(away[task], b.lag(m.ID, task))
			}
		}
	}
	slices.SortStableFunc(tasks, func(x, y int32) int { return cmp.Compare(away[y], away[x]) })
	return tasks
}

// follow places tasks by the members' copies, the most complete copy first.
func (b *balance) follow() {
	type option struct {
		placed
		lag int64
	}
	var options []option
	for _, m := range b.staying {
		for task := range b.partitions {
			at := placed{m.ID, task}
			if _, has := b.copies[at]; has && b.owners[task] == "" {
				options = append(options, option{at, b.lag(m.ID, task)})
			}
		}
	}
	slices.SortFunc(options, func(x, y option) int {
		return cmp.Or(cmp.Compare(x.lag, y.lag), cmp.Compare(x.task, y.task), cmp.Compare(x.id, y.id))
	})
	for _, o := range options {
		if b.owners[o.task] == "" && b.room(o.id) {
			b.give(o.task, o.id)
		}
	}
}

// fill spreads what is left over the members with the fewest tasks.
func (b *balance) fill() {
	for task := range b.partitions {
		if b.owners[task] != "" {
			continue
		}
		least := slices.MinFunc(b.staying, func(x, y Member) int { return cmp.Compare(b.load[x.ID], b.load[y.ID]) })
		b.give(task, least.ID)
	}
}
