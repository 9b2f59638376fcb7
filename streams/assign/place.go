package assign

import (
	"cmp"
	"slices"
)

// Policy says how many copies tasks have and when they may move.
type Policy struct {
	// Partitions is the number of tasks, which are 0 to Partitions-1.
	Partitions int32
	// Standbys is how many members follow each task beside its owner.
	Standbys int
	// AcceptableLag is how many changelog offsets a copy may lack and still be
	// fit to take its task over.
	AcceptableLag int64
	// WarmUps bounds the copies that one member fills at a time for tasks that
	// are to move to it.
	WarmUps int
}

// orphanSlack is by how much the acceptable lag may be passed by the member that
// is to have a task which nobody runs. It is above 1, so that a task that was
// taken from its owner goes on to the member it was taken for, although a last
// burst of changes is still on the way there.
const orphanSlack = 4

// Plan is where tasks and their copies are to be.
type Plan struct {
	// Owners maps each task to the ID of the member that runs it.
	Owners map[int32]string
	// Standbys lists by member the tasks it follows, in order. A task that
	// changes its owner is followed by the new one until it has it.
	Standbys map[string][]int32
	// Warming lists by member those of its standbys that it is to own as soon as
	// it lacks no more than the acceptable lag: then it asks for a new plan.
	Warming map[string][]int32
}

// Place decides where tasks and their copies are to be. It is deterministic.
//
//   - A balance says who is to have each task: loads differ by at most one.
//   - A task that runs moves only to a member whose copy has acceptable lag.
//     Until there is one, the owner goes on and that member warms a copy.
//   - A task that nobody runs goes to the member that is to have it if its copy
//     is good, else to the best copy, and moves on from there when warm.
//   - Standbys follow the best copies, spread evenly, never on the owner.
func Place(members []Member, policy Policy) Plan {
	p := &placing{
		balance: newBalance(members, policy.Partitions), policy: policy,
		plan: Plan{Owners: make(map[int32]string), Standbys: make(map[string][]int32), Warming: make(map[string][]int32)},
	}
	if len(members) == 0 {
		return p.plan
	}
	p.run()
	for _, m := range p.moves() {
		p.decide(m)
	}
	p.stand()
	for _, list := range p.plan.Standbys {
		slices.Sort(list)
	}
	return p.plan
}

type placing struct {
	*balance
	policy Policy
	plan   Plan
}

// move is a task with who has it, "" for nobody, and who is to have it.
type move struct {
	task     int32
	from, to string
	lag      int64 // of to's copy
}

// moves lists every task, the ones that are nearest to being ready first: they
// get the bounded places for warming.
func (p *placing) moves() []move {
	var list []move
	for task := range p.partitions {
		to := p.owners[task]
		list = append(list, move{task: task, from: p.claims[task], to: to, lag: p.lag(to, task)})
	}
	slices.SortStableFunc(list, func(a, b move) int { return cmp.Compare(a.lag, b.lag) })
	return list
}

func (p *placing) decide(m move) {
	owner := m.from
	switch {
	case m.from == m.to, m.lag <= p.policy.AcceptableLag:
		owner = m.to
	case m.from == "":
		owner = p.soonest(m)
	}
	p.plan.Owners[m.task] = owner
	switch {
	case owner != m.to:
		p.warm(m)
	case m.from != "" && m.from != m.to:
		p.plan.Standbys[m.to] = append(p.plan.Standbys[m.to], m.task)
	}
}

// soonest returns who takes a task that nobody runs: the member that is to have
// it, unless another one is ready so much sooner.
func (p *placing) soonest(m move) string {
	id, least := m.to, m.lag-orphanSlack*p.policy.AcceptableLag
	for _, member := range p.staying {
		if lag := p.lag(member.ID, m.task); lag < least {
			id, least = member.ID, lag
		}
	}
	return id
}

// warm lets the member that is to have a task fill a copy, if it has not enough
// to do already.
func (p *placing) warm(m move) {
	if len(p.plan.Warming[m.to]) < p.policy.WarmUps {
		p.plan.Warming[m.to] = append(p.plan.Warming[m.to], m.task)
		p.plan.Standbys[m.to] = append(p.plan.Standbys[m.to], m.task)
	}
}
