package audit

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// I1, conservation: at every position of an item, what is on hand and what of it
// is not sold equals the last position plus the entries that stock took since;
// only a baseline moves it otherwise. Versions of positions rise.
//
// From inventory.movement, inventory.variance (goods issues with one witness),
// inventory.baseline and inventory.command (baselines taken), held against
// inventory.position. Stock takes movements in the order of their log, but how
// many it had taken at a position no topic says: some number of them must explain
// it. At a node that a baseline has set an entry may count or not by its mark, and
// one that counts as gone, or not as come, may be found to be there when the node
// acknowledges it; there the position must lie between the two. What a supplier has
// at its own node is its word and no sum of ours. Judged when the watermark passes
// the position by Skew.
func (a *Auditor) judgePositions(w *appointment) {
	i := a.items[w.Key]
	if i == nil {
		return
	}
	for len(i.Positions) > 0 && i.Positions[0].Place.Offset <= w.Place.Offset {
		p := i.Positions[0]
		i.Positions = i.Positions[1:]
		if a.config.Partial {
			i.Answers, i.Moves = nil, nil
			continue
		}
		a.judgePosition(i, p)
	}
}

func (a *Auditor) judgePosition(i *item, p *position) {
	a.checked(Conservation)
	a.checked(Oversell)
	a.checked(Reservations)
	due := i.answersUpTo(p.Version)
	i.recall(p, a.limits.Answer)
	taken, floats, fits := i.explain(p)
	var found *outcome
	for n := range taken {
		if o := i.follow(p, due, i.Moves[:taken[n]], i.Floats[:floats[n]]); found == nil || !found.fits && o.fits {
			found = o
		}
		if found.fits {
			break
		}
	}
	if !fits {
		a.violated(Conservation, i.SKU, "position "+p.String(), i.accounts(p, found.moves), p.describe(func(s seenStand) string {
			return fmt.Sprintf("%d on hand, %d of it not sold", s.OnHand, s.Unsellable)
		}), append(placesOf(found.moves), i.Stood, p.Place)...)
	}
	a.checkReserved(i, p, found, fits)
	a.checkGrants(i, p, found)
	i.settle(p, found, a.limits)
	a.checkShortages(i, p)
}

// explain lists how many pending moves and floats may have been taken at a
// position; without any explanation, it guesses by time and says so.
func (i *item) explain(p *position) (taken, floats []int, fits bool) {
	for f := range len(i.Floats) + 1 {
		sums := make(map[string][4]int64)
		for _, m := range i.Floats[:f] {
			p.add(sums, m)
		}
		for k := range len(i.Moves) + 1 {
			if k > 0 {
				p.add(sums, i.Moves[k-1])
			}
			if i.matches(p, sums) {
				taken, floats = append(taken, k), append(floats, f)
			}
		}
	}
	if len(taken) > 0 {
		return taken, floats, true
	}
	k := 0
	for k < len(i.Moves) && !i.Moves[k].At.After(p.At) {
		k++
	}
	return []int{k}, []int{0}, false
}

// add sums up by stand what moves: on hand, unsold, gains that a baseline may have
// contained, and what it may have contained of losses.
func (p *position) add(sums map[string][4]int64, m *move) {
	s := sums[m.Stand]
	s[0] += m.OnHand
	s[1] += m.Unsold
	s[2] += max(0, m.OnHand)
	s[3] += max(0, -m.OnHand)
	if slices.Contains(p.bases[m.Stand], m.Source) {
		s[3] += m.Back
	}
	sums[m.Stand] = s
}

func (i *item) matches(p *position, sums map[string][4]int64) bool {
	for key := range i.Stands {
		if !i.matchesAt(key, p, sums[key]) {
			return false
		}
	}
	for key := range p.Stands {
		if i.Stands[key] == nil && !i.matchesAt(key, p, sums[key]) {
			return false
		}
	}
	for key := range sums {
		if _, shown := p.Stands[key]; !shown && i.Stands[key] == nil && !i.matchesAt(key, p, sums[key]) {
			return false
		}
	}
	return true
}

