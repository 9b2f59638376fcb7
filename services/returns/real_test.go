package returns

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/millrace/millrace/connectors/file"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/testenv"
)

// year counts what became of the cancellations of a year.
type year struct {
	returns, lines, charges int64
	byOutcome               map[Outcome]int64
	units, found, over      int64
	bought                  map[string][]*Purchase
	// left and had are an account by customer, item and price, kept beside.
	left, had map[string]int64
}

func (y *year) order(o *event.OrderSubmit) {
	who := o.Customer.PartyID
	for _, l := range o.Lines {
		if l.Kind != event.LineKindGoods {
			continue
		}
		at := fmt.Sprint(who, "\x1f", l.Sku)
		y.bought[at] = append(y.bought[at], &Purchase{
			OrderID: o.OrderID, LineID: l.LineID, Sku: l.Sku, UnitPriceE6: l.UnitPriceE6, Qty: l.Qty, OrderedAt: o.OrderedAt, ShippedAt: o.OrderedAt,
		})
		price := fmt.Sprint(at, "\x1f", l.UnitPriceE6)
		y.left[price] += l.Qty
		y.had[price] += l.Qty
	}
}

func (y *year) back(t *testing.T, r *event.ReturnRequested) {
	y.returns++
	who := r.Customer.PartyID
	for _, l := range r.Lines {
		y.lines++
		if l.Kind != event.LineKindGoods {
			y.charges++
			continue
		}
		at := fmt.Sprint(who, "\x1f", l.Sku)
		bought := y.bought[at]
		if who == Nobody {
			bought = nil
		}
		parts, over, outcome := Match(bought, Line{Sku: l.Sku, UnitPriceE6: l.UnitPriceE6, Qty: l.Qty, AskedAt: r.RequestedAt})
		y.byOutcome[outcome]++
		y.units += l.Qty
		y.over += over
		for _, p := range parts {
			y.found += p.Qty
			if p.Purchase.OrderedAt.After(r.RequestedAt) {
				t.Fatalf("return %s of %s is matched with a later order of %s", r.ExternalID, r.RequestedAt, p.Purchase.OrderedAt)
			}
		}
		price := fmt.Sprint(at, "\x1f", l.UnitPriceE6)
		want, missing := Matched, int64(0)
		if left := y.left[price]; who == Nobody || left < l.Qty {
			want, missing = Over, l.Qty-left
			if who == Nobody || y.had[price] == 0 {
				want, missing = Unmatched, l.Qty
			}
		}
		if outcome != want || over != missing {
			t.Fatalf("return %s, %d of %s by %s: %s with %d over, the account says %s with %d", r.ExternalID, l.Qty, l.Sku, who, outcome, over, want, missing)
		}
		y.left[price] -= l.Qty - missing
	}
}

func TestEveryCancellationOfAYearIsMatchedOverOrUnmatched(t *testing.T) {
	if testing.Short() {
		t.Skip("reads half a million rows")
	}
	p, _ := partner.ByID(partner.Shipped(), "online-retail")
	s, err := file.Open(p, file.Drop{Run: "run", Dir: testenv.Data(t, "online-retail-ii"), Files: []string{"2009-2010.parquet"}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	y := &year{byOutcome: make(map[Outcome]int64), bought: make(map[string][]*Purchase), left: make(map[string]int64), had: make(map[string]int64)}
	for {
		e, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case e.Order != nil:
			y.order(e.Order)
		case e.Return != nil:
			y.back(t, e.Return)
		}
	}
	for what, c := range map[string][2]int64{
		"returns": {y.returns, 4_591}, "lines": {y.lines, 10_205}, "lines of charges": {y.charges, 623},
		"matched": {y.byOutcome[Matched], 7_506}, "over": {y.byOutcome[Over], 115}, "unmatched": {y.byOutcome[Unmatched], 1_961},
		"units": {y.units, 209_861}, "units found": {y.found, 181_555}, "units not found": {y.over, 28_306},
	} {
		if c[0] != c[1] {
			t.Errorf("%s: %d, want %d", what, c[0], c[1])
		}
	}
}
