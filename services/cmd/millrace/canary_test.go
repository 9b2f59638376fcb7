package main

import (
	"strings"
	"testing"

	"github.com/millrace/millrace/connectors/partner"
)

func TestTheCanaryTakesNothingThatBuyersWant(t *testing.T) {
	channel := func(id string, nodes ...string) partner.Config {
		return partner.Config{ID: id, Role: partner.Channel, Sells: &partner.Sells{Currencies: []string{"EUR", "CHF"}, Nodes: nodes}}
	}
	own := canarySettings{server: "http://edge", channel: "probe", node: "sandbox", sku: "CANARY", price: "0.01"}
	for _, c := range []struct {
		name     string
		settings canarySettings
		partners []partner.Config
		refused  string
	}{
		{"off", canarySettings{channel: "shop"}, nil, ""},
		{"a node of its own", own, []partner.Config{channel("shop", "north"), channel("probe", "sandbox")}, ""},
		{"half of it", canarySettings{server: "http://edge", channel: "probe"}, nil, "needs"},
		{"no such channel", own, []partner.Config{channel("shop", "north")}, "no partner file"},
		{"a channel of other nodes", own, []partner.Config{channel("probe", "sandbox", "north")}, "alone"},
		{"a channel of all nodes", own, []partner.Config{channel("probe")}, "alone"},
		{"a node of buyers", own, []partner.Config{channel("shop", "north", "sandbox"), channel("probe", "sandbox")}, "ships for shop too"},
		{"a node of buyers who have all", own, []partner.Config{channel("shop"), channel("probe", "sandbox")}, "ships for shop too"},
	} {
		o, err := c.settings.canary(c.partners)
		switch {
		case c.refused == "" && err != nil, c.refused != "" && (err == nil || !strings.Contains(err.Error(), c.refused)):
			t.Errorf("%s: %v, want a refusal with %q", c.name, err, c.refused)
		case err == nil && (o != nil) != (c.settings.server != ""):
			t.Errorf("%s: the order is %+v", c.name, o)
		case o != nil && (o.Currency != "EUR" || o.SKU != "CANARY"):
			t.Errorf("%s: the order is %+v", c.name, o)
		}
	}
}
