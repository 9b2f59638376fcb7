package twinwms

import (
	"reflect"
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/schemas/event"
)

var at = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func TestRequestsAreWrittenInTheWarehousesTerms(t *testing.T) {
	release, err := Vendor{}.Release(&event.FulfilmentRequested{FulfilmentID: "F1", OrderID: "O1", Lines: []event.FulfilmentLine{{LineID: "1", Sku: "tea", Qty: 5}, {LineID: "2", Sku: "tea", Qty: 1, MinExpiry: &at}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	cancel, err := Vendor{}.Cancel(&event.FulfilmentCancel{FulfilmentID: "F/1"})
	if err != nil {
		t.Fatal(err)
	}
	advice, err := Vendor{}.Advise(connector.Advice{ID: "A1", SKU: "tea", Units: -3, Due: at, Adjust: true, Reason: "COUNT"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		got        connector.Document
		path, body string
	}{
		{release, "/orders", `{"order_no":"F1","customer_order":"O1","lines":[{"line":"1","item":"tea","units":5},{"line":"2","item":"tea","units":1,"best_before":"2026-01-05"}]}`},
		{cancel, "/orders/F%2F1/cancel", `{}`},
		{advice, "/advices", `{"advice_no":"A1","item":"tea","units":-3,"due":"2026-01-05T09:00:00Z","adjust":true,"reason":"COUNT"}`},
		{Vendor{}.Events(7, 10, time.Second), "/events?after=7&limit=10&wait=1s", ""},
	} {
		if c.got.Path != c.path || string(c.got.Body) != c.body {
			t.Errorf("%s %s, want %s %s", c.got.Path, c.got.Body, c.path, c.body)
		}
	}
}

func TestTheFeedIsReadIntoReportsAndMovements(t *testing.T) {
	events, err := Vendor{}.Read([]byte(`{"events":[
		{"seq":1,"at":"2026-01-05T09:00:00Z","event":"shipped","order_no":"F1","customer_order":"O1","document":"S1","lines":[{"line":"1","item":"tea","units":5}],"carrier":"C","tracking":"T"},
		{"seq":2,"at":"2026-01-05T09:00:00Z","event":"goods_in","document":"R1","advice_no":"A1","item":"tea","units":9},
		{"seq":3,"at":"2026-01-05T09:00:00Z","event":"adjusted","document":"R2","item":"tea","units":-2},
		{"seq":4,"at":"2026-01-05T09:00:00Z","event":"lunch"},
		{"seq":5,"at":"2026-01-05T09:00:00Z","event":"goods_out","document":"S1","item":"tea","units":5}]}`))
	if err != nil || len(events) != 5 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	report := &event.FulfilmentReported{
		FulfilmentID: "F1", OrderID: "O1", Word: "shipped", Carrier: "C", Tracking: "T", Final: true, Document: "S1", SourceSeq: 1, OccurredAt: at,
		Lines: []event.ShipmentLine{{LineID: "1", Sku: "tea", Qty: 5}},
	}
	if !reflect.DeepEqual(events[0].Report, report) {
		t.Errorf("report %+v", events[0].Report)
	}
	if m := *events[1].Movement; m != (connector.Movement{Advice: "A1", SKU: "tea", Units: 9}) {
		t.Errorf("movement %+v", m)
	}
	if m := *events[2].Movement; m != (connector.Movement{SKU: "tea", Units: -2, Adjust: true}) {
		t.Errorf("movement %+v", m)
	}
	if m := *events[4].Movement; m != (connector.Movement{SKU: "tea", Units: -5, Issue: true}) || events[4].Document != "S1" {
		t.Errorf("goods issue %+v under document %q", m, events[4].Document)
	}
	if e := events[3]; e.Report != nil || e.Movement != nil || e.Seq != 4 {
		t.Errorf("an event that says nothing to us: %+v", e)
	}
}

func TestAnUnreadablePageIsAnError(t *testing.T) {
	for _, page := range []string{"", "{", `{"events":[{"seq":"one"}]}`, `{"events":{}}`} {
		if _, err := (Vendor{}).Read([]byte(page)); err == nil {
			t.Errorf("%q was read", page)
		}
	}
}
