package sim

import (
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// do does one item of the plan. What lasts goes on by itself.
func (f *fleet) do(i Item) error {
	p := f.processes[i.Process%len(f.processes)]
	switch i.Do {
	case Send:
		return f.send(i.Count)
	case SendAborted:
		return f.sendAborted(i.Count)
	case Kill, PowerCut, LoseDisk:
		f.kill(p, i)
	case Freeze:
		p.arm(i.Point, func(l *life) { f.count(string(Freeze)); l.freeze(i.For) })
	case Stop:
		f.acts(func() { f.count(string(Stop)); p.stop(); time.Sleep(i.For); p.start() })
	case Cut:
		f.cut(p, i)
	case Drop:
		p.arm(i.Point, func(l *life) { f.count(string(Drop)); l.link.Drop() })
	case Inject:
		return f.inject(p, i)
	case Add:
		f.count(string(Add))
		f.acts(f.fresh().start)
	case Remove:
		f.remove(p)
	case RestartBrokers, CrashBrokers:
		return f.restartBrokers(i)
	case PartnerDown:
		f.count(string(PartnerDown))
		f.partners.set(func() { f.partners.down++ })
		f.after(i.For, func() { f.partners.set(func() { f.partners.down = max(0, f.partners.down-1) }) })
	case PartnerSilent:
		f.count(string(PartnerSilent))
		f.partners.set(func() { f.partners.silent += i.Count })
	case PartnerSlow:
		f.count(string(PartnerSlow))
		f.partners.set(func() { f.partners.slow = i.For })
		f.after(time.Minute, func() { f.partners.set(func() { f.partners.slow = 0 }) })
	default:
		return fmt.Errorf("plan has an action %q that is not known", i.Do)
	}
	return nil
}

// keep is how much of what was not synced a crash leaves, in percent.
func (f *fleet) keep(do Action) int {
	switch do {
	case PowerCut:
		return f.chance().IntN(101)
	case LoseDisk:
		return -1
	}
	return 100
}

func (f *fleet) kill(p *process, i Item) {
	p.arm(i.Point, func(l *life) {
		f.count(string(i.Do))
		l.kill(f.keep(i.Do), f.chance(), max(i.For, 10*time.Millisecond))
	})
}

func (f *fleet) cut(p *process, i Item) {
	p.arm(i.Point, func(l *life) {
		f.count(string(Cut))
		l.link.Cut()
		f.after(i.For, l.link.Mend)
	})
}

// inject puts a fault in force; a process that is down meets none.
func (f *fleet) inject(p *process, i Item) error {
	fault, ok := faultNamed(i.Fault)
	if !ok {
		return fmt.Errorf("plan has a fault %q that is not in Faults", i.Fault)
	}
	if fault.brokers != nil {
		refusal := fault.brokers(f.app + ".changelog")
		first := true
		refusal.When = func(r kmsg.Request) bool { // called on the brokers' goroutine
			if !fromProcess(r) {
				return false
			}
			if first {
				f.meet("", fault.Name)
			}
			first = false
			return true
		}
		f.faults = append(f.faults, f.brokers.cluster.Fault(refusal))
		return nil
	}
	p.arm(i.Point, func(l *life) { l.link.Add(fault.rules()...) })
	return nil
}

// fresh returns a process that is not in the fleet yet, or was removed.
func (f *fleet) fresh() *process {
	for _, p := range f.processes {
		p.mu.Lock()
		removed := p.removed
		p.removed = false
		p.mu.Unlock()
		if removed {
			return p
		}
	}
	p := newProcess(f, len(f.processes))
	f.processes = append(f.processes, p)
	return p
}

// remove takes a process out, unless it is the last.
func (f *fleet) remove(p *process) {
	left := 0
	for _, other := range f.processes {
		other.mu.Lock()
		if other != p && !other.removed {
			left++
		}
		other.mu.Unlock()
	}
	if left == 0 {
		return
	}
	f.count(string(Remove))
	p.mu.Lock()
	p.removed = true
	p.mu.Unlock()
	f.acts(p.stop)
}

func (f *fleet) restartBrokers(i Item) error {
	f.count(string(i.Do))
	if i.Do == CrashBrokers {
		if err := f.brokers.crash(); err != nil {
			return err
		}
	} else {
		f.brokers.close()
	}
	f.trace.add("", "the brokers are down")
	time.Sleep(i.For)
	if err := f.brokers.open(); err != nil {
		return err
	}
	f.network.mend()
	f.trace.add("", "the brokers are up")
	if i.Do == CrashBrokers {
		return f.mend()
	}
	return nil
}
