package fulfilment

import (
	"testing"
	"time"
)

func TestAStatementBelongsToTheLastShipmentThatLeftUnderTheNumber(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC).AddDate(0, 0, n) }
	all := []*Consignment{{ShipmentID: "new", ShippedAt: day(200)}, {ShipmentID: "old", ShippedAt: day(0)}}
	for _, c := range []struct {
		at   int
		want string
	}{{-8, ""}, {-6, "old"}, {1, "old"}, {119, "old"}, {130, ""}, {194, "new"}, {201, "new"}, {321, ""}} {
		got := ""
		if found := Consigned(all, day(c.at)); found != nil {
			got = found.ShipmentID
		}
		if got != c.want {
			t.Errorf("a statement of day %d is about %q, want %q", c.at, got, c.want)
		}
	}
}

func TestANumberIsOneHoweverItIsWritten(t *testing.T) {
	if a, b := LabelID("Road Haulage ", "rh 1"), LabelID("road haulage", "RH1"); a != b || a != "road haulage/RH1" {
		t.Errorf("%s and %s", a, b)
	}
}
