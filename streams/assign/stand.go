package assign

import (
	"cmp"
	"slices"
)

// stand gives each task its standbys, one for each task before the second one
// for any. Copies that are filled for a move do not count.
func (p *placing) stand() {
	each := min(p.policy.Standbys, len(p.staying)-1)
	load, taken := make(map[string]int), make(map[placed]bool)
	room := (int(p.partitions)*each + len(p.staying) - 1) / len(p.staying)
	for range each {
		for task := range p.partitions {
			id := p.bestStandby(task, room, load, taken)
			load[id]++
			taken[placed{id, task}] = true
			if !slices.Contains(p.plan.Standbys[id], task) {
				p.plan.Standbys[id] = append(p.plan.Standbys[id], task)
			}
		}
	}
}

// bestStandby returns the member with the best copy among those that have room,
// else among all but the owner and those that follow the task already. Copies of
// acceptable lag are equally good.
func (p *placing) bestStandby(task int32, room int, load map[string]int, taken map[placed]bool) string {
	type option struct {
		id   string
		full int
		lag  int64
	}
	var options []option
	for _, m := range p.staying {
		if m.ID == p.plan.Owners[task] || taken[placed{m.ID, task}] {
			continue
		}
		o := option{id: m.ID, lag: p.lag(m.ID, task)}
		if load[m.ID] >= room {
			o.full = load[m.ID]
		}
		if o.lag <= p.policy.AcceptableLag {
			o.lag = 0
		}
		options = append(options, o)
	}
	return slices.MinFunc(options, func(a, b option) int {
		return cmp.Or(cmp.Compare(a.full, b.full), cmp.Compare(a.lag, b.lag), cmp.Compare(load[a.id], load[b.id]), cmp.Compare(a.id, b.id))
	}).id
}
