package returns

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

// Whatever is said to be returnable, an order gives to the next return, and no
// unit more.
func TestWhatIsReturnableIsWhatTheOrderGives(t *testing.T) {
	day := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	p := Policy{Window: 30 * 24 * time.Hour}
	rapid.Check(t, func(t *rapid.T) {
		l := &SaleLine{LineID: "1"}
		for n := range rapid.IntRange(0, 3).Draw(t, "shipments") {
			at := day.AddDate(0, 0, rapid.IntRange(0, 50).Draw(t, "day"))
			Left(l, string(rune('a'+n)), rapid.Int64Range(1, 5).Draw(t, "units"), at)
		}
		for n := range rapid.IntRange(0, 3).Draw(t, "claims") {
			c := &event.OrderReturn{ClaimID: string(rune('k' + n)), ReturnID: "R", Revision: 1}
			Claimed(l, c, &event.ReturnClaim{ReturnLine: "1", LineID: "1", Qty: rapid.Int64Range(1, 4).Draw(t, "claimed")})
			Deal(l)
		}
		now := day.AddDate(0, 0, rapid.IntRange(0, 100).Draw(t, "now"))
		said := p.MayReturn(l, now)
		next := Claimed(l, &event.OrderReturn{ClaimID: "next", ReturnID: "N", Revision: 1}, &event.ReturnClaim{ReturnLine: "1", LineID: "1", Qty: 1000})
		Deal(l)
		given := next.Accepted
		if late := said.Until == nil || now.After(*said.Until); late {
			given = 0
		}
		if said.Units != given || said.Shipped-said.Returned < said.Units {
			t.Fatalf("said %+v, the order gives %d", said, given)
		}
	})
}
