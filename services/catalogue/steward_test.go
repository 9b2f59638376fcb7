package catalogue_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/catalogue"
)

// words are rows that are texts: one with "odd" needs a person, one with "bad"
// cannot be approved.
type words struct{}

func (words) Compare(_ string, published, submitted []byte) (findings []catalogue.Finding, changed []string) {
	for _, word := range []string{"odd", "bad"} {
		if strings.Contains(string(submitted), word) {
			findings = append(findings, catalogue.Finding{Code: word, Fatal: word == "bad"})
		}
	}
	if len(published) > 0 && string(published) != string(submitted) {
		changed = []string{"text"}
	}
	return findings, changed
}

// The model is what a clerk with a sheet of paper would do.
type clerk struct {
	row     string
	version int64
	waiting string // its submission
	draft   string
	seen    map[string]int64 // by source; the clerk keeps the newest source's only
	source  string
}

func TestTheStewardDoesAsTheClerk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var row event.CatalogRow
		c := clerk{seen: map[string]int64{}}
		judged := map[string]int{} // final verdicts by submission
		count := 0
		learn := func(d catalogue.Decision) {
			for _, j := range d.Judged {
				if j.Verdict != event.CatalogVerdictQuarantined {
					judged[j.SubmissionID]++
				}
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"submit": func(t *rapid.T) {
				count++
				s := &event.CatalogSubmit{
					SubmissionID: fmt.Sprint(count), Source: rapid.SampledFrom([]string{"erp", "pim"}).Draw(t, "source"),
					SourceSeq: rapid.Int64Range(0, 6).Draw(t, "seq"), Row: []byte(rapid.SampledFrom([]string{"a", "b", "odd a", "odd b", "bad"}).Draw(t, "row")),
				}
				d := catalogue.Submit(&row, s, words{}, noon)
				learn(d)
				if again := catalogue.Submit(&row, s, words{}, noon); again.Judged != nil || again.Publish != nil {
					t.Fatalf("repeated: %+v", again)
				}
				text := string(s.Row)
				if s.SourceSeq > 0 && s.Source == c.source && s.SourceSeq <= c.seen[s.Source] {
					return
				}
				c.source, c.seen[s.Source] = s.Source, s.SourceSeq
				c.waiting = ""
				switch {
				case strings.Contains(text, "odd") || text == "bad":
					c.waiting, c.draft = s.SubmissionID, text
				case text != c.row:
					c.row, c.version = text, c.version+1
				}
			},
			"resolve": func(t *rapid.T) {
				r := &event.CatalogResolve{SubmissionID: rapid.SampledFrom([]string{c.waiting, "0"}).Draw(t, "which"), Approve: rapid.Bool().Draw(t, "approve"), By: "ann"}
				learn(catalogue.Resolve(&row, r, words{}, noon))
				if c.waiting == "" || r.SubmissionID != c.waiting || r.Approve && c.draft == "bad" {
					return
				}
				if r.Approve {
					c.row, c.version = c.draft, c.version+1
				}
				c.waiting = ""
			},
			"": func(t *rapid.T) {
				if string(row.Row) != c.row || row.Version != c.version || row.WaitingSubmission != c.waiting {
					t.Fatalf("the steward has %+v, the clerk %+v", row, c)
				}
				for id, n := range judged {
					if n != 1 || id == c.waiting {
						t.Fatalf("submission %s has %d final verdicts", id, n)
					}
				}
				if want := count - map[bool]int{true: 1}[c.waiting != ""]; len(judged) != want {
					t.Fatalf("%d submissions have a verdict, want %d", len(judged), want)
				}
			},
		})
	})
}

func TestACustomerDemandsHowLongGoodsLiveWithinBounds(t *testing.T) {
	for days, good := range map[int64]bool{0: true, 45: true, 3650: true, -1: false, 3651: false} {
		f := catalogue.CheckCustomer("C-1", nil, &event.CustomerPublished{Customer: "C-1", MinShelfLifeDays: days})
		if good != (len(f) == 0) || !good && (!f[0].Fatal || f[0].Field != "min_shelf_life_days") {
			t.Errorf("%d days: %+v", days, f)
		}
	}
}

func TestRowsThatCannotBe(t *testing.T) {
	kit := func(parts ...event.KitPart) *event.ProductPublished {
		return &event.ProductPublished{Sku: "set", Name: "Set", Uom: "EA", UnitsPerCase: 1, MinQty: 1, QtyStep: 1, Kind: event.LineKindKit, Parts: parts}
	}
	if f := catalogue.CheckProduct("set", nil, kit(event.KitPart{Sku: "lamp", Qty: 1})); len(f) > 0 {
		t.Errorf("a good kit: %+v", f)
	}
	for name, p := range map[string]*event.ProductPublished{
		"without parts": kit(), "of itself": kit(event.KitPart{Sku: "set", Qty: 1}),
		"of nothing": kit(event.KitPart{Sku: "lamp"}), "twice": kit(event.KitPart{Sku: "a", Qty: 1}, event.KitPart{Sku: "a", Qty: 1}),
	} {
		if f := catalogue.CheckProduct("set", nil, p); len(f) != 1 || !f[0].Fatal || f[0].Field != "parts" {
			t.Errorf("a kit %s: %+v", name, f)
		}
	}
	later := noon.AddDate(0, 1, 0)
	period := func(from, price int64) event.PricePeriod {
		return event.PricePeriod{ValidFrom: noon.AddDate(0, int(from), 0), Breaks: []event.PriceBreak{{MinQty: 1, UnitPriceE6: price}}}
	}
	first := period(0, 5)
	first.ValidUntil = &later
	if f := catalogue.CheckPrice("l/s", nil, &event.PricePublished{PriceList: "l", Sku: "s", Currency: "EUR", Periods: []event.PricePeriod{first, period(1, 6)}}); len(f) > 0 {
		t.Errorf("a good price: %+v", f)
	}
	for name, periods := range map[string][]event.PricePeriod{
		"overlapping": {period(0, 5), period(1, 6)}, "below zero": {period(0, -1)}, "without a price": {{ValidFrom: noon}},
		"falling": {{ValidFrom: noon, Breaks: []event.PriceBreak{{MinQty: 5, UnitPriceE6: 1}, {MinQty: 2, UnitPriceE6: 1}}}},
	} {
		if f := catalogue.CheckPrice("l/s", nil, &event.PricePublished{PriceList: "l", Sku: "s", Currency: "EUR", Periods: periods}); len(f) != 1 || !f[0].Fatal {
			t.Errorf("periods %s: %+v", name, f)
		}
	}
	if f := catalogue.CheckCrossref("p/item/x", nil, &event.CrossrefPublished{Partner: "p", Kind: event.CrossrefKindItem, TheirID: "y", OurID: "z"}); len(f) != 1 || f[0].Code != catalogue.WrongKey {
		t.Errorf("a row under another key: %+v", f)
	}
}
