package catalog

import (
	"strings"
	"testing"

	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/connectors/sandbox"
)

func TestEveryShippedPartnerHasItsVendorAndItsTwin(t *testing.T) {
	nodes, err := Nodes(partner.Shipped())
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, n := range nodes {
		order = append(order, n.Partner.Node.ID)
	}
	if got := strings.Join(order, " "); got != "north south harbor" {
		t.Errorf("order of sourcing %s", got)
	}
	if _, _, err := ERP(partner.Shipped()); err != nil {
		t.Error(err)
	}
	if _, vendor, err := Payment(partner.Shipped()); vendor == nil || err != nil {
		t.Error(vendor, err)
	}
	twins, all, err := StartTwins(partner.Shipped(), t.TempDir(), sandbox.Quick, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer twins.Close()
	if twins.ERP == nil || twins.Bank == nil || len(twins.Nodes) != 3 || len(twins.URLs()) != 5 {
		t.Errorf("twins %+v", twins)
	}
	if p, _ := partner.ByID(all, "harbor"); p.BaseURL != twins.URLs()["harbor"] {
		t.Errorf("harbor is called at %s, its twin listens at %s", p.BaseURL, twins.URLs()["harbor"])
	}
}

func TestAnUnknownVendorIsNamedBesideTheKnownOnes(t *testing.T) {
	all := partner.Shipped()
	for i := range all {
		if all[i].ID == "north" || all[i].ID == "erp" || all[i].ID == "bank" {
			all[i].Vendor = "sap"
		}
	}
	if _, err := Nodes(all); err == nil || !strings.Contains(err.Error(), "twinsupplier, twinthreepl, twinwms") {
		t.Errorf("nodes: %v", err)
	}
	if _, _, err := ERP(all); err == nil || !strings.Contains(err.Error(), "twinerp") {
		t.Errorf("erp: %v", err)
	}
	if _, _, err := Payment(all); err == nil || !strings.Contains(err.Error(), "twinbank") {
		t.Errorf("payment: %v", err)
	}
}
