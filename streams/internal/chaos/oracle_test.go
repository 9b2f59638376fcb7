//go:build unix

package chaos

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"
)

// oracle follows the committed records of a topology and says what is wrong
// with them. It recomputes everything from the inputs alone. It is not safe for
// concurrent use.
type oracle struct {
	topics topics

	partitions map[int32]*partition
	causes     map[string]string // provenance -> where it was first seen
	rung       map[string]int
	answered   map[string][]answered
	owed       map[string]bool // timers to ring
	asked      map[string]bool // effects to answer
	dead       int             // records of the dead letter topic

	wrong []string
}

// partition is one partition of the input and what became of it.
type partition struct {
	inputs []*kgo.Record
	outs   []*kgo.Record // not compared yet
	done   int           // inputs whose outputs were compared
	keys   map[string]*expected
}

// expected is the state of a key after its first inputs.
type expected struct {
	tally
	recent [recentKept]int64
}

// maxWrong bounds what is kept of one run: the first faults tell the most.
const maxWrong = 20

func newOracle(t topics) *oracle {
	return &oracle{
		topics: t, partitions: make(map[int32]*partition), causes: make(map[string]string),
		rung: make(map[string]int), answered: make(map[string][]answered),
		owed: make(map[string]bool), asked: make(map[string]bool),
	}
}

func (o *oracle) fault(format string, args ...any) {
	if len(o.wrong) < maxWrong {
		o.wrong = append(o.wrong, fmt.Sprintf(format, args...))
	}
}

func (o *oracle) partition(p int32) *partition {
	if o.partitions[p] == nil {
		o.partitions[p] = &partition{keys: make(map[string]*expected)}
	}
	return o.partitions[p]
}

// take adds the next committed record of a topic's partition. Topics may be
// ahead of each other.
func (o *oracle) take(r *kgo.Record) {
	switch p := o.partition(r.Partition); r.Topic {
	case o.topics.in:
		p.inputs = append(p.inputs, r)
		o.compare(p)
	case o.topics.out:
		o.provenance(r)
		p.outs = append(p.outs, r)
		o.compare(p)
	case o.topics.rung:
		o.provenance(r)
		o.rung[string(r.Value)]++
	case o.topics.answered:
		o.provenance(r)
		var a answered
		if err := json.Unmarshal(r.Value, &a); err != nil {
			o.fault("%s: %v", place(r), err)
		}
		o.answered[a.Ask] = append(o.answered[a.Ask], a)
	default:
		o.dead++
	}
}

// provenance wants a cause that no committed record had before.
func (o *oracle) provenance(r *kgo.Record) {
	for _, h := range r.Headers {
		if h.Key != causeHeader {
			continue
		}
		cause := string(h.Value)
		if first, again := o.causes[cause]; again {
			o.fault("cause %s has two outputs: %s and %s", cause, first, place(r))
		}
		o.causes[cause] = place(r)
		return
	}
	o.fault("%s has no cause", place(r))
}

func place(r *kgo.Record) string { return fmt.Sprintf("%s/%d@%d", r.Topic, r.Partition, r.Offset) }

// compare wants the next outputs to be what the next inputs make.
func (o *oracle) compare(p *partition) {
	for len(p.outs) > 0 && p.done < len(p.inputs) {
		in, out := p.inputs[p.done], p.outs[0]
		p.outs = p.outs[1:]
		p.done++
		want, err := p.step(in)
		var got output
		if err == nil {
			err = json.Unmarshal(out.Value, &got)
		}
		if err != nil || got != want || string(in.Key) != string(out.Key) {
			o.fault("%s, key %s, is %+v (error %v), want %+v for key %s of %s", place(out), out.Key, got, err, want, in.Key, place(in))
		}
		if want.Count%timerEvery == 0 {
			o.owed[askName(string(in.Key), want.Count)] = true
		}
		if want.Count%effectEvery == 0 {
			o.asked[askName(string(in.Key), want.Count)] = true
		}
	}
}

// step returns the output of an input.
func (p *partition) step(r *kgo.Record) (output, error) {
	var in input
	if err := json.Unmarshal(r.Value, &in); err != nil {
		return output{}, err
	}
	s := p.keys[string(r.Key)]
	if s == nil {
		s = new(expected)
		p.keys[string(r.Key)] = s
	}
	s.add(in.Value)
	s.recent[s.Count%recentKept] = in.Value
	o := output{Offset: r.Offset, tally: s.tally}
	for _, v := range s.recent {
		o.Recent += v
	}
	return o, nil
}

// missing says what is still to come, or nil when every input has its output,
// every timer rang and every effect was answered.
func (o *oracle) missing() error {
	inputs, done := 0, 0
	for _, p := range o.partitions {
		inputs += len(p.inputs)
		done += p.done
	}
	rung, answered := 0, 0
	for name := range o.owed {
		rung += min(o.rung[name], 1)
	}
	for name := range o.asked {
		answered += min(len(o.answered[name]), 1)
	}
	if done < inputs || rung < len(o.owed) || answered < len(o.asked) {
		return fmt.Errorf("%d of %d inputs have outputs, %d of %d timers rang, %d of %d effects are answered",
			done, inputs, rung, len(o.owed), answered, len(o.asked))
	}
	return nil
}

// finish checks what can only be told at the end: that there is nothing beside
// what must be, and that the twin's documents are those that were answered.
func (o *oracle) finish(documents map[string][]int64) []string {
	for p, log := range o.partitions {
		if len(log.outs) > 0 {
			o.fault("partition %d has %d outputs more than inputs", p, len(log.outs))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o.rung)) {
		if n := o.rung[name]; n != 1 || !o.owed[name] {
			o.fault("timer %s rang %d times, want %v", name, n, o.owed[name])
		}
	}
	for _, ask := range slices.Sorted(maps.Keys(o.answered)) {
		list := o.answered[ask]
		if d := documents[ask]; len(list) != 1 || len(d) != 1 || list[0].Document != d[0] || list[0].Err != "" || !o.asked[ask] {
			o.fault("effect %s was answered with %+v, the twin has documents %v, asked: %v", ask, list, d, o.asked[ask])
		}
	}
	for _, ask := range slices.Sorted(maps.Keys(documents)) {
		if !o.asked[ask] {
			o.fault("the twin has documents %v of effect %s, which no committed input asked for", documents[ask], ask)
		}
	}
	if o.dead > 0 {
		o.fault("%d inputs are dead letters", o.dead)
	}
	if err := o.missing(); err != nil {
		o.fault("%v", err)
	}
	return o.wrong
}
