package twinsupplier

import (
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/schemas/event"
)

var _ connector.Supplier = Vendor{}

func TestPurchasesAreWrittenInTheSuppliersTermsAndARepeatIsTheSame(t *testing.T) {
	fresh := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	p := &event.PurchaseRequested{PurchaseID: "F1", OrderID: "O1", Attempt: 1, Lines: []event.PurchaseLine{{LineID: "1", Sku: "tea", Qty: 5}, {LineID: "2", Sku: "tea", Qty: 1, MinExpiry: &fresh}}}
	first, err := Vendor{}.Purchase(p)
	if err != nil {
		t.Fatal(err)
	}
	p.Attempt, p.RequestedAt = 2, time.Now()
	again, err := Vendor{}.Purchase(p)
	if err != nil {
		t.Fatal(err)
	}
	const body = `{"po_number":"F1","customer_reference":"O1","items":[{"position":"1","article":"tea","pieces":5},{"position":"2","article":"tea","pieces":1,"best_before":"2026-03-01"}]}`
	if first.ID != "F1" || first.Path != "/purchase-orders" || string(first.Body) != body || again.ID != first.ID || string(again.Body) != body {
		t.Errorf("%+v %s, again %+v %s", first, first.Body, again, again.Body)
	}
	cancel, err := Vendor{}.Cancel(&event.FulfilmentCancel{FulfilmentID: "F/1"})
	if err != nil || cancel.Path != "/purchase-orders/F%2F1/cancel" {
		t.Errorf("cancel %+v, %v", cancel, err)
	}
	if _, err := (Vendor{}).Release(&event.FulfilmentRequested{}, nil); err == nil {
		t.Error("a supplier was asked to release")
	}
}

func TestDecisionsAreNoStepsOfTheWork(t *testing.T) {
	events, err := Vendor{}.Read([]byte(`{"events":[
		{"seq":3,"time":"2026-01-05T09:00:00Z","type":"PartlyConfirmed","po_number":"F1","customer_reference":"O1","number":"S7","items":[{"position":"1","article":"tea","pieces":3,"declined":2,"reason":"NOT_IN_STOCK"}]},
		{"seq":4,"time":"2026-01-05T09:00:00Z","type":"Declined","po_number":"F2","customer_reference":"O1","number":"S8","items":[{"position":"1","article":"tea","pieces":0,"declined":2,"reason":"NOT_IN_STOCK"}]},
		{"seq":5,"time":"2026-01-05T09:00:00Z","type":"Dispatched","po_number":"F1","customer_reference":"O1","number":"S9","items":[{"position":"1","article":"tea","pieces":3}],"carrier":"C","tracking":"T"},
		{"seq":6,"time":"2026-01-05T09:00:00Z","type":"StockChanged","number":"R1"}]}`))
	if err != nil || len(events) != 4 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	part, none, left := events[0].Decision, events[1].Decision, events[2].Report
	if part == nil || part.SourceSeq != 3 || part.Reason != "" || part.Lines[0].Accepted != 3 || part.Lines[0].Refused != 2 || events[0].Report != nil {
		t.Errorf("part %+v", part)
	}
	if none == nil || none.Reason != "NOT_IN_STOCK" {
		t.Errorf("refusal %+v", none)
	}
	if left == nil || !left.Final || left.Lines[0].Qty != 3 || events[2].Decision != nil {
		t.Errorf("shipment %+v", left)
	}
	if events[3].Report != nil || events[3].Decision != nil || events[3].Movement != nil {
		t.Errorf("a change of its stock says %+v", events[3])
	}
}

func TestACountIsReadWholeOrNotAtAll(t *testing.T) {
	c, err := Vendor{}.ReadCount([]byte(`{"seq":9,"time":"2026-01-05T09:00:00Z","articles":[{"article":"tea","free":4},{"article":"cup","free":0}]}`))
	if err != nil || c.Seq != 9 || len(c.Free) != 2 || c.Free[0] != (connector.ItemCount{SKU: "tea", Units: 4}) {
		t.Errorf("%+v, %v", c, err)
	}
	for _, bad := range []string{`{`, `{"articles":[{"article":"tea","free":-1}]}`, `{"articles":[{"free":1}]}`} {
		if c, err := (Vendor{}).ReadCount([]byte(bad)); err == nil {
			t.Errorf("%s was read as %+v", bad, c)
		}
	}
}
