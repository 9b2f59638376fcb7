package audit

import "crypto/sha256"

// K1, provenance: no event is written twice. The id of an event (ce_id) follows
// from the id of its cause, its topic and its ordinal, so whoever handles an input
// twice and commits both writes the same ids twice.
//
// From the headers of every topic, judged at once.
func (a *Auditor) identify(r *Record, place Place) {
	id := r.header("ce_id")
	if id == "" {
		return
	}
	a.checked(Provenance)
	if was, twice := a.seen.add(id, place); twice && was != place {
		a.violated(Provenance, string(r.Key), "ce_id "+id, "an event stands in the log once", "ce_id "+id+" stands twice", was, place)
	}
}

// identities remembers the newest names that were seen and where, in two
// generations of at most generation names.
type identities struct {
	now, before map[[16]byte]Place
	generation  int
}

// generation is enough for an hour of 300 events a second.
const generation = 1 << 20

func newIdentities() identities {
	return identities{now: make(map[[16]byte]Place), generation: generation}
}

// add remembers a name and says where it was seen before.
func (s *identities) add(name string, place Place) (was Place, twice bool) {
	hash := sha256.Sum256([]byte(name))
	id := [16]byte(hash[:16])
	if was, twice = s.now[id]; twice {
		return was, true
	}
	if was, twice = s.before[id]; twice {
		return was, true
	}
	if len(s.now) >= s.generation {
		s.before, s.now = s.now, make(map[[16]byte]Place)
	}
	s.now[id] = place
	return Place{}, false
}
