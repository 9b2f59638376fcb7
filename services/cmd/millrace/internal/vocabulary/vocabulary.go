// Package vocabulary gives the words of partner files to those who read them.
package vocabulary

import (
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/services/fulfilment"
)

// Tables are the status tables of partners, by partner: a carrier's words are about
// parcels, those of all others about what is fulfilled.
func Tables(partners []partner.Config) map[string]fulfilment.Table {
	tables := make(map[string]fulfilment.Table)
	for _, c := range partners {
		switch {
		case len(c.Statuses.Words) == 0:
		case c.Role == partner.Carrier:
			tables[c.ID] = fulfilment.Table{Version: c.Statuses.Version, Parcels: c.Statuses.Words}
		default:
			tables[c.ID] = fulfilment.Table{Version: c.Statuses.Version, Words: c.Statuses.Words}
		}
	}
	return tables
}
