package order

import (
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order/sourcing"
)

// TestUnitsThatAreTooOldAreNotClaimedWhereTheyStand: what stock shows to everybody is
// of any age; of units that must live until a date only its answer counts.
func TestUnitsThatAreTooOldAreNotClaimedWhereTheyStand(t *testing.T) {
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	due, late, position := now.AddDate(0, 0, 3), now.AddDate(0, 2, 0), int64(7)
	m := &Market{At: now, Rules: sourcing.Default(), Product: func(sku string) event.ProductPublished { return event.ProductPublished{Sku: sku} }}
	for n, node := range []string{"north", "south"} {
		m.Sites = append(m.Sites, sourcing.NewSite(event.NodePublished{Node: node, Active: true, Rank: n, TimeZone: "UTC"}, now))
	}
	m.Stock = func(string) *Position {
		return &Position{Available: []event.NodeQty{{Node: "north", Qty: 5}}, Version: position}
	}
	m.Coming = func(string) []event.DatedSupply { return []event.DatedSupply{{Node: "south", Qty: 5, Due: due}} }
	m.Later = func(time.Time) *Market { return m }
	i := &Item{Sku: "a", Position: &position, Lines: []event.ItemLine{{Line: event.OrderLine{LineID: "1", Sku: "a", Qty: 5}}}}
	o := &Record{Shortage: event.ShortagePolicyBackorder}
	if c := ClaimFor(o, i, 5, m); c == nil || c.Node != "north" {
		t.Errorf("units of any age are claimed at %+v", c)
	}
	i.Lines[0].Line.MinExpiry = &late
	if c := ClaimFor(o, i, 5, m); c == nil || c.Node != "south" || !c.PromisedFor.Equal(due) {
		t.Errorf("units that live long enough are claimed at %+v, want what comes to south", c)
	}
}
