package streamstest

import (
	"cmp"
	"errors"
	"slices"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/task"
)

// Parked lists the entities of a topology that have parked inputs or are in
// quarantine, by entity and key.
func (d *Driver) Parked(app string) []streams.ParkedEntity {
	d.tb.Helper()
	var all []streams.ParkedEntity
	d.check(streams.ScanParked(d, app, func(p streams.ParkedEntity) bool {
		all = append(all, p)
		return true
	}))
	slices.SortFunc(all, func(a, b streams.ParkedEntity) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Key, b.Key))
	})
	return all
}

// DeadLetter is an input that a topology could not handle.
type DeadLetter struct {
	streams.DeadLetter
	Key string
}

// DeadLetters returns the dead letters of a topology, partition by partition in
// the order in which they were written.
func (d *Driver) DeadLetters(app string) []DeadLetter {
	d.tb.Helper()
	var all []DeadLetter
	for _, records := range d.topics[app+".dlq"] {
		for _, r := range records.records {
			letter, err := streams.ReadDeadLetter(app, r.Key, r.Value, r.Headers)
			if err != nil && !errors.Is(err, streams.ErrRedrive) {
				d.check(err)
			}
			all = append(all, DeadLetter{DeadLetter: letter, Key: string(r.Key)})
		}
	}
	return all
}

// NoDeadLetters fails the test when any topology has dead letters.
func (d *Driver) NoDeadLetters() {
	d.tb.Helper()
	for _, p := range d.programs {
		for _, letter := range d.DeadLetters(p.spec.App) {
			d.tb.Errorf("topology %s could not handle %s of %q: %s", p.spec.App, letter.Topic, letter.Key, letter.Error)
		}
	}
}

// Redrive brings a dead letter back to its topology.
func (d *Driver) Redrive(letter DeadLetter) {
	d.tb.Helper()
	r, err := letter.Redrive()
	d.check(err)
	d.appendTo(r.Partition, task.Out{Topic: r.Topic, Key: r.Key, Value: r.Value, Headers: r.Headers})
}

// RedriveAs brings a dead letter back with another value, as an operator does
// who has mended it.
func RedriveAs[V any](d *Driver, letter DeadLetter, topic streams.Topic[V], value *V) {
	d.tb.Helper()
	b, err := topic.Value.Append(nil, value)
	d.check(err)
	letter.Value = b
	d.Redrive(letter)
}

// account fails the test when the transactions of a task do not explain every
// input that they took.
func (d *Driver) account(r *running, c *task.Commit) {
	d.tb.Helper()
	r.parked += c.Parked
	inputs, _ := r.Parked()
	if c.Consumed != c.Handled+c.Filtered+c.DeadLettered+c.Parked || r.parked != inputs {
		d.tb.Fatalf("streamstest (seed %d): %d inputs are accounted for by %+v, %d are parked of %d", d.opts.Seed, c.Consumed, c.Counts, inputs, r.parked)
	}
}
