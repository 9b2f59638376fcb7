// Package sourcing decides which nodes ship an order. It is pure: stock, master
// data, calendars, capacities and the moment are arguments, and equal arguments
// give an equal decision.
//
// # The rule
//
// Nodes that may not ship are left out, each with the first reason that applies
// (filter.go). Of the others, at most K (Rules.MaxNodes) ship one order.
//
// A plan names a set of nodes and, for each item, the order in which it drains
// them; items of one group leave one node together: the first in its order that
// has them all. The cost of a plan is, in minor units of one currency,
//
//	sum over its parcels (a parcel is what one node ships):
//	    freight by lane and weight + handling + the partner's fee + price of capacity
//	    + late amount x chance of being late - margin + charges of the rules
//	+ split amount x (parcels - 1)
//
// The price of capacity is what the node's place for one order, and for each of the
// units, is worth to others. A parcel that the day on which it leaves has no room
// for, by the same sum as package capacity deals days by, is in no plan.
//
// A parcel takes the lane on which freight and lateness together cost least, of
// those that carry every item of it and arrive in time. What weighs more than the
// lane's heaviest rate goes in several cartons, and costs their sum.
//
// The plan that covers most units wins, then the cheapest, then the one of fewest
// parcels, then by the fixed order of nodes: rank, then name. An order that is all
// or nothing takes no plan that covers less than everything. Units below a node's
// buffer are used only when without them less would be covered.
//
// Up to MaxExhaustive nodes every set is tried, above that a greedy cover with
// exchanges of single nodes. Where a set has more than MaxOrders combinations of
// orders, all items follow the same one. The decision says when it was not exhaustive.
//
// # Rules
//
// Amounts, bounds and predicates stand in a YAML file with CEL expressions
// (rules.go); no cost is a constant of this package, and who states no rules gets
// default.yaml. A second file can run in shadow: what it would have chosen is noted
// and changes nothing. Examples beside the rules are their test (example.go), and
// replay.go runs history through them.
package sourcing
