package availabilityhttp_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/availability/availabilityhttp"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/streams/streamstest"
)

// kit publishes set, a kit of two lamps and a sofa.
func (s *shop) kit() {
	streamstest.Send(s.Driver, s.products, "set", &event.ProductPublished{
		Sku: "set", Kind: event.LineKindKit, Version: 1, Parts: []event.KitPart{{Sku: "lamp", Qty: 2}, {Sku: "sofa", Qty: 1}},
	})
	s.Run()
}

func TestAChannelIsShownTheNodesThatShipForIt(t *testing.T) {
	s := newShop(t, true)
	south := strings.Replace(lamp, `"available":5,"locations":[{"location":"north","available":5},`, `"available":0,"locations":[`, 1)
	s.expect(s.ask("GET", "/v1/availability?sku=lamp&channel=web", ""), 200, `{"stale":false,"items":[`+south+`]}`)
	s.expect(s.ask("GET", "/v1/availability?sku=lamp&channel=cautious", ""), 200, `{"stale":false,"items":[`+lamp+`]}`)
	none := strings.Replace(south, `[{"location":"south","available":-2}]`, `[]`, 1)
	s.expect(s.ask("POST", "/v1/availability:batchGet", `{"skus":["lamp"],"channel":"web","locations":["north"]}`), 200, `{"stale":false,"items":[`+none+`]}`)
}