func (i *item) matchesAt(key string, p *position, sum [4]int64) bool {
	was, seen := stand{}, p.Stands[key]
	if s := i.Stands[key]; s != nil {
		was = *s
	}
	if p.rebased[key] || p.supplied(key) {
		return true
	}
	full := was.OnHand + sum[0]
	if len(p.bases[key]) > 0 {
		return seen.OnHand >= full-sum[2] && seen.OnHand <= full+sum[3]
	}
	return seen.OnHand == full && seen.Unsellable == was.Unsellable+sum[1]
}

// supplied says whether a stand is what a supplier promises at its own node.
func (p *position) supplied(key string) bool {
	_, owner, _ := strings.Cut(key, sep)
	return p.Stands[key].Promised && owner != ownUnits
}

// recall notes whose baselines a position stands on, and where it may be the one
// that a baseline has set, if stock takes one within a time.
func (i *item) recall(p *position, within time.Duration) {
	p.bases, p.rebased = make(map[string][]string), make(map[string]bool)
	for key, s := range i.Stands {
		p.bases[key] = s.Bases
	}
	for key, told := range i.Batches {
		for _, b := range told {
			if b.At.After(p.At.Add(time.Second)) {
				continue
			}
			p.rebased[key] = p.rebased[key] || !b.At.Before(p.At.Add(-within))
			if !slices.Contains(p.bases[key], b.Source) {
				p.bases[key] = append(slices.Clone(p.bases[key]), b.Source)
			}
		}
	}
}

// settle makes a judged position the ground of the next one. What may have counted
// for nothing at a node that a baseline has set, and stock must have taken long
// ago, is not waited for any more.
func (i *item) settle(p *position, o *outcome, limits Limits) {
	for key, seen := range p.Stands {
		s := i.stand(key)
		s.Bases = p.bases[key]
		i.Batches[key] = slices.DeleteFunc(i.Batches[key], func(b taking) bool { return b.At.Before(p.At.Add(-limits.Skew)) })
		s.OnHand, s.Unsellable, s.Contained = seen.OnHand, seen.Unsellable, seen.Contained
	}
	for id, r := range o.changed {
		kept := *r
		i.Reservations[id] = &kept
	}
	i.Moves, i.Floats = i.Moves[o.taken:], i.Floats[o.floats:]
	i.Moves = slices.DeleteFunc(i.Moves, func(m *move) bool {
		return len(p.bases[m.Stand]) > 0 && len(m.Consumes) == 0 && m.At.Before(p.At.Add(-limits.Answer))
	})
	i.Answers = slices.DeleteFunc(i.Answers, func(s *answer) bool { return s.Version <= p.Version })
	i.Version, i.Stood = p.Version, p.Place
}

// accounts says what should stand at each node, for people.
func (i *item) accounts(p *position, moves []*move) string {
	sums := make(map[string][4]int64)
	for _, m := range moves {
		p.add(sums, m)
	}
	return p.describeKeys(func(key string) string {
		s := stand{}
		if was := i.Stands[key]; was != nil {
			s = *was
		}
		return fmt.Sprintf("%d on hand, %d of it not sold", s.OnHand+sums[key][0], s.Unsellable+sums[key][1])
	})
}

func (p *position) describe(say func(seenStand) string) string {
	return p.describeKeys(func(key string) string { return say(p.Stands[key]) })
}

func (p *position) describeKeys(say func(key string) string) string {
	var parts []string
	for key := range p.Stands {
		node, owner, _ := strings.Cut(key, sep)
		if owner != ownUnits {
			node += " of " + owner
		}
		parts = append(parts, node+": "+say(key))
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}

// maxShown bounds the records of one violation.
const maxShown = 12

func placesOf(moves []*move) []Place {
	var places []Place
	for _, m := range moves[max(0, len(moves)-maxShown):] {
		places = append(places, m.Place)
	}
	return places
}

func versions(before, now int64) string { return fmt.Sprintf("version %d after %d", now, before) }
