package sandbox

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// Profile is how a twin behaves. Shares are of calls, from 0 to 1.
type Profile struct {
	Name       string
	PerSecond  float64       // calls a second before it answers 429; 0 is without limit
	MinLatency time.Duration // of each answer
	MaxLatency time.Duration
	MaxStep    time.Duration // between two steps of an order's way through a depot
	Throttled  float64       // 429 with Retry-After
	Broken     float64       // 500 before it did anything
	Ghost      float64       // 500 after it did the work
	Cut        float64       // the connection breaks after it did the work: as little is known as after a timeout
	Repeats    int           // events of the last page that the next page says again
	Declined   float64       // of what buyers are to pay
	Lapse      time.Duration // how long money stays set aside; 0 is a week
}

// The profiles by name.
var (
	// Quick never fails and never waits longer than 5 ms.
	Quick = Profile{Name: "quick", MaxStep: 5 * time.Millisecond}
	// Real is as slow and as strict as a partner's system on a good day.
	Real = Profile{Name: "real", PerSecond: 20, MinLatency: 50 * time.Millisecond, MaxLatency: 500 * time.Millisecond, MaxStep: 5 * time.Second, Broken: 0.01, Ghost: 0.01}
	// Chaos fails every fourth call in some way and says events twice.
	Chaos = Profile{Name: "chaos", PerSecond: 200, MaxLatency: 60 * time.Millisecond, MaxStep: 200 * time.Millisecond, Throttled: 0.05, Broken: 0.1, Ghost: 0.08, Cut: 0.02, Repeats: 3, Declined: 0.05, Lapse: time.Minute}
)

// ProfileOf finds a profile by its name.
func ProfileOf(name string) (Profile, error) {
	for _, p := range []Profile{Quick, Real, Chaos} {
		if p.Name == name {
			return p, nil
		}
	}
	return Profile{}, fmt.Errorf("twins have no profile %q: choose quick, real or chaos", name)
}

// dice decides by seed and document, so that two runs decide alike.
type dice struct{ seed uint64 }

// roll returns a number from 0 to 1 that depends on seed, key and turn alone.
func (d dice) roll(key string, turn int) float64 {
	h := fnv.New64a()
	h.Write([]byte(key))
	return rand.New(rand.NewPCG(d.seed^h.Sum64(), uint64(turn))).Float64()
}

// between returns a span from low to high.
func (d dice) between(low, high time.Duration, key string, turn int) time.Duration {
	if high <= low {
		return low
	}
	return low + time.Duration(d.roll(key, turn)*float64(high-low))
}

// fault is what goes wrong with one call.
type fault int

const (
	none      fault = iota
	throttled       // refused with Retry-After
	broken          // failed before the work
	ghost           // failed after the work
	lost            // answers nothing after the work
)

// fault decides what happens to the turn-th attempt of a call.
func (p Profile) fault(d dice, key string, turn int) fault {
	at := d.roll("fault "+key, turn)
	for _, c := range []struct {
		share float64
		fault fault
	}{{p.Throttled, throttled}, {p.Broken, broken}, {p.Ghost, ghost}, {p.Cut, lost}} {
		if at < c.share {
			return c.fault
		}
		at -= c.share
	}
	return none
}

// lapse is how long money stays set aside.
func (p Profile) lapse() time.Duration { return cmp.Or(p.Lapse, 7*24*time.Hour) }

// faulty says whether calls ever fail.
func (p Profile) faulty() bool { return p.Throttled+p.Broken+p.Ghost+p.Cut > 0 }
