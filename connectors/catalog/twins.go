package catalog

import (
	"errors"
	"fmt"

	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/connectors/sandbox"
)

// Twins are the running twins of some partners.
type Twins struct {
	ERP   *sandbox.ERP             // nil when no partner has one
	Bank  *sandbox.Bank            // nil when no partner has one
	Nodes map[string]sandbox.Place // by partner id
	urls  map[string]string
}

// StartTwins starts a twin for every partner that has one, on free ports of the
// loopback, and returns the partners with the twins' addresses. Their journals
// go into dir; an empty one keeps nothing.
func StartTwins(all []partner.Config, dir string, profile sandbox.Profile, seed uint64) (*Twins, []partner.Config, error) {
	t := &Twins{Nodes: make(map[string]sandbox.Place), urls: make(map[string]string)}
	for _, p := range all {
		url, err := t.start(p, sandbox.Options{
			Name: p.ID, Dir: dir, Profile: profile, Seed: seed, Issues: p.Node != nil && p.Node.GoodsIssue == "movement",
		})
		if err != nil {
			return nil, nil, errors.Join(fmt.Errorf("starting the twin of %s: %w", p.ID, err), t.Close())
		}
		if url != "" {
			t.urls[p.ID] = url
			all = partner.WithBaseURL(all, p.ID, url)
		}
	}
	return t, all, nil
}

// start starts the twin that speaks a vendor's language; no URL, no twin.
func (t *Twins) start(p partner.Config, opts sandbox.Options) (url string, err error) {
	switch p.Vendor {
	case "twinerp":
		if t.ERP, err = sandbox.StartERP(opts); err != nil {
			return "", err
		}
		return t.ERP.URL(), nil
	case "twinbank":
		if t.Bank, err = sandbox.StartBank(opts); err != nil {
			return "", err
		}
		return t.Bank.URL(), nil
	case "twinwms":
		return keep(t, p.ID, sandbox.StartWarehouse, opts)
	case "twinsupplier":
		return keep(t, p.ID, sandbox.StartSupplier, opts)
	case "twinthreepl":
		return keep(t, p.ID, sandbox.StartThreePL, opts)
	}
	return "", nil
}

func keep[P sandbox.Place](t *Twins, id string, start func(sandbox.Options) (P, error), opts sandbox.Options) (string, error) {
	place, err := start(opts)
	if err != nil {
		return "", err
	}
	t.Nodes[id] = place
	return place.URL(), nil
}

// URLs are the addresses of the twins, by partner id.
func (t *Twins) URLs() map[string]string { return t.urls }

// Close stops all twins; what they have written stays.
func (t *Twins) Close() error {
	var faults []error
	if t.ERP != nil {
		faults = append(faults, t.ERP.Close())
	}
	if t.Bank != nil {
		faults = append(faults, t.Bank.Close())
	}
	for _, place := range t.Nodes {
		faults = append(faults, place.Close())
	}
	return errors.Join(faults...)
}