func TestEachChannelHasItsPolicyForStaleAnswers(t *testing.T) {
	s := newShop(t, false)
	half := strings.Replace(lamp, `"available":5,"locations":[{"location":"north","available":5}`, `"available":2,"locations":[{"location":"north","available":2}`, 1)
	s.expect(s.ask("GET", "/v1/availability?sku=lamp&channel=cautious", ""), 200, `{"stale":true,"reduced":true,"items":[`+half+`]}`)
	w := s.ask("GET", "/v1/availability?sku=lamp&channel=strict", "")
	var p httpd.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 503 || p.Code != "AVAILABILITY_STALE" || !p.Retryable {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := s.ask("GET", "/v1/availability/lamp/explain?channel=strict", ""); w.Code != 200 || !strings.Contains(w.Body.String(), "the channel is refused") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestWrongPoliciesAreRefused(t *testing.T) {
	for _, c := range []gateway.Channel{{StalePolicy: "hope"}, {StalePercent: 101}, {StaleAfter: -1}} {
		if _, err := availabilityhttp.New(nil, gateway.Channels{"shop": c}); err == nil || !strings.Contains(err.Error(), "channel shop") {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestAKitIsShownWithItsParts(t *testing.T) {
	s := newShop(t, true)
	s.kit()
	s.position("sofa", 2, 1, 3)
	s.expect(s.ask("GET", "/v1/availability?sku=set", ""), 200, `{"stale":false,"items":[{"sku":"set","known":true,"available":2,`+
		`"locations":[{"location":"north","available":1},{"location":"south","available":0}],`+
		`"parts":[{"sku":"lamp","quantity":2,"available":5},{"sku":"sofa","quantity":1,"available":4}],"as_of":"2026-01-05T09:00:00Z"}]}`)
}

func TestNothingOfAFrozenItemIsOffered(t *testing.T) {
	s := newShop(t, true)
	share := []event.PoolShare{{Pool: "club", Classes: []string{"gold"}, Qty: 4, Units: 4}}
	streamstest.Send(s.Driver, s.positions, "sofa", &event.InventoryPosition{
		Sku: "sofa", Version: 2, AsOf: s.Now(), Frozen: true, Nodes: []event.NodePosition{{Node: "north", OnHand: 9, Available: 9, Pools: share}, {Node: "south", Available: -1}},
	})
	s.Run()
	if w := s.ask("GET", "/v1/availability?sku=sofa", ""); !strings.Contains(w.Body.String(), `"available":0,"locations":[{"location":"north","available":0},{"location":"south","available":-1}]`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := s.ask("GET", "/v1/availability/sofa/explain", ""); w.Code != 200 || !strings.Contains(w.Body.String(), "The item is frozen") || !strings.Contains(w.Body.String(), `"offered":0`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAnExplanationAddsUp(t *testing.T) {
	s := newShop(t, true)
	s.kit()
	streamstest.Send(s.Driver, s.positions, "sofa", &event.InventoryPosition{Sku: "sofa", Version: 2, AsOf: s.Now(), Nodes: []event.NodePosition{
		{Node: "north", OnHand: 9, Reserved: 3, Unsellable: 1, SafetyStock: 2, Available: 3},
	}})
	s.Run()
	for sku, want := range map[string]int64{"lamp": 5, "sofa": 3, "set": 2} {
		var x availabilityhttp.Explanation
		w := s.ask("GET", "/v1/availability/"+sku+"/explain", "")
		if err := json.Unmarshal(w.Body.Bytes(), &x); err != nil || x.Available != want || x.Stale || len(x.Rules) == 0 {
			t.Errorf("%s: %d %s", sku, w.Code, w.Body)
		}
		for _, p := range x.Positions {
			for _, n := range p.Nodes {
				if n.Available != n.OnHand-n.Unsellable-n.Reserved-n.SafetyStock || !n.Counted || p.Source.Topic == "" {
					t.Errorf("%s: %+v", sku, p)
				}
			}
		}
		if sku == "set" && (len(x.Kit) != 2 || x.Kit[0].Kits != 2 || x.Kit[1].Kits != 3 || len(x.Positions) != 2) {
			t.Errorf("the kit: %s", w.Body)
		}
	}
	if w := s.ask("GET", "/v1/availability/ghost/explain", ""); w.Code != 404 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// Answers are written by hand; what encoding/json reads of them it would write
// alike.
func TestAnswersAreWrittenAsEncodingJSONDoes(t *testing.T) {
	s := newShop(t, true)
	s.kit()
	odd := "l<a>m&p \"\\\u2028\u00e9"
	s.position(odd, 1<<40, 1<<40, -3)
	q, err := json.Marshal(map[string]any{"skus": []string{odd, "lamp", "ghost", "set", "sofa"}})
	if err != nil {
		t.Fatal(err)
	}
	w := s.ask("POST", "/v1/availability:batchGet", string(q))
	var a availabilityhttp.Answer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || len(a.Items) != 5 || a.Items[0].SKU != odd {
		t.Fatalf("%s, %v", w.Body, err)
	}
	again, err := json.Marshal(a)
	if err != nil || string(again)+"\n" != w.Body.String() {
		t.Errorf("written %s\nas JSON %s", w.Body, fmt.Sprint(string(again), err))
	}
}

func TestABuyerIsShownWhatPoolsDoNotKeepForOthers(t *testing.T) {
	s := newShop(t, true)
	s.kit()
	s.position("sofa", 2, 100)
	streamstest.Send(s.Driver, s.positions, "lamp", &event.InventoryPosition{Sku: "lamp", Version: 4, AsOf: s.Now(), Nodes: []event.NodePosition{{
		Node: "north", OnHand: 12, Available: 12, Claimed: 1, Pools: []event.PoolShare{
			{Pool: "launch", Channels: []string{"strict"}, Qty: 9, Used: 4, Units: 5},
			{Pool: "club", Classes: []string{"gold"}, Qty: 2, Units: 2},
		},
	}}})
	s.Run()
	for query, want := range map[string]int64{
		"": 11, "?channel=strict": 9, "?channel=cautious": 4, "?channel=strict&customer_class=gold": 11, "?customer_class=gold": 6, "?channel=web": 0,
	} {
		var x availabilityhttp.Explanation
		if w := s.ask("GET", "/v1/availability/lamp/explain"+query, ""); json.Unmarshal(w.Body.Bytes(), &x) != nil || x.Available != want {
			t.Errorf("%q: want %d of %s", query, want, w.Body)
		}
		if query != "?channel=web" && x.Positions[0].Nodes[0].Offered != want {
			t.Errorf("%q: %+v", query, x.Positions)
		}
		and := strings.Replace(query, "?", "&", 1)
		if w := s.ask("GET", "/v1/availability?sku=lamp&sku=set"+and, ""); query != "?channel=web" && (!strings.Contains(w.Body.String(), fmt.Sprintf(`"available":%d,"locations":[{"location":"north","available":%d}]`, want, want)) ||
			!strings.Contains(w.Body.String(), fmt.Sprintf(`"available":%d,"locations":[{"location":"north","available":%d}]`, want/2, want/2))) {
			t.Errorf("%q: %s", query, w.Body)
		}
	}
}

func TestAnExplanationSaysWhoseUnitsTheyAreAndWhatTheSupplierLeavesOut(t *testing.T) {
	s := newShop(t, true)
	s.kit()
	streamstest.Send(s.Driver, s.positions, "lamp", &event.InventoryPosition{Sku: "lamp", Version: 4, AsOf: s.Now(), TotalAvailable: 7, Nodes: []event.NodePosition{
		{Node: "works", Owner: "maker", OnHand: 10, Reserved: 6, Contained: 4, SafetyStock: 1, Available: 7},
	}})
	s.Run()
	var x availabilityhttp.Explanation
	w := s.ask("GET", "/v1/availability/lamp/explain", "")
	if err := json.Unmarshal(w.Body.Bytes(), &x); err != nil || x.Available != 7 {
		t.Fatalf("%v: want 7 of %s", err, w.Body)
	}
	if n := x.Positions[0].Nodes[0]; n.Owner != "maker" || n.Available != n.OnHand-n.Unsellable-n.Expired-(n.Reserved-n.Contained)-n.SafetyStock {
		t.Errorf("location %+v", n)
	}
	if !strings.Contains(strings.Join(x.Rules, " "), "provisional until the supplier accepts") {
		t.Errorf("rules %q", x.Rules)
	}
}
