package order

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

func TestTokensOfOthersAreRefused(t *testing.T) {
	now := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	key := QuoteKey("a key of the installation, long enough")
	q := &Quote{Channel: "shop", Goods: "g", ArrivesBy: now.Add(48 * time.Hour), ExpiresAt: now.Add(QuoteLife)}
	token := key.Token(q)
	if got, err := key.Open(token, now); err != nil || *got != *q {
		t.Fatalf("%+v, %v", got, err)
	}
	if got, err := key.Open(token, now.Add(QuoteLife+time.Second)); !errors.Is(err, ErrQuoteExpired) || got == nil {
		t.Errorf("after its life: %+v, %v", got, err)
	}
	if _, err := QuoteKey("another key").Open(token, now); !errors.Is(err, ErrQuoteForged) {
		t.Errorf("by another key: %v", err)
	}
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(0, len(token)-1).Draw(t, "at")
		by := rapid.SampledFrom(strings.Split("ABCxyz019-_.", "")).Draw(t, "by")
		other := token[:at] + by + token[at+1:]
		if got, err := key.Open(other, now); other != token && !errors.Is(err, ErrQuoteForged) && *got != *q {
			t.Fatalf("%s was taken: %+v, %v", other, got, err)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		if _, err := key.Open(rapid.String().Draw(t, "token"), now); !errors.Is(err, ErrQuoteForged) {
			t.Fatal(err)
		}
	})
}

func TestGoodsAreTheSameHoweverLinesAreCut(t *testing.T) {
	to := event.PartyRef{Country: "DE"}
	goods := func(sku string, qty int64) event.OrderLine {
		return event.OrderLine{Sku: sku, Qty: qty, Kind: event.LineKindGoods}
	}
	one := GoodsHash(to, false, []event.OrderLine{goods("a", 2), goods("b", 1), {Sku: "POST", Qty: 1, Kind: event.LineKindCharge}})
	if two := GoodsHash(to, false, []event.OrderLine{goods("b", 1), goods("a", 1), goods("a", 1)}); one != two {
		t.Error("the same goods in other lines are others")
	}
	for name, other := range map[string]string{
		"fewer": GoodsHash(to, false, []event.OrderLine{goods("a", 1), goods("b", 1)}), "whole": GoodsHash(to, true, []event.OrderLine{goods("a", 2), goods("b", 1)}),
		"elsewhere": GoodsHash(event.PartyRef{Country: "FR"}, false, []event.OrderLine{goods("a", 2), goods("b", 1)}),
	} {
		if one == other {
			t.Errorf("%s is the same", name)
		}
	}
}

// TestPromisesKeepToWhatIsThere: each line's parts and shortage add up to it, no
// node gives more than it has, and what is promised whole an order gets.
func TestPromisesKeepToWhatIsThere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o, items := drawItems(t)
		known, lines := map[string]*Position{}, []event.OrderLine(nil)
		for _, i := range items {
			known[i.Sku] = &Position{Available: i.Available, Version: 7}
			for rest := LackingOf(i); rest > 0; {
				qty := rapid.Int64Range(1, rest).Draw(t, "line")
				lines = append(lines, event.OrderLine{LineID: string(rune('0' + len(lines))), Sku: i.Sku, Kind: event.LineKindGoods, Qty: qty})
				rest -= qty
			}
		}
		p := PromiseOf(o, lines, market(known))
		given := map[string]int64{}
		complete := true
		for n, l := range p.Lines {
			sum := l.Short
			complete = complete && l.Short == 0
			for _, part := range l.Parts {
				sum += part.Qty
				given[l.Line.Sku+" "+part.Node] += part.Qty
			}
			if sum != lines[n].Qty || l.Line.LineID != lines[n].LineID || l.Version != 7 {
				t.Fatalf("line %+v is promised %+v", lines[n], l)
			}
		}
		for sku, position := range known {
			for _, node := range testNodes {
				if given[sku+" "+node] > at(position.Available, node) {
					t.Fatalf("%d of %s are promised from %s: %+v", given[sku+" "+node], sku, node, position)
				}
			}
		}
		if complete != p.Complete || o.ShipComplete && !complete && len(given) > 0 {
			t.Fatalf("whole %t: %+v", o.ShipComplete, p)
		}
	})
}
