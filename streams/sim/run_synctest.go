//go:build synctests

package sim

import (
	"testing"
	"testing/synctest"
	"time"
)

// Run runs a program through a plan, in virtual time. When something does not
// hold, it fails t with the plan, the seed and what happened in order; the
// report says it too.
func Run(t *testing.T, program Program, plan Plan) Report {
	t.Helper()
	report, story := Try(t, program, plan)
	if len(report.Violations) > 0 {
		t.Error(story)
	}
	return report
}

// Try is Run, but leaves it to the caller what violations mean; story tells
// them with the plan and what happened.
func Try(t *testing.T, program Program, plan Plan) (report Report, story string) {
	t.Helper()
	wall := time.Now()
	dir := t.TempDir()
	synctest.Test(t, func(*testing.T) {
		f := newFleet(program, plan, dir)
		if err := f.whole(); err != nil {
			f.violate("%v", err)
		}
		f.end()
		report, story = f.finish()
	})
	report.Wall = time.Since(wall)
	return report, story
}

// whole is a run from the start of the brokers to the last check.
func (f *fleet) whole() error {
	if err := f.begin(); err != nil {
		return err
	}
	if err := f.follow(); err != nil {
		return err
	}
	f.heal()
	if err := f.converge(); err != nil {
		return err
	}
	return f.check()
}
