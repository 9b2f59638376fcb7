package business

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/connectors/catalog"
	"github.com/millrace/millrace/connectors/erp/erpstream"
	"github.com/millrace/millrace/connectors/node/nodestream"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/services/cmd/millrace/internal/agreement"
	"github.com/millrace/millrace/services/cmd/millrace/internal/vocabulary"
	"github.com/millrace/millrace/services/credit/creditstream"
	"github.com/millrace/millrace/services/fulfilment/fulfilmentstream"
	"github.com/millrace/millrace/services/order/orderstream"
	"github.com/millrace/millrace/services/order/sourcing"
	"github.com/millrace/millrace/services/returns"
	"github.com/millrace/millrace/services/returns/returnsstream"
	"github.com/millrace/millrace/services/settlement/settlementstream"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/services/target"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
	"github.com/millrace/millrace/streams/task"
)

// scene is what a chain is made of.
type scene struct {
	facts, seed  uint64  // of what the outside does; of the order in which things are handled, and what goes wrong
	abort, crash float64 // shares of transactions
	faults       float64 // share of calls to partners that fail in some way
	partitions   int32   // of every topic
	sites        []site  // in the order of sourcing
	channels     map[string][]string
	rules        func() *sourcing.Rules
	forget       bool               // records that everybody has read
	appended     func(*task.Record) // is told every record; nil for nobody
}

// site is a node that ships.
type site struct {
	name  string
	cases bool // a logistics firm that counts in cases
	habits
	issues   bool              // its own goods issues move stock, and it tells them
	supplies bool              // a supplier that ships its own goods and says what it has free
	counts   *partner.Baseline // what its counts contain; nil for one that sends none
}

// chain is every topology of an order's way between partners with books of
// their own, on one clock.
type chain struct {
	*streamstest.Driver
	t       streamstest.T
	seed    uint64
	rng     *rand.Rand // of what the outside does
	journal *journal
	auditor *auditor
	nodes   *nodestream.Room
	street  *street
	depots  map[string]*depot
	ledger  *ledger
	asked   map[string]*wish // by order id
	order   []string         // order ids as they were thought of
}

// newChain makes a world.
func newChain(t streamstest.T, s *scene) (*chain, error) {
	c := &chain{
		t: t, seed: s.seed, rng: rand.New(rand.NewPCG(s.facts, 7)), asked: make(map[string]*wish), depots: make(map[string]*depot),
		auditor: newAuditor(), ledger: newLedger(),
	}
	c.ledger.doubled = c.auditor.doubled
	now := func() time.Time { return c.Now() }
	c.journal = newJournal(target.Stamp(now))
	c.journal.follow = c.auditor.follow
	houses := map[string]house{"erp": c.ledger}
	for n, site := range s.sites {
		c.depots[site.name] = newDepot(site, rand.New(rand.NewPCG(s.seed, 20+uint64(n))), now)
		c.auditor.issues[site.name], c.auditor.supplies[site.name] = site.issues, site.supplies
		houses[site.name] = c.depots[site.name]
	}
	var err error
	if c.street, err = newStreet(houses, s.faults, rand.New(rand.NewPCG(s.seed, 8))); err != nil {
		return nil, err
	}
	topologies, err := c.topologies(s)
	if err != nil {
		return nil, err
	}
	c.Driver = streamstest.New(t, streamstest.Options{
		Seed: s.seed, Partitions: s.partitions, AbortRate: s.abort, CrashRate: s.crash, Stamp: c.journal.stamp,
		Aborted: c.journal.aborted, Committed: c.journal.committed, Appended: c.appended(s.appended), Forget: s.forget,
	}, topologies...)
	return c, nil
}

// appended gives a record that comes into the log to the auditor, and to whoever else
// wants it.
func (c *chain) appended(also func(*task.Record)) func(*task.Record) {
	if also == nil {
		return c.auditor.appended
	}
	return func(r *task.Record) {
		c.auditor.appended(r)
		also(r)
	}
}

// like is the partner whose file a site without one of its own has a copy of.
func (s site) like() partner.Config {
	name := "north"
	switch {
	case s.supplies:
		name = "works"
	case s.cases:
		name = "harbor"
	}
	like, _ := partner.ByID(append(partner.Shipped(), partner.Offered()...), name)
	return like
}

// partners are those that ship with Millrace, and copies of them for the sites
// that have none of their own.
func (c *chain) partners(s *scene) []partner.Config {
	all := partner.Shipped()
	for rank, site := range s.sites {
		at := slices.IndexFunc(all, func(p partner.Config) bool { return p.ID == site.name })
		if at < 0 {
			like := site.like()
			node := *like.Node
			node.ID, node.Name, node.Rank = site.name, site.name, rank+1
			like.ID, like.Name, like.Node = site.name, site.name, &node
			c.auditor.spared[site.name] = node.SafetyStock
			at, all = len(all), append(all, like)
		}
		if site.issues {
			node := *all[at].Node
			node.GoodsIssue = "movement"
			all[at].Node = &node
		}
		all[at].Baseline = site.counts
	}
	for name := range c.street.houses {
		all = partner.WithBaseURL(all, name, c.street.url+"/"+name)
	}
	return all
}

// topologies makes the rooms and connectors as a process with every target does.
func (c *chain) topologies(s *scene) ([]*streams.Topology, error) {
	partners := c.partners(s)
	var names []string
	for _, site := range s.sites {
		names = append(names, site.name)
	}
	orders, err := orderstream.New(orderstream.Config{Nodes: names, Rules: s.rules, ChannelNodes: s.channels}, schemas)
	if err != nil {
		return nil, err
	}
	reports, err := fulfilmentstream.New(fulfilmentstream.Config{Tables: vocabulary.Tables(partners)}, schemas)
	if err != nil {
		return nil, err
	}
	nodes, err := catalog.Nodes(partners)
	if err != nil {
		return nil, err
	}
	config, vendor, err := catalog.ERP(partners)
	if err != nil {
		return nil, err
	}
	c.nodes = nodestream.New(schemas, nodes...)
	return []*streams.Topology{
		orders.Topology, stockstream.New(stockstream.Config{Rules: agreement.Stock(partners)}, schemas).Topology, reports.Topology,
		settlementstream.New(schemas).Topology, creditstream.New(schemas).Topology, returnsstream.New(returns.Usual, schemas).Topology,
		erpstream.New(schemas, config, vendor).Topology, c.nodes.Topology,
	}, nil
}

// chance draws true in a share of cases.
func (c *chain) chance(share float64) bool { return c.rng.Float64() < share }

// rest lets time pass until nothing but the waiting for news is under way.
func (c *chain) rest() {
	c.Release()
	for range 200 {
		c.Advance(3 * time.Second)
		if c.quiet() {
			return
		}
	}
	c.t.Fatalf("seed %d: ten minutes without coming to rest; effects wait: %v", c.seed, c.Waiting())
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
