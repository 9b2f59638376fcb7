package main

import (
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/partner"
)

// TestPoliciesOfAPartnerFileAreThoseOfItsChannel: how long its orders wait, and how
// long its goods must live.
func TestPoliciesOfAPartnerFileAreThoseOfItsChannel(t *testing.T) {
	p, _ := partner.ByID(partner.Shipped(), "northwind")
	sells := *p.Sells
	sells.GiveUpDays, sells.MinShelfLifeDays, p.Sells = 3, 30, &sells
	all := channels([]partner.Config{p})
	if len(all) != 1 || all[0].Patience != 72*time.Hour || all[0].MinShelfLife != 30 {
		t.Errorf("%+v", all)
	}
}
