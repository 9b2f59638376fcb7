package agreement_test

import (
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/services/cmd/millrace/internal/agreement"
)

// A node is counted by its partner, whose id its feed names as well.
func TestANodeIsCountedByItsPartner(t *testing.T) {
	north := partner.Config{
		ID: "wms-north", Node: &partner.Node{ID: "north", GoodsIssue: "movement", SafetyStock: 2, Accuracy: 98},
		Baseline: &partner.Baseline{Nodes: []string{"north"}},
	}
	erp := partner.Config{ID: "erp", Baseline: &partner.Baseline{Net: true}}
	r := agreement.Stock([]partner.Config{north, erp})
	if got := r.Authority["north"]; got != "wms-north" {
		t.Errorf("the authority of north is %q, its feed says wms-north", got)
	}
	if c, known := r.Contracts["wms-north"]; !known || c.AckWithin <= 0 {
		t.Errorf("the contract of north is %+v, known %v", c, known)
	}
	if c, known := r.Contracts["erp"]; !known || !c.Net {
		t.Errorf("the contract of the ERP is %+v, known %v", c, known)
	}
	if !r.IssueByMovement["north"] || r.SafetyStock["north"] != 2 || r.Accuracy["north"] != 98 {
		t.Errorf("north has the rules %+v", r)
	}
}

// News of counts have time to come unless a file says that they need none.
func TestNewsOfCountsHaveTimeToCome(t *testing.T) {
	hour, none := time.Hour, time.Duration(0)
	for id, c := range map[string]struct {
		said *time.Duration
		want time.Duration
	}{"usual": {nil, 15 * time.Minute}, "slow": {&hour, hour}, "instant": {&none, 0}} {
		r := agreement.Stock([]partner.Config{{ID: id, Baseline: &partner.Baseline{NewsWithin: c.said}}})
		if got := r.Contracts[id].NewsWithin; got != c.want {
			t.Errorf("%s has %v for its news, want %v", id, got, c.want)
		}
	}
}
