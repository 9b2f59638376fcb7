package sourcing

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

func choose(t *rapid.T, rules *Rules, req *Request) *Choice {
	choice, err := rules.Decide(req, nil)
	if err != nil {
		t.Fatal(err)
	}
	return choice
}

func TestNoPlanIsBetterThanTheChosenOne(t *testing.T) {
	for name, steps := range map[string]bool{"of all splits, at one price a parcel": false, "of all orders of nodes, with prices by weight": true} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				rules, req := drawRules(t), drawRequest(t, rapid.IntRange(0, 3).Draw(t, "sites"), steps)
				want, found := (&model{rules, req}).decide(!steps)
				choice := choose(t, rules, req)
				if !choice.Record.Exhaustive {
					return // of three items and nodes not every combination of orders is tried
				}
				if (choice.Asks != nil) != found {
					t.Fatalf("a plan is taken: %t, the model's: %+v %t\n%+v", choice.Asks != nil, want, found, choice.Record)
				}
				if found && (choice.Record.Plans[0].Units != want.units || choice.Cost() != want.cost) {
					t.Fatalf("chose %d units for %d, the model %+v\n%+v", choice.Record.Plans[0].Units, choice.Cost(), want, choice.Record)
				}
			})
		})
	}
}

func TestPlansKeepTheirBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules, req := drawRules(t), drawRequest(t, rapid.IntRange(0, 20).Draw(t, "sites"), true)
		choice := choose(t, rules, req)
		if choice.Asks == nil {
			return
		}
		m := &model{rules, req}
		given := make([][]int64, len(req.Sites))
		for s := range req.Sites {
			given[s] = make([]int64, len(req.Needs))
			for i, row := range choice.Asks {
				for _, ask := range row {
					if ask.Node == req.Sites[s].Node {
						given[s][i] += ask.Qty
					}
				}
				if given[s][i] > m.stock(&req.Sites[s], &req.Needs[i], false) {
					t.Fatalf("asks %d of %+v at %s", given[s][i], req.Needs[i], req.Sites[s].Node)
				}
			}
		}
		r, ok := m.judge(given)
		if plan := choice.Record.Plans[0]; !ok || !m.together(given) || r.units != plan.Units || r.cost != plan.Amount {
			t.Fatalf("%+v\nis in truth %+v, %t", plan, r, ok)
		}
		if r.units > req.wanted() || req.Whole && r.units != req.wanted() {
			t.Fatalf("%d of %d units, whole: %t", r.units, req.wanted(), req.Whole)
		}
	})
}

func TestCostsOfAPlanAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules, req := drawRules(t), drawRequest(t, 4, true)
		for _, plan := range choose(t, rules, req).Record.Plans {
			sum, units := plan.SplitAmount, int64(0)
			for _, parcel := range plan.Parcels {
				units += parcel.Units
				for _, cost := range parcel.Costs {
					sum += cost.Amount
				}
			}
			if sum != plan.Amount || units != plan.Units {
				t.Fatalf("parts make %d for %d units: %+v", sum, units, plan)
			}
		}
	})
}

func TestEqualRequestsAreDecidedAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules, req := drawRules(t), drawRequest(t, rapid.IntRange(0, 16).Draw(t, "sites"), true)
		first := choose(t, rules, req)
		shuffled := *req
		shuffled.Sites = rapid.Permutation(req.Sites).Draw(t, "sites in another order")
		shuffled.Lanes = rapid.Permutation(req.Lanes).Draw(t, "lanes in another order")
		if again := choose(t, rules, &shuffled); !reflect.DeepEqual(first, again) {
			t.Fatalf("%+v\nand then\n%+v", first, again)
		}
	})
}

func TestEveryNodeIsNamedWithTheReason(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules, req := drawRules(t), drawRequest(t, rapid.IntRange(0, 4).Draw(t, "sites"), false)
		choice := choose(t, rules, req)
		if len(choice.Record.Nodes) != len(req.Sites) {
			t.Fatalf("%d of %d nodes are named", len(choice.Record.Nodes), len(req.Sites))
		}
		m := &model{rules, req}
		top, found := m.decide(true)
		for _, node := range choice.Record.Nodes {
			site := &req.Sites[slices.IndexFunc(req.Sites, func(s Site) bool { return s.Node == node.Node })]
			asked := slices.ContainsFunc(choice.Asks, func(row []event.NodeQty) bool { return at(row, node.Node) > 0 })
			if asked != (node.Reason == event.SourcingReasonChosen) {
				t.Fatalf("asked: %t, %+v", asked, node)
			}
			if node.Reason != event.SourcingReasonChosen && node.Detail == "" {
				t.Fatalf("%+v has no detail", node)
			}
			m.reason(t, site, &node, top, found)
		}
	})
}

// reason checks that what is said of a node is true.
func (m *model) reason(t *rapid.T, site *Site, node *event.SourcedNode, top result, found bool) {
	alone := func(is func(*Need) bool) bool {
		return slices.ContainsFunc(m.req.Needs, func(n Need) bool { return is(&n) && at(n.Stock, site.Node) > 0 })
	}
	holds := true
	switch node.Reason {
	case event.SourcingReasonChosen:
	case event.SourcingReasonInactive:
		holds = !site.Active
	case event.SourcingReasonNoLane:
		holds = !slices.ContainsFunc(m.req.Lanes, func(l event.LanePublished) bool { return l.Node == site.Node })
	case event.SourcingReasonTooLate:
		holds = !m.req.NeededBy.IsZero()
	case event.SourcingReasonHazard:
		holds = alone(func(n *Need) bool { return n.Product.Hazard != "" }) && (len(site.Hazards) == 0 ||
			slices.ContainsFunc(m.req.Lanes, func(l event.LanePublished) bool { return l.Node == site.Node && len(l.Hazards) == 0 }))
	case event.SourcingReasonNoStock:
		holds = !alone(func(n *Need) bool { return n.Product.Hazard == "" && at(n.Stock, site.Node) > site.Buffer })
	case event.SourcingReasonIncomplete:
		holds = site.Active
	case event.SourcingReasonDearer:
		holds = found && node.DearerAmount > 0
	case event.SourcingReasonLastInOrder:
		holds = found
	default:
		holds = false
	}
	if !holds {
		t.Fatalf("it is not true that %+v, of %+v, top %+v", node, site, top)
	}
}

func TestSearchAmongManyNodesIsNoWorseThanEachNodeAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules, req := drawRules(t), drawRequest(t, rapid.IntRange(13, 25).Draw(t, "sites"), false)
		for s := range req.Sites {
			req.Sites[s].Buffer = 0 // a buffer is left alone even when that is dearer
		}
		choice := choose(t, rules, req)
		for s := range req.Sites {
			single := *req
			single.Sites = req.Sites[s : s+1]
			alone := choose(t, rules, &single)
			if alone.Asks == nil {
				continue
			}
			if choice.Asks == nil {
				t.Fatalf("node %s alone ships, all together do not", single.Sites[0].Node)
			}
			a, b := alone.Record.Plans[0], choice.Record.Plans[0]
			if a.Units > b.Units || a.Units == b.Units && a.Amount < b.Amount && b.Units == req.wanted() {
				t.Fatalf("node %s alone ships %d for %d, all together %d for %d", single.Sites[0].Node, a.Units, a.Amount, b.Units, b.Amount)
			}
		}
	})
}
