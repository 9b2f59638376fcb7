// Package catalog is the explicit list of vendors: which connector speaks to
// which system. A new vendor is one line here.
package catalog

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/connectors/erp/twinerp"
	"github.com/millrace/millrace/connectors/node/nodestream"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/connectors/payment/twinbank"
	"github.com/millrace/millrace/connectors/supplier/twinsupplier"
	"github.com/millrace/millrace/connectors/threepl/twinthreepl"
	"github.com/millrace/millrace/connectors/wms/twinwms"
)

// nodes are the vendors of warehouse systems and logistics.
var nodes = map[string]connector.Node{
	"twinwms":      twinwms.Vendor{},
	"twinthreepl":  twinthreepl.Vendor{},
	"twinsupplier": twinsupplier.Vendor{},
}

// erps are the vendors of ERP systems.
var erps = map[string]connector.ERP{
	"twinerp": twinerp.Vendor{},
}

// payments are the vendors of payment services.
var payments = map[string]connector.Payment{
	"twinbank": twinbank.Vendor{},
}

// Nodes gives each partner that ships its vendor, in order of sourcing.
func Nodes(all []partner.Config) ([]nodestream.Node, error) {
	var found []nodestream.Node
	var faults []error
	for _, p := range all {
		if p.Node == nil {
			continue
		}
		vendor, ok := nodes[p.Vendor]
		if !ok {
			faults = append(faults, unknown(p, slices.Sorted(maps.Keys(nodes))))
			continue
		}
		found = append(found, nodestream.Node{Partner: p, Vendor: vendor})
	}
	slices.SortStableFunc(found, func(a, b nodestream.Node) int { return a.Partner.Node.Rank - b.Partner.Node.Rank })
	return found, errors.Join(faults...)
}

// ERP finds the one system of record and its vendor.
func ERP(all []partner.Config) (partner.Config, connector.ERP, error) {
	found := playing(all, partner.ERP)
	if len(found) != 1 {
		return partner.Config{}, nil, fmt.Errorf("%d partners have the role erp; there must be one system of record", len(found))
	}
	vendor, ok := erps[found[0].Vendor]
	if !ok {
		return partner.Config{}, nil, unknown(found[0], slices.Sorted(maps.Keys(erps)))
	}
	return found[0], vendor, nil
}

// Payment finds the payment partner and its vendor; without one the vendor is nil,
// and nothing is taken from buyers.
func Payment(all []partner.Config) (partner.Config, connector.Payment, error) {
	found := playing(all, partner.Payment)
	switch len(found) {
	case 0:
		return partner.Config{}, nil, nil
	case 1:
	default:
		return partner.Config{}, nil, fmt.Errorf("%d partners have the role payment; one can be asked for money", len(found))
	}
	vendor, ok := payments[found[0].Vendor]
	if !ok {
		return partner.Config{}, nil, unknown(found[0], slices.Sorted(maps.Keys(payments)))
	}
	return found[0], vendor, nil
}

// playing are the partners of a role.
func playing(all []partner.Config, role partner.Role) (found []partner.Config) {
	for _, p := range all {
		if p.Role == role {
			found = append(found, p)
		}
	}
	return found
}

func unknown(p partner.Config, known []string) error {
	return fmt.Errorf("partner %s: no connector for %s is called %q; known are %s", p.ID, p.Role, p.Vendor, strings.Join(known, ", "))
}
