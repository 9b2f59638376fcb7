package effect_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/task"
)

// of puts an effect into a class.
func of(class string, e task.Effect) task.Effect {
	e.Row.Class = class
	return e
}

func TestUrgentClassesGoFirstAndSlowOnesLeaveRoom(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		erp := &task.Destination{Name: "erp", Concurrent: 4, Classes: []task.Class{{Name: "orders"}, {Name: "stock"}, {Name: "baselines", Share: 0.5}}, Call: func(_ context.Context, r []byte) (any, error) {
			time.Sleep(time.Second)
			return string(r), nil
		}}
		for i := range 6 {
			d.start(of("unknown", ask(erp, fmt.Sprint("b", i, "-"), 1)))
		}
		settle(time.Millisecond)
		want(t, "baselines under way", 6-d.Waiting()["erp"], 2)
		for i := range 4 {
			d.start(of("stock", ask(erp, fmt.Sprint("s", i, "-"), 1)), of("orders", ask(erp, fmt.Sprint("o", i, "-"), 1)))
		}
		settle(time.Minute)
		got := d.answered()
		want(t, "answers", len(got), 14)
		last := func(kind string) int {
			return slices.IndexFunc(got, func(s string) bool { return strings.HasPrefix(s, kind+"3") })
		}
		if last("o") > last("s") || last("s") > last("b") {
			t.Errorf("answers came as %v", got)
		}
	})
}

// The order of an entity's effects holds, so the one in front is as urgent as
// those behind it.
func TestAnUrgentEffectMakesThoseBeforeItUrgent(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		erp := &task.Destination{Name: "erp", Concurrent: 1, Classes: []task.Class{{Name: "orders"}, {Name: "stock"}}, Call: func(_ context.Context, r []byte) (any, error) {
			time.Sleep(time.Second)
			return string(r), nil
		}}
		first := ask(erp, "x", 1)
		urgent, cancelled := of("orders", ask(erp, "a", 2)), of("orders", ask(erp, "c", 2))
		d.start(first)
		synctest.Wait()
		d.start(of("stock", ask(erp, "b", 1)), of("stock", ask(erp, "c", 1)), cancelled, of("stock", ask(erp, "a", 1)), urgent)
		d.Cancel(owner, []changelog.ID{cancelled.Row.ID})
		settle(time.Minute)
		want(t, "answers", d.answered(), []string{"x1", "a1", "a2", "b1", "c1"})
	})
}
