package twinthreepl

import (
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/schemas/event"
	"pgregory.net/rapid"
)

func dozen(string) int64 { return 12 }

func TestUnitsAreWrittenInCasesAndEaches(t *testing.T) {
	fresh := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	release, err := Vendor{}.Release(&event.FulfilmentRequested{FulfilmentID: "F1", OrderID: "O1", Lines: []event.FulfilmentLine{{LineID: "1", Sku: "tea", Qty: 29}, {LineID: "2", Sku: "tea", Qty: 1, MinExpiry: &fresh}}}, dozen)
	if err != nil {
		t.Fatal(err)
	}
	due := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	advice, err := Vendor{}.Advise(connector.Advice{ID: "A1", SKU: "tea", Units: -13, Due: due, Adjust: true}, dozen)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		got        connector.Document
		path, body string
	}{
		{release, "/shipments", `{"reference_id":"F1","order_id":"O1","products":[{"ref":"1","sku":"tea","quantity":{"cases":2,"eaches":5,"per_case":12}},{"ref":"2","sku":"tea","quantity":{"cases":0,"eaches":1,"per_case":12},"min_expiry":"2026-03-01"}]}`},
		{advice, "/inbound", `{"reference_id":"A1","sku":"tea","quantity":{"cases":-1,"eaches":-1,"per_case":12},"expected_at":"2026-01-05T09:00:00Z","kind":"correction"}`},
	} {
		if c.got.Path != c.path || string(c.got.Body) != c.body {
			t.Errorf("%s %s, want %s %s", c.got.Path, c.got.Body, c.path, c.body)
		}
	}
}

func TestCasesAreReadByTheFirmsOwnMaster(t *testing.T) {
	events, err := Vendor{}.Read([]byte(`{"events":[
		{"seq":1,"created_at":"2026-01-05T09:00:00Z","status":"Completed","reference_id":"F1","order_id":"O1","id":"S1","products":[{"ref":"1","sku":"tea","quantity":{"cases":2,"eaches":5,"per_case":10}}]},
		{"seq":2,"created_at":"2026-01-05T09:00:00Z","status":"Received","reference_id":"A1","id":"R1","sku":"tea","quantity":{"cases":1,"eaches":0,"per_case":24}},
		{"seq":3,"created_at":"2026-01-05T09:00:00Z","status":"Dispatched","reference_id":"","id":"S1","sku":"tea","quantity":{"cases":2,"eaches":5,"per_case":10}}]}`))
	if err != nil || len(events) != 3 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	if r := events[0].Report; r.Word != "Completed" || !r.Final || r.Lines[0].Qty != 25 {
		t.Errorf("report %+v", r)
	}
	if m := events[1].Movement; m.Units != 24 || m.Advice != "A1" || m.Adjust {
		t.Errorf("movement %+v", m)
	}
	if m := events[2].Movement; m.Units != -25 || !m.Issue || m.Advice != "" || events[2].Document != events[0].Document {
		t.Errorf("goods issue %+v under %s", m, events[2].Document)
	}
}

func TestNoUnitIsLostInACase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.Int64Range(-1e12, 1e12).Draw(t, "units")
		perCase := rapid.Int64Range(-1, 10_000).Draw(t, "per case")
		if q := pack(units, perCase); q.units() != units {
			t.Fatalf("%d units became %+v", units, q)
		}
	})
}
