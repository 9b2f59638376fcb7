package stock

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

// medusajs/medusa #15122. Nothing public was found under this number; what is told
// around it (#11266, #11703, #12401) are reservations that stay after they were
// shipped, or that are taken off twice by a shipment and a cancel until what is
// reserved is below zero, which nothing mends. So whatever is shipped, given back
// and said again, in whatever order: what is reserved is what is open, and in the
// end nothing is.
func TestMedusa15122ReservedIsNeverBelowZeroAndNothingIsLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		i := newItem(t)
		i.receive("r1", "north", 100)
		orders := []string{"o1", "o2", "o3"}
		open := map[string]int64{}
		for _, o := range orders {
			open[o] = rapid.Int64Range(1, 9).Draw(t, "qty")
			i.one(i.command(reserve("c"+o, o, event.ReserveModeCommit, 1, at("north", open[o]))), granted)
		}
		type said func()
		var all []said
		expect := func() {
			sum := int64(0)
			for _, units := range open {
				sum += units
			}
			if p := i.position("north"); p.Reserved != sum || p.Reserved < 0 {
				t.Fatalf("%d reserved, %d are open", p.Reserved, sum)
			}
		}
		for step := range rapid.IntRange(1, 20).Draw(t, "steps") {
			o, units := rapid.SampledFrom(orders).Draw(t, "order"), rapid.Int64Range(1, 9).Draw(t, "units")
			id := ReservationID(o, "lamp", "north", 1)
			var word said
			switch rapid.SampledFrom([]string{"ship", "ship", "some", "all", "again"}).Draw(t, "what") {
			case "ship":
				word = func() { i.ship(fmt.Sprint("s", step), o, id, "north", units) }
			case "some":
				c := act(fmt.Sprint("x", step), o, event.StockActionRelease, 1, id)
				c.Nodes = []event.NodeQty{at("north", units)}
				word = func() { i.one(i.command(c), released) }
			case "all":
				units = open[o]
				word = func() { i.one(i.command(act(fmt.Sprint("x", step), o, event.StockActionRelease, 1)), released) }
			case "again":
				if len(all) > 0 {
					rapid.SampledFrom(all).Draw(t, "said before")()
					expect()
				}
				continue
			}
			open[o] -= min(units, open[o])
			all = append(all, word)
			word()
			expect()
		}
		for _, o := range orders {
			open[o] = 0
			i.one(i.command(act("last"+o, o, event.StockActionRelease, 1)), released)
		}
		expect()
	})
}
