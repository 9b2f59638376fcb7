package business

import (
	"fmt"
	"time"

	"github.com/millrace/millrace/services/audit"
	"github.com/millrace/millrace/streams/task"
)

// inspector has the auditor of the log read everything as it is written.
type inspector struct {
	*audit.Auditor
	now func() time.Time
	err error // why a record could not be given to it
}

func newInspector(config audit.Config, now func() time.Time) *inspector {
	config.Schema = schemas.Text
	return &inspector{Auditor: audit.New(config), now: now}
}

// observe gives it a record.
func (i *inspector) observe(r *task.Record) {
	headers := make([]audit.Header, len(r.Headers))
	for n, h := range r.Headers {
		headers[n] = audit.Header(h)
	}
	err := i.Observe(&audit.Record{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Key: r.Key, Value: r.Value, Headers: headers, Time: r.Timestamp})
	if err != nil && i.err == nil {
		i.err = err
	}
}

// faults are what it found, until so long from now has passed without a word.
func (i *inspector) faults(after time.Duration) []Violation {
	i.Advance(i.now().Add(after))
	var all []Violation
	if i.err != nil {
		all = append(all, Violation{Rule: ruleBooks, Text: fmt.Sprintf("the auditor could not read: %v", i.err)})
	}
	for _, v := range i.Violations() {
		all = append(all, Violation{string(v.Invariant), fmt.Sprintf("%s: want %s; got %s; see %s", v.Key, v.Expected, v.Seen, fmt.Sprint(v.Records))})
	}
	return all
}
