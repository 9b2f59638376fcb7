package sim

import (
	"math/rand/v2"
	"time"

	"github.com/millrace/millrace/streams/failpoint"
)

// Shape bounds the plans that Random makes; the zero value is a good mix.
type Shape struct {
	// Length is the virtual time of the plan. Default 90 s.
	Length time.Duration
	// Faults is how many things go wrong. Default 12.
	Faults int
	// Inputs is about how many inputs are sent. Default 400.
	Inputs int
	// MaxProcesses is the size of the largest fleet at the start. Default 3.
	MaxProcesses int
	// Calm makes long plans cheap, see Plan.
	Calm time.Duration
	// NoBrokerFaults leaves the brokers up, which is faster.
	NoBrokerFaults bool
}

func (s Shape) withDefaults() Shape {
	setDefault(&s.Length, 90*time.Second)
	setDefault(&s.Faults, 12)
	setDefault(&s.Inputs, 400)
	setDefault(&s.MaxProcesses, 3)
	return s
}

// Week is the shape of a week of virtual time in which something goes wrong
// about every ten minutes, which takes some minutes.
var Week = Shape{Length: 7 * 24 * time.Hour, Faults: 1000, Inputs: 40_000, Calm: 10 * time.Second}

// Random makes a plan from a seed; the same seed gives the same plan.
func Random(seed uint64, shape Shape) Plan {
	shape = shape.withDefaults()
	r := rand.New(rand.NewPCG(seed, 0x6d696c6c))
	p := Plan{
		Seed: seed, Processes: 1 + r.IntN(shape.MaxProcesses), Brokers: 1 + r.IntN(3),
		Partitions: int32(2 + r.IntN(4)), Lanes: 1 + r.IntN(2), Calm: shape.Calm,
	}
	for sent := 0; sent < shape.Inputs; {
		n := 1 + r.IntN(40)
		p.Items = append(p.Items, Item{At: within(r, shape.Length), Do: Send, Count: n})
		sent += n
	}
	for range shape.Faults {
		p.Items = append(p.Items, randomFault(r, shape, &p))
	}
	return p.Sorted().bounded(shape.MaxProcesses + 3).withDefaults()
}

// bounded lets no more than most processes be in the fleet: in a long plan the
// additions would pile up, and each process costs time.
func (p Plan) bounded(most int) Plan {
	members := p.Processes
	for n := range p.Items {
		i := &p.Items[n]
		if i.Do == Add && members >= most {
			i.Do = Remove
		}
		switch i.Do {
		case Add:
			members++
		case Remove:
			members = max(1, members-1)
		}
	}
	return p
}

// weights say how often each thing goes wrong.
var weights = []struct {
	weight int
	do     Action
}{
	{8, Inject},
	{6, Kill},
	{3, PowerCut},
	{1, LoseDisk},
	{3, Stop},
	{4, Freeze},
	{2, Cut},
	{2, Drop},
	{2, Add},
	{1, Remove},
	{2, SendAborted},
	{1, RestartBrokers},
	{1, CrashBrokers},
	{1, PartnerDown},
	{2, PartnerSilent},
	{1, PartnerSlow},
}

func randomFault(r *rand.Rand, shape Shape, p *Plan) Item {
	i := Item{At: within(r, shape.Length), Do: randomAction(r, shape), Process: r.IntN(p.Processes + 1)}
	switch i.Do {
	case Kill, PowerCut, LoseDisk:
		i.For = within(r, 15*time.Second)
		i.Point = maybePoint(r)
	case Stop:
		i.For = within(r, 15*time.Second)
	case Freeze:
		i.For = []time.Duration{3 * time.Second, 9 * time.Second, time.Minute}[r.IntN(3)]
		i.Point = maybePoint(r)
	case Cut, RestartBrokers, CrashBrokers, PartnerDown:
		i.For = within(r, 20*time.Second)
	case Inject:
		i.Fault = Faults[r.IntN(len(Faults))].Name
	case SendAborted:
		i.Count = 1 + r.IntN(10)
	case PartnerSilent:
		i.Count = 1 + r.IntN(3)
	case PartnerSlow:
		i.For = within(r, 2*time.Second)
	}
	return i
}

func randomAction(r *rand.Rand, shape Shape) Action {
	total := 0
	for _, w := range weights {
		total += w.weight
	}
	for {
		n := r.IntN(total)
		for _, w := range weights {
			if n -= w.weight; n >= 0 {
				continue
			}
			if shape.NoBrokerFaults && (w.do == RestartBrokers || w.do == CrashBrokers) {
				break
			}
			return w.do
		}
	}
}

// maybePoint is a point in three of four cases, most often of the cycle.
func maybePoint(r *rand.Rand) failpoint.Point {
	switch r.IntN(8) {
	case 0, 1:
		return ""
	case 2:
		return failpoint.Life[r.IntN(len(failpoint.Life))]
	case 3:
		return failpoint.Calls[r.IntN(len(failpoint.Calls))]
	}
	return failpoint.Cycle[r.IntN(len(failpoint.Cycle))]
}

// within is a time up to limit, in steps of 10 ms.
func within(r *rand.Rand, limit time.Duration) time.Duration {
	const step = 10 * time.Millisecond
	return step * time.Duration(1+r.IntN(int(limit/step)))
}
