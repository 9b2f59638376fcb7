package sim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/streams/failpoint"
)

// Plan is the schedule of a run. It is data: print it, keep it, shrink it.
type Plan struct {
	Seed       uint64 `json:"seed"`
	Processes  int    `json:"processes"`
	Brokers    int    `json:"brokers"`
	Partitions int32  `json:"partitions"`
	Lanes      int    `json:"lanes"`
	// Durable brokers keep their records in a directory and can be restarted.
	Durable bool `json:"durable,omitempty"`
	// Converge bounds the virtual time from the healing to the end. Default 5 min.
	Converge time.Duration `json:"converge,omitempty"`
	// Calm slows fetching down, for runs over days: a record waits up to so long.
	Calm  time.Duration `json:"calm,omitempty"`
	Items []Item        `json:"items"`
}

// Item is one thing that happens, At virtual time after the start.
type Item struct {
	At time.Duration `json:"at"`
	Do Action        `json:"do"`
	// Process is the number of the process it happens to.
	Process int `json:"process,omitempty"`
	// Point, when set, delays it until the process passes there.
	Point failpoint.Point `json:"point,omitempty"`
	// Fault is the name of a Fault, for Inject.
	Fault string `json:"fault,omitempty"`
	// For is how long it lasts: a freeze, a cut, the time until a restart.
	For time.Duration `json:"for,omitempty"`
	// Count is the number of inputs, or of refused calls.
	Count int `json:"count,omitempty"`
}

// Action is what an Item does.
type Action string

// The actions of a plan.
const (
	// Send produces Count inputs.
	Send Action = "send"
	// SendAborted produces Count inputs in a transaction that is aborted.
	SendAborted Action = "send and abort"
	// Kill ends a process as kill -9 does, and starts it again after For.
	Kill Action = "kill"
	// PowerCut is Kill, with only a part of what was not synced on the disk.
	PowerCut Action = "power cut"
	// LoseDisk is Kill, with an empty disk afterwards.
	LoseDisk Action = "lose disk"
	// Stop ends a process in order, and starts it again after For.
	Stop Action = "stop"
	// Freeze stops a process for For, as SIGSTOP does.
	Freeze Action = "freeze"
	// Cut takes the network from a process for For.
	Cut Action = "cut"
	// Drop closes a process's connections once.
	Drop Action = "drop"
	// Inject puts a Fault in force.
	Inject Action = "inject"
	// Add starts another process: the others give tasks to it.
	Add Action = "add"
	// Remove stops a process in order and does not start it again before the end.
	Remove Action = "remove"
	// RestartBrokers closes the brokers in order and opens them again after For.
	RestartBrokers Action = "restart brokers"
	// CrashBrokers goes on from a copy of the brokers' directory, as after a kill.
	CrashBrokers Action = "crash brokers"
	// PartnerDown makes every partner refuse for For.
	PartnerDown Action = "partner down"
	// PartnerSilent makes partners do what the next Count calls ask and not answer.
	PartnerSilent Action = "partner silent"
	// PartnerSlow makes calls take For each, for a minute.
	PartnerSlow Action = "partner slow"
)

// String is the plan as JSON, one item a line.
func (p Plan) String() string {
	items := p.Items
	p.Items = nil
	head, err := json.Marshal(p)
	if err != nil {
		panic(err) // a plain struct always encodes
	}
	var b strings.Builder
	b.WriteString(strings.TrimSuffix(string(head), "null}") + "[")
	for i, item := range items {
		line, err := json.Marshal(item)
		if err != nil {
			panic(err)
		}
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "\n  %s", line)
	}
	b.WriteString("]}")
	return b.String()
}

// Parse reads what String wrote.
func Parse(text string) (p Plan, err error) {
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return p, fmt.Errorf("reading plan: %w", err)
	}
	return p, nil
}

// Sorted is the plan with its items in the order of their times.
func (p Plan) Sorted() Plan {
	p.Items = slices.Clone(p.Items)
	slices.SortStableFunc(p.Items, func(a, b Item) int { return cmp.Compare(a.At, b.At) })
	return p
}

func (p Plan) withDefaults() Plan {
	setDefault(&p.Processes, 2)
	setDefault(&p.Brokers, 1)
	setDefault(&p.Partitions, 4)
	setDefault(&p.Lanes, 2)
	setDefault(&p.Converge, 5*time.Minute)
	for _, item := range p.Items {
		p.Durable = p.Durable || item.Do == RestartBrokers || item.Do == CrashBrokers
	}
	return p
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// String is one line for the trace.
func (i Item) String() string {
	var b strings.Builder
	b.WriteString(string(i.Do))
	switch i.Do {
	case Send, SendAborted, RestartBrokers, CrashBrokers, PartnerDown, PartnerSilent, PartnerSlow, Add:
	default:
		fmt.Fprintf(&b, " p%d", i.Process)
	}
	if i.Fault != "" {
		fmt.Fprintf(&b, " %q", i.Fault)
	}
	if i.Point != "" {
		fmt.Fprintf(&b, " at %q", i.Point)
	}
	if i.Count > 0 {
		fmt.Fprintf(&b, " ×%d", i.Count)
	}
	if i.For > 0 {
		fmt.Fprintf(&b, " for %s", i.For)
	}
	return b.String()
}
