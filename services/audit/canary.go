package audit

import (
	"errors"
	"slices"
	"time"
)

// Canary shows that an auditor made of a configuration finds what does not hold: it
// gives one of its own two records that say the same version of an order, and one that
// nobody can read, and each has to be seen by its rule.
func Canary(config Config, first, again *Record) error {
	a := New(config)
	if err := errors.Join(a.Observe(first), a.Observe(again), a.Observe(&Record{Topic: first.Topic, Partition: first.Partition, Offset: again.Offset + 1, Key: first.Key, Value: []byte("canary"), Time: first.Time})); err != nil {
		return err
	}
	a.Advance(first.Time.Add(24 * time.Hour))
	found := a.Violations()
	for _, want := range []Invariant{Terminal, Accounting} {
		if !slices.ContainsFunc(found, func(v Violation) bool { return v.Invariant == want && v.Key == string(first.Key) }) {
			return errors.New("the canary is dead: a violation of " + string(want) + " was put before the auditor, and it does not see it")
		}
	}
	return nil
}
