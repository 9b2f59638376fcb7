package streamstest

import "github.com/millrace/millrace/streams"

// Upgrade stops a topology and starts another program of the same name on its
// rows. It returns why the program was refused, with the old one going on.
func (d *Driver) Upgrade(t *streams.Topology) error {
	d.tb.Helper()
	spec, err := t.Spec()
	if err != nil {
		return err
	}
	p, err := d.program(spec.App)
	d.check(err)
	next := &program{spec: spec, redrive: spec.RedriveTopic(), store: p.store}
	for n, before := range p.tasks {
		r, err := d.open(next, int32(n), nil)
		if err != nil {
			return err
		}
		r.parked, r.late = before.parked, before.late
		next.tasks = append(next.tasks, r)
	}
	*p = *next
	return nil
}

// Late counts the closed windows of a topology that records came for.
func (d *Driver) Late(app string) (late int) {
	d.tb.Helper()
	p, err := d.program(app)
	d.check(err)
	for _, r := range p.tasks {
		late += r.late
	}
	return late
}
