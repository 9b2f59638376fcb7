package demo

import (
	"slices"

	"github.com/millrace/millrace/services/gateway"
)

// Channels are where the sample customers order: a shop that waits for what is
// short, and a marketplace that cancels it and may order by numbers of its own.
func Channels() []gateway.Channel {
	return []gateway.Channel{
		{ID: "shop", Name: "Web shop", Currencies: []string{"EUR", "CHF"}, Shortage: gateway.ShortageBackorder, Nodes: Nodes},
		{ID: "marketplace", Name: "Marketplace", Currencies: []string{"EUR"}, Shortage: gateway.ShortageCancel, TheirItems: true, Nodes: Nodes},
	}
}

// WithSupplier lets the supplier ship for channels too, after their own nodes.
func WithSupplier(channels []gateway.Channel) []gateway.Channel {
	for n := range channels {
		channels[n].Nodes = append(slices.Clone(channels[n].Nodes), Supplier)
	}
	return channels
}
