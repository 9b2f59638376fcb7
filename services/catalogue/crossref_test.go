package catalogue_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/catalogue"
)

func TestCandidatesAreProposedByBarcodeNumberNameAndHistory(t *testing.T) {
	each := func(fn func(*event.ProductPublished)) {
		for _, p := range []event.ProductPublished{
			{Sku: "WS-1001", Name: "Hex bolt, zinc M6x40", Barcodes: []string{"4006381333931"}, Active: true},
			{Sku: "WS-1002", Name: "Hex bolt, zinc M8x60", Active: true},
			{Sku: "WS-1003", Name: "Washer, stainless M6", Active: true},
			{Sku: "WS-1004", Name: "Hex bolt, zinc M8x60", Active: false},
		} {
			fn(&p)
		}
	}
	until := time.Unix(0, 0)
	crossrefs := func(fn func(*event.CrossrefPublished)) {
		for _, c := range []event.CrossrefPublished{
			{Partner: "shop", Kind: event.CrossrefKindItem, TheirID: "Z-9", OurID: "WS-1001", ValidUntil: &until},
			{Partner: "fair", Kind: event.CrossrefKindItem, TheirID: "Z9", OurID: "WS-1002"},
			{Partner: "fair", Kind: event.CrossrefKindCustomer, TheirID: "Z9", OurID: "WS-1003"},
		} {
			fn(&c)
		}
	}
	master := catalogue.Master{Products: each, Crossrefs: crossrefs}
	bolt := func(sku, name, why string, score int) catalogue.Candidate {
		return catalogue.Candidate{Sku: sku, Name: name, Why: why, Score: score}
	}
	for _, c := range []struct {
		unknown catalogue.Unknown
		want    []catalogue.Candidate
	}{
		{catalogue.Unknown{TheirID: "ws 1003"}, []catalogue.Candidate{{Sku: "WS-1003", Name: "Washer, stainless M6", Why: catalogue.SameNumber, Score: 95}}},
		{catalogue.Unknown{TheirID: "4006381333931"}, []catalogue.Candidate{{Sku: "WS-1001", Name: "Hex bolt, zinc M6x40", Why: catalogue.SameBarcode, Score: 100}}},
		{catalogue.Unknown{TheirID: "B7", Name: "BOLT hex zinc M8x60"}, []catalogue.Candidate{
			{Sku: "WS-1002", Name: "Hex bolt, zinc M8x60", Why: catalogue.LikeName, Score: 90},
			{Sku: "WS-1001", Name: "Hex bolt, zinc M6x40", Why: catalogue.LikeName, Score: 54},
		}},
		{catalogue.Unknown{Partner: "shop", TheirID: "Z-9"}, []catalogue.Candidate{
			bolt("WS-1001", "Hex bolt, zinc M6x40", catalogue.MeantBefore, 98), bolt("WS-1002", "Hex bolt, zinc M8x60", catalogue.MeantOther, 70),
		}},
		{catalogue.Unknown{Partner: "shop", TheirID: "z9"}, []catalogue.Candidate{
			bolt("WS-1001", "Hex bolt, zinc M6x40", catalogue.MeantBefore, 96), bolt("WS-1002", "Hex bolt, zinc M8x60", catalogue.MeantOther, 70),
		}},
		{catalogue.Unknown{TheirID: "B7", Name: "Umbrella"}, nil},
		{catalogue.Unknown{TheirID: "B7"}, nil},
	} {
		if got := catalogue.Candidates(c.unknown, master); !reflect.DeepEqual(append([]catalogue.Candidate(nil), got...), c.want) {
			t.Errorf("for %+v: %+v, want %+v", c.unknown, got, c.want)
		}
	}
}
