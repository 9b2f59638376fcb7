package sourcing

import (
	"fmt"
	"testing"

	"github.com/millrace/millrace/schemas/event"
)

// both is stock of one item in the north and the south.
func both(north, south int64) []event.NodeQty {
	return []event.NodeQty{{Node: "north", Qty: north}, {Node: "south", Qty: south}}
}

func TestEachItemMayFollowAnOrderOfItsOwn(t *testing.T) {
	rules, _, err := Parse([]byte(`{version: v, max_nodes: 2, lanes_optional: true, split_amount: 10, charges: [
		{name: far, when: "line.sku == 'pot' && node.id == 'north'", unit: 100},
		{name: far too, when: "line.sku == 'lid' && node.id == 'south'", unit: 100}]}`))
	if err != nil {
		t.Fatal(err)
	}
	choice := decided(t, rules, plain([]Need{needOf("lid", 1, "", both(1, 1)...), needOf("pot", 1, "", both(1, 1)...)}, "north", "south"))
	if got := fmt.Sprint(choice.Asks); got != "[[{north 1}] [{south 1}]]" || choice.Cost() != 10 || !choice.Record.Exhaustive {
		t.Errorf("%s for %d", got, choice.Cost())
	}
}

func TestBufferStaysWhenWithoutItNoMoreIsCovered(t *testing.T) {
	rules := &Rules{Version: "v", MaxNodes: 1, LanesOptional: true}
	req := plain([]Need{needOf("lamp", 5, "", both(2, 2)...)}, "north", "south")
	req.Sites[0].Buffer = 1
	if got := fmt.Sprint(decided(t, rules, req).Asks); got != "[[{south 2}]]" {
		t.Error(got)
	}
}

func TestNeedsOfOneItemShareItsStock(t *testing.T) {
	rules := &Rules{Version: "v", MaxNodes: 1, LanesOptional: true}
	choice := decided(t, rules, plain([]Need{needOf("lamp", 2, "", both(3, 0)...), needOf("lamp", 2, "", both(3, 0)...)}, "north"))
	if got := fmt.Sprint(choice.Asks); got != "[[{north 2}] [{north 1}]]" {
		t.Error(got)
	}
}

func TestNodesThatCostTheSameGoByRankThenName(t *testing.T) {
	rules := &Rules{Version: "v", MaxNodes: 1, LanesOptional: true}
	for want, ranks := range map[string][2]int{"north": {1, 1}, "south": {2, 1}} {
		req := plain([]Need{needOf("lamp", 1, "", both(1, 1)...)}, "north", "south")
		req.Sites[0].Rank, req.Sites[1].Rank = ranks[0], ranks[1]
		choice := decided(t, rules, req)
		if got := choice.Asks[0][0].Node; got != want {
			t.Errorf("ranks %v: %s, want %s", ranks, got, want)
		}
		for _, node := range choice.Record.Nodes {
			if node.Node != want && node.Reason != event.SourcingReasonLastInOrder {
				t.Errorf("ranks %v: %+v", ranks, node)
			}
		}
	}
}

func TestNarrowestLaneOfAServiceCounts(t *testing.T) {
	rules := &Rules{Version: "v", Currency: "EUR", MaxNodes: 1}
	req := plain([]Need{needOf("lamp", 1, "", both(1, 0)...)}, "north")
	req.ShipTo = event.PartyRef{Country: "DE", Region: "BE", PostalArea: "10115"}
	for lane, to := range map[string][2]string{"all": {"", ""}, "berlin": {"BE", ""}, "mitte": {"", "101"}, "bavaria": {"BY", ""}, "hamburg": {"", "20"}} {
		req.Lanes = append(req.Lanes, event.LanePublished{
			Lane: lane, Node: "north", Carrier: "post", Service: "standard", Country: "DE", Region: to[0], PostalArea: to[1],
			Active: true, Currency: "EUR", Rates: []event.LaneRate{{UpToG: 1000, Amount: int64(10 * len(lane))}},
		})
	}
	if got := decided(t, rules, req).Record.Plans[0].Parcels[0].Lane; got != "mitte" {
		t.Errorf("it goes by %s, want mitte, although all of the country costs less", got)
	}
}
