package order

import (
	"testing"
	"time"
)

func TestWhatLostToOthersTriesAgainLaterAndNotTogetherWithThem(t *testing.T) {
	clocks := Clocks{}.WithDefaults()
	before := time.Duration(0)
	for losses := int64(quickTurns + 1); losses < 40; losses++ {
		span := min(clocks.Supply, time.Minute<<min(losses-quickTurns, 16))
		c := &SupplyClaim{DatesOnly: true, Losses: losses}
		one, two := LooksAgain("one", c, clocks), LooksAgain("two", c, clocks)
		if one == two || one < span/2 || one >= span || one != LooksAgain("one", c, clocks) {
			t.Errorf("after %d losses one order tries again after %s, another after %s, both want between %s and %s", losses, one, two, span/2, span)
		}
		if span < clocks.Supply && one <= before/2 {
			t.Errorf("after %d losses it tries again after %s, before that after %s", losses, one, before)
		}
		before = one
	}
	for _, c := range []*SupplyClaim{{DatesOnly: true, Losses: quickTurns}, {Losses: 9}} {
		if got := LooksAgain("one", c, clocks); got != clocks.Supply {
			t.Errorf("%+v is looked at after %s", c, got)
		}
	}
}

func TestPatienceIsCountedFromTheFirstDateThatPassed(t *testing.T) {
	clocks := Clocks{}.WithDefaults()
	day := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	at := func(days int) *time.Time { d := day.AddDate(0, 0, days); return &d }
	i, o := &Item{}, &Record{}
	if got := ForgoesAt(i, time.Hour); !got.IsZero() {
		t.Errorf("nothing was promised, and it is given up at %s", got)
	}
	c := &SupplyClaim{Since: day, PromisedFor: at(3)}
	if got := PassesAt(i, c, clocks); !got.Equal(*at(4)) {
		t.Errorf("a date three days off passes at %s", got)
	}
	Miss(i, c, *c.PromisedFor)
	CountPassing(o, i, c)
	if got := PassesAt(i, c, clocks); !got.IsZero() {
		t.Errorf("the same date passes again at %s", got)
	}
	c.Since, c.PromisedFor = *at(9), at(5) // promised when it had passed
	if got := PassesAt(i, c, clocks); !got.Equal(*at(10)) {
		t.Errorf("a date that had passed when it was promised passes at %s", got)
	}
	Miss(i, c, *c.PromisedFor)
	if got := ForgoesAt(i, 48*time.Hour); !got.Equal(*at(5)) || !ForgoesAt(i, 0).IsZero() {
		t.Errorf("given up at %s, and without a patience at %s", got, ForgoesAt(i, 0))
	}
}
