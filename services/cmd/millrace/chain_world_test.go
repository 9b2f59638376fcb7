package main_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/catalog"
	"github.com/millrace/millrace/connectors/erp/erpstream"
	"github.com/millrace/millrace/connectors/node/nodestream"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/services/fulfilment"
	"github.com/millrace/millrace/services/fulfilment/fulfilmentstream"
	"github.com/millrace/millrace/services/order/orderstream"
	"github.com/millrace/millrace/services/order/sourcing"
	"github.com/millrace/millrace/services/settlement/settlementstream"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/services/target"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// sites are the nodes in the order of sourcing; the last counts in cases.
var sites = []string{"north", "south", "harbor"}

// manners is how the world treats the chain.
type manners struct {
	abort, crash float64 // shares of transactions
	faults       float64 // share of calls to partners that fail in some way
	refuses      float64 // share of releases that a node does not take
	short        float64 // share of picks that find less than there is
	adjusts      bool    // counts correct the stock while orders are open
	priced       bool    // master data price nodes and lanes, the last node dearest to handle and cheapest to ship from
	rush         bool    // orders come at once and ask for the same goods, all or nothing
	partitions   int32   // of every topic
}

// chain is every topology of an order's way between partners with books of
// their own, on one clock.
type chain struct {
	*streamstest.Driver
	tb      testing.TB
	seed    uint64
	rng     *rand.Rand // of what the outside does
	journal *journal
	street  *street
	depots  map[string]*depot
	ledger  *ledger
	asked   map[string]*wish // by order id
	order   []string         // order ids as they were thought of
}

// newChain makes a world. facts decides what the outside does; seed everything
// else: the order in which things are handled, and what goes wrong.
func newChain(tb testing.TB, facts, seed uint64, m manners) *chain {
	tb.Helper()
	c := &chain{
		tb: tb, seed: seed, rng: rand.New(rand.NewPCG(facts, 7)), asked: make(map[string]*wish), depots: make(map[string]*depot),
	}
	now := func() time.Time { return c.Now() }
	c.journal = newJournal(target.Stamp(now))
	c.ledger = newLedger()
	for n, site := range sites {
		c.depots[site] = newDepot(site, site == "harbor", m, rand.New(rand.NewPCG(seed, 20+uint64(n))), now)
	}
	c.street = newStreet(tb, c.depots, c.ledger, m.faults, rand.New(rand.NewPCG(seed, 8)))
	c.Driver = streamstest.New(tb, streamstest.Options{Seed: seed, Partitions: m.partitions, AbortRate: m.abort, CrashRate: m.crash, Stamp: c.journal.stamp}, c.topologies(m)...)
	return c
}

// topologies makes the rooms and connectors as a process with every target does.
func (c *chain) topologies(m manners) []*streams.Topology {
	partners := partner.Shipped()
	for _, id := range append([]string{"erp"}, sites...) {
		partners = partner.WithBaseURL(partners, id, c.street.url+"/"+id)
	}
	words := make(map[string]fulfilment.Table)
	for _, p := range partners {
		words[p.ID] = fulfilment.Table{Version: p.Statuses.Version, Words: p.Statuses.Words}
	}
	orders, err := orderstream.New(orderstream.Config{Nodes: sites, Rules: c.rules(m.priced), ChannelNodes: map[string][]string{"coast": {"harbor", "south"}}}, chainSchemas)
	c.must(err)
	reports, err := fulfilmentstream.New(fulfilmentstream.Config{Tables: words}, chainSchemas)
	c.must(err)
	nodes, err := catalog.Nodes(partners)
	c.must(err)
	config, vendor, err := catalog.ERP(partners)
	c.must(err)
	return []*streams.Topology{
		orders.Topology, stockstream.New(stockstream.Config{}, chainSchemas).Topology, reports.Topology,
		settlementstream.New(chainSchemas).Topology, erpstream.New(chainSchemas, config, vendor).Topology, nodestream.New(chainSchemas, nodes...).Topology,
	}
}

// rules are those by which orders are sourced: the default ones, or some that
// count what nodes and lanes cost.
func (c *chain) rules(priced bool) func() *sourcing.Rules {
	if !priced {
		return nil
	}
	rules := &sourcing.Rules{Version: "priced", Currency: "EUR", MaxNodes: 2, SplitAmount: 300, LateAmount: 500, LanesOptional: true}
	return func() *sourcing.Rules { return rules }
}

// chainSchemas are shared by all worlds: ids are assigned once.
var chainSchemas = codec.NewMemory()

func (c *chain) must(err error) {
	c.tb.Helper()
	if err != nil {
		c.tb.Fatalf("seed %d: %v", c.seed, err)
	}
}

// chance draws true in a share of cases.
func (c *chain) chance(share float64) bool { return c.rng.Float64() < share }

// rest lets time pass until nothing but the waiting for news is under way.
func (c *chain) rest() {
	c.tb.Helper()
	c.Release()
	for range 200 {
		c.Advance(3 * time.Second)
		if c.quiet() {
			return
		}
	}
	c.tb.Fatalf("seed %d: ten minutes without coming to rest; effects wait: %v", c.seed, c.Waiting())
}

// quiet says whether every effect is answered and every node's news is read.
func (c *chain) quiet() bool {
	for destination := range c.Waiting() {
		if !strings.HasSuffix(destination, ".events") {
			return false
		}
	}
	for _, d := range c.depots {
		if len(d.agenda) > 0 || d.read < d.seq {
			return false
		}
	}
	return true
}
