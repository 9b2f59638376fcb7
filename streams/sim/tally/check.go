package tally

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/millrace/millrace/streams/sim"
	"github.com/millrace/millrace/streams/task"
)

// Check computes every output again from the inputs.
func Check(r *sim.Result) []error {
	c := &check{Result: r}
	for p := range r.Plan.Partitions {
		c.totals(p)
		c.accounts(p)
		c.echoes(p)
	}
	c.counted(Ticks, func(t Total) int64 { return t.Ticks })
	c.counted(Booked, func(t Total) int64 { return t.Booked })
	c.books()
	return c.faults
}

type check struct {
	*sim.Result
	faults []error
}

func (c *check) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Errorf(format, args...))
}

func fails(r sim.Record) bool {
	return string(r.Value) == strconv.Itoa(Refused) || string(r.Value) == strconv.Itoa(Panics)
}

// good lists the inputs of a partition that do not fail.
func (c *check) good(topic string, p int32) []sim.Record {
	return slices.DeleteFunc(slices.Clone(c.Log(topic)[p]), fails)
}

// totals: the outputs take the inputs of each topic in their order, and say what
// these make of their key.
func (c *check) totals(p int32) {
	waiting := map[string][]sim.Record{First: c.good(First, p), Second: c.good(Second, p)}
	states := make(map[string]*Total)
	for _, out := range c.Log(Totals)[p] {
		got, err := read(out)
		if err != nil {
			c.fault("%v", err)
			return
		}
		topic, _, _ := strings.Cut(got.Source, "@")
		if len(waiting[topic]) == 0 {
			c.fault("totals/%d@%d is of %s, but no input is left there", p, out.Offset, got.Source)
			return
		}
		in := waiting[topic][0]
		waiting[topic] = waiting[topic][1:]
		if want := fmt.Sprintf("%s@%d", topic, in.Offset); got.Source != want || out.Key != in.Key {
			c.fault("totals/%d@%d is of %s %s, the next input is %s %s: lost, doubled or reordered", p, out.Offset, got.Source, out.Key, want, in.Key)
			return
		}
		if states[in.Key] == nil {
			states[in.Key] = new(Total)
		}
		s := states[in.Key]
		s.add(number(in))
		if want := (Total{s.Count, s.Sum, s.Min, s.Max, got.Ticks, got.Booked, got.Source}); got != want {
			c.fault("totals/%d@%d of %s is %+v, want %+v", p, out.Offset, in.Key, got, want)
			return
		}
	}
	for topic, rest := range waiting {
		if len(rest) > 0 {
			c.fault("%d inputs of %s/%d have no total, the first at offset %d", len(rest), topic, p, rest[0].Offset)
		}
	}
}

// accounts (K2): what was consumed was handled or dead-lettered, once.
func (c *check) accounts(p int32) {
	dead := make(map[string]int)
	for _, partition := range c.Log(App + ".dlq") {
		for _, r := range partition {
			if r.Headers[task.HeaderPartition] == strconv.Itoa(int(p)) {
				dead[r.Headers[task.HeaderTopic]+"@"+r.Headers[task.HeaderOffset]]++
			}
		}
	}
	for _, topic := range []string{First, Second} {
		for _, in := range c.Log(topic)[p] {
			at := fmt.Sprintf("%s@%d", topic, in.Offset)
			want := 0
			if fails(in) {
				want = 1
			}
			if dead[at] != want {
				c.fault("K2: input %s of partition %d with value %s has %d dead letters, want %d", at, p, in.Value, dead[at], want)
			}
			delete(dead, at)
		}
	}
	if len(dead) > 0 {
		c.fault("K2: partition %d has dead letters of no input: %v", p, dead)
	}
}

// echoes are the inputs in their order.
func (c *check) echoes(p int32) {
	want, got := c.good(First, p), c.Log(Echo)[p]
	if len(want) != len(got) {
		c.fault("echo/%d has %d records, want %d", p, len(got), len(want))
	}
	for i := range min(len(want), len(got)) {
		if string(want[i].Value) != string(got[i].Value) || want[i].Key != got[i].Key {
			c.fault("echo/%d@%d is %s %s, want %s %s", p, got[i].Offset, got[i].Key, got[i].Value, want[i].Key, want[i].Value)
			return
		}
	}
}

// counted: the records of a key count up by one.
func (c *check) counted(topic string, count func(Total) int64) {
	for p, records := range c.Log(topic) {
		last := make(map[string]int64)
		for _, r := range records {
			got, err := read(r)
			if err != nil {
				c.fault("%v", err)
				continue
			}
			if last[r.Key]++; count(got) != last[r.Key] {
				c.fault("%s/%d@%d of %s counts %d, want %d", topic, p, r.Offset, r.Key, count(got), last[r.Key])
				return
			}
		}
	}
}

// books (E1): each fourth input of a key was booked once, each fifth ticked once.
func (c *check) books() {
	asked, ticks := make(map[string]bool), 0
	for _, records := range c.Log(Totals) {
		for _, r := range records {
			t, err := read(r)
			if err != nil {
				c.fault("%v", err)
				continue
			}
			if t.Count%bookEvery == 0 {
				asked[r.Key+" "+t.Source] = true
			}
			if t.Count%tickEvery == 0 {
				ticks++
			}
		}
	}
	for _, d := range c.Documents {
		if !asked[d.Request] {
			c.fault("E1: %s made a document of %q, which no committed input asked for", d.Partner, d.Request)
		}
	}
	if len(c.Documents) != len(asked) {
		c.fault("E1: %s has %d documents, %d were asked for", Partner, len(c.Documents), len(asked))
	}
	if n := count(c.Log(Booked)); n != len(asked) {
		c.fault("E1: %d answers were handled, %d were asked for", n, len(asked))
	}
	if n := count(c.Log(Ticks)); n != ticks {
		c.fault("%d timers fired, %d were set", n, ticks)
	}
}

func count(log map[int32][]sim.Record) (n int) {
	for _, records := range log {
		n += len(records)
	}
	return n
}

func read(r sim.Record) (t Total, err error) {
	if err := json.Unmarshal(r.Value, &t); err != nil {
		return t, fmt.Errorf("reading %s/%d@%d: %w", r.Topic, r.Partition, r.Offset, err)
	}
	return t, nil
}

func number(r sim.Record) int64 {
	n, _ := strconv.ParseInt(string(r.Value), 10, 64)
	return n
}
