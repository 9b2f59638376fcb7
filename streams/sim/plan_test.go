package sim

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/streams/failpoint"
)

func TestPlansComeBackFromTheirText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := Random(rapid.Uint64().Draw(t, "seed"), Shape{})
		again, err := Parse(plan.String())
		if err != nil || !reflect.DeepEqual(plan, again) {
			t.Fatalf("%v, and the plan\n%s\nbecame\n%s", err, plan, again)
		}
	})
}

func TestASeedMakesOnePlan(t *testing.T) {
	if !reflect.DeepEqual(Random(7, Shape{}), Random(7, Shape{})) {
		t.Error("two plans of one seed differ")
	}
	if reflect.DeepEqual(Random(7, Shape{}).Items, Random(8, Shape{}).Items) {
		t.Error("two seeds make the same plan")
	}
}

// What no seed reaches is not tested, whatever the table says.
func TestSeedsReachEveryActionFaultAndPoint(t *testing.T) {
	missing := make(map[string]bool)
	for _, f := range Faults {
		missing[f.Name] = true
	}
	for _, w := range weights {
		missing[string(w.do)] = true
	}
	for _, p := range slices.Concat(failpoint.Cycle, failpoint.Life, failpoint.Calls) {
		missing[string(p)] = true
	}
	for seed := range uint64(100) {
		for _, i := range Random(seed, Shape{}).Items {
			delete(missing, i.Fault)
			delete(missing, string(i.Do))
			delete(missing, string(i.Point))
		}
	}
	if len(missing) > 0 {
		t.Errorf("100 seeds never reach %v", missing)
	}
}

func TestShrinkKeepsWhatAFailureNeeds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := Random(rapid.Uint64().Draw(t, "seed"), Shape{})
		a := rapid.IntRange(0, len(plan.Items)-1).Draw(t, "first")
		b := rapid.IntRange(0, len(plan.Items)-1).Draw(t, "second")
		needed := []Item{plan.Items[min(a, b)], plan.Items[max(a, b)]}
		small := Shrink(plan, func(p Plan) bool {
			return slices.Contains(p.Items, needed[0]) && slices.Contains(p.Items, needed[1])
		})
		if len(small.Items) > 2 || !slices.Contains(small.Items, needed[0]) || !slices.Contains(small.Items, needed[1]) {
			t.Fatalf("needed %v, kept %v", needed, small.Items)
		}
	})
}
