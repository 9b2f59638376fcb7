// Package agreement makes the rules of rooms from what partner files say was
// agreed, for everything that runs or plays the business.
package agreement

import (
	"cmp"
	"time"

	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/returns"
	"github.com/millrace/millrace/services/stock"
)

// Stock returns the rules of stock. Contracts and authorities name a partner by its
// id, as the events do in which its facts come: else stock could not tell which of
// them its accounts contain.
func Stock(partners []partner.Config) stock.Rules {
	r := stock.Rules{
		SafetyStock: make(map[string]int64), Accuracy: make(map[string]int64), IssueByMovement: IssueByMovement(partners),
		Contracts: make(map[string]stock.Contract), Authority: make(map[string]string), Suppliers: make(map[string]string),
	}
	for _, p := range partners {
		if n := p.Node; n != nil {
			r.SafetyStock[n.ID], r.Accuracy[n.ID] = n.SafetyStock, n.Accuracy
			if p.Role == partner.Supplier {
				r.Suppliers[n.ID] = p.ID
			}
		}
		if p.Baseline == nil {
			continue
		}
		r.Contracts[p.ID] = contract(p.Baseline)
		for _, node := range p.Baseline.Nodes {
			r.Authority[node] = p.ID
		}
	}
	return r
}

// ackWithin is how long a partner may take to take note of what we tell it, unless
// its file says so.
const ackWithin = 24 * time.Hour

// newsWithin is how long after a count of a partner its news may come, unless its file
// says so.
const newsWithin = 15 * time.Minute

func contract(b *partner.Baseline) stock.Contract {
	c := stock.Contract{
		Net: b.Net, Sellable: b.Sellable, Skew: b.Skew, AckWithin: cmp.Or(b.AckWithin, ackWithin), NewsWithin: newsWithin, Thresholds: make(map[event.VarianceClass]int64),
	}
	if b.NewsWithin != nil {
		c.NewsWithin = *b.NewsWithin
	}
	if b.Breaker != nil {
		c.Breaker = stock.Breaker(*b.Breaker)
	}
	for class, units := range b.Thresholds {
		c.Thresholds[event.VarianceClass(class)] = units
	}
	return c
}

// Returns returns the policy of returns: that of every installation, the channels whose
// returns the system of record rules on, and what people may credit without an order.
func Returns(partners []partner.Config) returns.Policy {
	policy := returns.Usual
	policy.Ruled, policy.Unreferenced = make(map[string]bool), make(map[string]map[string]int64)
	for _, p := range partners {
		if p.Sells == nil {
			continue
		}
		policy.Ruled[p.ID] = p.Sells.Returns == partner.ByERP
		policy.Unreferenced[p.ID] = p.Sells.UnreferencedCredit
	}
	return policy
}

// IssueByMovement names the nodes whose own goods issues move stock.
func IssueByMovement(partners []partner.Config) map[string]bool {
	nodes := make(map[string]bool)
	for _, p := range partners {
		if p.Node != nil && p.Node.GoodsIssue == "movement" {
			nodes[p.Node.ID] = true
		}
	}
	return nodes
}
