package business

import (
	"fmt"
	"maps"
	"math/big"
	"strings"

	"github.com/bojanz/currency"
)

// checkPartners: every partner has each document once and nothing else.
func (c *chain) checkPartners(a *auditor) {
	want := map[string]map[string]bool{"erp": {}}
	for site := range c.depots {
		want[site] = make(map[string]bool)
	}
	for id, d := range a.cases {
		if d.accepted != nil {
			want["erp"]["sales "+id] = true
			c.checkSale(a, d)
			for _, m := range d.amendments {
				reference := fmt.Sprintf("%s-%d", id, m.OrderVersion)
				if s := c.ledger.sales[id]; s == nil || !s.closed || c.ledger.amendments[reference] != "" { // a closed sale needs none
					want["erp"]["amendments "+reference] = true
				}
			}
		}
		for s := range d.shipments {
			want["erp"]["shipments "+s] = true
		}
		for i := range d.bills {
			want["erp"]["invoices "+i] = true
		}
		for _, r := range d.credited {
			want["erp"]["credits "+r.RefundID] = true
		}
		for _, r := range d.requests {
			want[r.Node]["release "+r.FulfilmentID] = true
		}
	}
	for site, depot := range c.depots {
		if heard := len(a.heard[site]); heard != depot.seq {
			a.breach("", "%s said %d things, %d are on record", site, depot.seq, heard)
		}
	}
	c.checkCabinet(a, "erp", c.ledger.cabinet, want["erp"])
	for site, depot := range c.depots {
		c.checkCabinet(a, site, depot.cabinet, want[site])
	}
}

func (c *chain) checkCabinet(a *auditor, name string, books *cabinet, want map[string]bool) {
	a.tally["repeated calls"] += books.repeats
	for _, text := range books.complaints {
		a.breach("", "%s complains: %s", name, text)
	}
	if sent := len(a.sent[name]); sent != len(books.works) {
		a.breach("", "%s has %d documents, %d are on record as sent", name, len(books.works), sent)
	}
	for document := range want {
		if books.works[document] != 1 {
			a.breach("", "%s has %s %d times", name, document, books.works[document])
		}
	}
	for document := range books.works {
		kind, _, _ := strings.Cut(document, " ")
		if kind != "advice" && kind != "cancel" && kind != "close" && !want[document] {
			a.breach("", "%s has %s, which nobody asked for", name, document)
		}
	}
}

// checkSale: the ERP's account of an order is that of the topics.
func (c *chain) checkSale(a *auditor, d *docket) {
	s := c.ledger.sales[d.id]
	if s == nil {
		a.breach(d.id, "the ERP has no sale")
		return
	}
	lines, less := d.last()
	left := d.cancelled != nil || d.completed != nil && less
	wanted := make(map[string]int64)
	for _, l := range lines {
		wanted[l.LineID] = l.Qty
		left = left || d.completed != nil && stocked(l.Kind) && d.shipped[l.LineID] < l.Qty
	}
	if !s.closed && !maps.Equal(s.wanted, wanted) {
		a.breach(d.id, "the ERP has sold %v, the order wants %v", s.wanted, wanted)
	}
	for _, l := range d.accepted.Lines {
		if s.shipped[l.LineID] != d.shipped[l.LineID] {
			a.breach(d.id, "line %s: the ERP says %d shipped, shipments say %d", l.LineID, s.shipped[l.LineID], d.shipped[l.LineID])
		}
	}
	digits, _ := currency.GetDigits(d.accepted.Currency)
	due := new(big.Rat).SetFrac(big.NewInt(d.due()), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
	if s.invoiced.Cmp(due) != 0 {
		a.breach(d.id, "the ERP billed %s, the order owes %s", s.invoiced.FloatString(3), due.FloatString(3))
	}
	if s.closed != left {
		a.breach(d.id, "closed at the ERP: %v, sold units never left: %v", s.closed, left)
	}
	if number := fmt.Sprint(s.number); len(d.registered) == 1 && d.registered[0].Number != number {
		a.breach(d.id, "registered as %s, the ERP says %s", d.registered[0].Number, number)
	}
}
