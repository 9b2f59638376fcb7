package catalogue_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/catalogue"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// The price is what a search over all breaks of all lists finds.
func TestThePriceIsThatOfTheFirstListThatHasOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows []event.PricePublished
		for list := range rapid.IntRange(0, 3).Draw(t, "lists") {
			row := event.PricePublished{PriceList: string(rune('a' + list)), Currency: rapid.SampledFrom([]string{"EUR", "USD"}).Draw(t, "currency")}
			from := noon.Add(-2 * time.Hour)
			for range rapid.IntRange(0, 3).Draw(t, "periods") {
				until := from.Add(time.Duration(rapid.IntRange(1, 3).Draw(t, "hours")) * time.Hour)
				p := event.PricePeriod{ValidFrom: from, ValidUntil: &until}
				for _, qty := range slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(rapid.Int64Range(1, 9), 1, 3).Draw(t, "breaks")))) {
					p.Breaks = append(p.Breaks, event.PriceBreak{MinQty: qty, UnitPriceE6: rapid.Int64Range(0, 99).Draw(t, "price")})
				}
				row.Periods = append(row.Periods, p)
				from = until
			}
			rows = append(rows, row)
		}
		qty := rapid.Int64Range(1, 10).Draw(t, "qty")
		got, ok := catalogue.PriceOf(rows, nil, qty, "EUR", noon)
		var want *event.PriceBreak
		list := ""
		for _, row := range rows {
			for _, p := range row.Periods {
				for _, b := range p.Breaks {
					counts := row.Currency == "EUR" && !noon.Before(p.ValidFrom) && noon.Before(*p.ValidUntil) && b.MinQty <= qty
					if counts && (list == "" || list == row.PriceList) {
						want, list = &b, row.PriceList
					}
				}
			}
		}
		if ok != (want != nil) || ok && (got.PriceList != list || got.UnitPriceE6 != want.UnitPriceE6 || got.MinQty != want.MinQty) {
			t.Fatalf("%d of %+v cost %+v %t, want %+v of %q", qty, rows, got, ok, want, list)
		}
		if ok && got.Next != nil && got.Next.MinQty <= qty {
			t.Fatalf("the next break %+v is reached", got.Next)
		}
	})
}

func TestWithoutAListTheListPriceOfTheProductCounts(t *testing.T) {
	p := &event.ProductPublished{PriceE6: 7e6, Currency: "EUR"}
	if got, ok := catalogue.PriceOf(nil, p, 3, "", noon); !ok || got.UnitPriceE6 != 7e6 || got.Currency != "EUR" {
		t.Errorf("%+v %t", got, ok)
	}
	if got, ok := catalogue.PriceOf(nil, p, 3, "USD", noon); ok {
		t.Errorf("in another currency it costs %+v", got)
	}
}

// good is an order that nothing speaks against.
func good() *catalogue.Wanted {
	limit, tomorrow := int64(1000), noon.Add(24*time.Hour)
	return &catalogue.Wanted{
		Customer: &event.CustomerPublished{
			Customer: "c-1", Active: true, Currency: "EUR", Terms: event.PaymentTermsAccount, CreditLimit: &limit, MinimumOrder: 100,
			Territories: []string{"DE", "AT"}, Hazards: []string{"3"}, Licences: []event.Licence{{Code: "PHARMA", ValidUntil: &tomorrow}},
		},
		Country: "DE", Currency: "EUR", At: noon,
		Lines: []catalogue.WantedLine{{SKU: "acid", Qty: 20, Priced: true, Amount: 500, Product: &event.ProductPublished{
			Sku: "acid", Active: true, Hazard: "3", Licence: "PHARMA", MinQty: 10, QtyStep: 10, BarredCountries: []string{"FR"},
		}}},
	}
}

func TestEachRuleSpeaksAgainstWhatItForbids(t *testing.T) {
	if j := catalogue.Eligible(good()); !j.Allowed() {
		t.Fatalf("against a good order: %+v", j)
	}
	for code, spoil := range map[string]func(*catalogue.Wanted){
		catalogue.NoSuchItem:     func(w *catalogue.Wanted) { w.Lines[0].Product = nil },
		catalogue.NotSold:        func(w *catalogue.Wanted) { w.Lines[0].Product.Active = false },
		catalogue.Territory:      func(w *catalogue.Wanted) { w.Lines[0].Product.BarredCountries = []string{"DE"} },
		catalogue.LicenceMissing: func(w *catalogue.Wanted) { w.At = noon.Add(24 * time.Hour) },
		catalogue.Hazard:         func(w *catalogue.Wanted) { w.Customer.Hazards = nil },
		catalogue.BelowMinimum:   func(w *catalogue.Wanted) { w.Lines[0].Qty = 0 },
		catalogue.OddQuantity:    func(w *catalogue.Wanted) { w.Lines[0].Qty = 25 },
		catalogue.NoPrice:        func(w *catalogue.Wanted) { w.Lines[0].Priced = false },
	} {
		w := good()
		spoil(w)
		if j := catalogue.Eligible(w); len(j.Order) > 0 || len(j.Lines[0]) != 1 || j.Lines[0][0].Code != code || j.Lines[0][0].Detail == "" {
			t.Errorf("%s: %+v", code, j)
		}
	}
	for code, spoil := range map[string]func(*catalogue.Wanted){
		catalogue.Blocked:      func(w *catalogue.Wanted) { w.Customer.Blocked = "UNPAID" },
		catalogue.Territory:    func(w *catalogue.Wanted) { w.Country = "CH" },
		catalogue.MinimumOrder: func(w *catalogue.Wanted) { w.Lines[0].Amount = 99 },
		catalogue.Credit:       func(w *catalogue.Wanted) { w.Lines[0].Amount = 1001 },
	} {
		w := good()
		spoil(w)
		if j := catalogue.Eligible(w); j.Allowed() || len(j.Order) != 1 || j.Order[0].Code != code || len(j.Lines[0]) > 0 {
			t.Errorf("%s: %+v", code, j)
		}
	}
}
