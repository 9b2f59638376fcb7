package streams

import (
	"fmt"

	"github.com/millrace/millrace/streams/changelog"
)

// A program that no longer declares what has rows is refused at its start: the
// rows would stay for ever, or the name was mistyped. The functions of this file
// say that it is meant.

// Retire says that an entity, or windows, of earlier programs is no more. Its
// rows are deleted before a task handles anything: states, children, timers,
// effects that were not called, and parked inputs. Once all tasks have run, the
// line may go.
func (t *Topology) Retire(entity string) {
	t.compiled.Retired = append(t.compiled.Retired, changelog.Part{Kind: changelog.State, Entity: entity})
}

// RetireChildren is Topology.Retire for a collection.
func (e *Entity[S]) RetireChildren(name string) {
	e.topology.compiled.Retired = append(e.topology.compiled.Retired, changelog.Part{Kind: changelog.Child, Entity: e.spec.Name, Name: name})
}

// RetireDestination is Topology.Retire for a destination: what was asked and not
// answered is dropped.
func (e *Entity[S]) RetireDestination(name string) {
	e.topology.compiled.Retired = append(e.topology.compiled.Retired, changelog.Part{Kind: changelog.Effect, Entity: e.spec.Name, Name: name})
}

// revived lists what is both declared and retired.
func (t *Topology) revived() (faults []error) {
	for _, p := range t.compiled.Retired {
		if t.compiled.Declares(p) {
			faults = append(faults, fmt.Errorf("%s %s is declared and retired: do one of them", p.Entity, p.Name))
		}
	}
	return faults
}
