package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/platform/config"
	"github.com/millrace/millrace/services/audit/canary"
)

// canarySettings say which orders the auditor has go the whole way.
type canarySettings struct {
	server, channel, node, sku, price, customer, country string
	every, limit                                         time.Duration
}

func (s *canarySettings) declare(set *config.Set) {
	set.String(&s.server, "audit.canary.server", "", "URL of the public HTTP interface at which the auditor posts an order of its own now and then, to see that orders come through; none posts nothing.")
	set.String(&s.channel, "audit.canary.channel", "", "Channel of these orders. They are real: its partner file must let nothing but audit.canary.node ship for it.")
	set.String(&s.node, "audit.canary.node", "", "Node that ships them, a sandbox.")
	set.String(&s.sku, "audit.canary.sku", "", "Item that they ask for, one unit an order. It is billed, so nobody else should sell it.")
	set.String(&s.price, "audit.canary.price", "0.01", "Price of the unit, in the first currency of the channel.")
	set.String(&s.customer, "audit.canary.customer", "canary", "Customer who orders.")
	set.String(&s.country, "audit.canary.country", "DE", "Country to which they go, ISO 3166-1 alpha-2.")
	set.Duration(&s.every, "audit.canary.every", time.Minute, time.Second, 24*time.Hour, "How often one is posted; not before the one before has ended.")
	set.Duration(&s.limit, "audit.canary.limit", 5*time.Minute, time.Second, 24*time.Hour, "How long a stage may take until CANARY_LATE is raised.")
}

// canary is what the settings make, nil for none. What could take units that buyers
// want is refused.
func (s *canarySettings) canary(partners []partner.Config) (*canary.Config, error) {
	if s.server == "" {
		return nil, nil
	}
	if s.channel == "" || s.node == "" || s.sku == "" {
		return nil, errors.New("audit.canary.server needs audit.canary.channel, audit.canary.node and audit.canary.sku")
	}
	at := slices.IndexFunc(partners, func(p partner.Config) bool { return p.ID == s.channel && p.Sells != nil })
	if at < 0 {
		return nil, fmt.Errorf("audit.canary.channel: no partner file has a channel %q", s.channel)
	}
	sells := partners[at].Sells
	if len(sells.Nodes) != 1 || sells.Nodes[0] != s.node {
		return nil, fmt.Errorf("audit.canary.channel: the nodes that ship for %s are %v; let %s alone ship for it, or the canary takes units that buyers want", s.channel, sells.Nodes, s.node)
	}
	for _, p := range partners {
		if p.ID != s.channel && p.Sells != nil && (len(p.Sells.Nodes) == 0 || slices.Contains(p.Sells.Nodes, s.node)) {
			return nil, fmt.Errorf("audit.canary.node: %s ships for %s too, so the canary takes units that its buyers want", s.node, p.ID)
		}
	}
	return &canary.Config{
		Server: s.server, Channel: s.channel, SKU: s.sku, Currency: sells.Currencies[0], Price: s.price, Customer: s.customer, Country: s.country,
		Every: s.every, Limit: s.limit,
	}, nil
}
