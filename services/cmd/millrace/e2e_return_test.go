//go:build unix

package main_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/millrace/millrace/services/returns/returnshttp"
)

// returned says what became of the lines that came back.
func (c client) returned(t *testing.T) returnshttp.Lines {
	t.Helper()
	return read[returnshttp.Summary](t, c, "/v1/returns/summary").Lines
}

// values reads all that a topic holds as values.
func values[V any](t *testing.T, at client, topic string) []V {
	t.Helper()
	var all []V
	for _, r := range at.records(t, topic) {
		text, err := json.Marshal(r.Value)
		if err != nil {
			t.Fatal(err)
		}
		var v V
		if err := json.Unmarshal(text, &v); err != nil {
			t.Fatalf("reading %s: %v", topic, err)
		}
		all = append(all, v)
	}
	return all
}

// slip is an order, a shipment or a return as its topic has it.
type slip struct {
	OrderID  string `json:"order_id"`
	ReturnID string `json:"return_id"`
	Customer struct {
		PartyID string `json:"party_id"`
	} `json:"customer"`
	OrderedAt   time.Time `json:"ordered_at"`
	RequestedAt time.Time `json:"requested_at"`
	Lines       []struct {
		LineID string `json:"line_id"`
		SKU    string `json:"sku"`
		Kind   string `json:"kind"`
		Qty    int64  `json:"qty"`
		Price  int64  `json:"unit_price_e6"`
	} `json:"lines"`
}

// lookedUp works out from the topics alone what the lines that came back were
// sold with: unit by unit, each with the newest unit of its customer, item and
// price that had left by an order placed before, the earlier return first.
func lookedUp(t *testing.T, at client) (sum returnshttp.Lines) {
	t.Helper()
	left := make(map[string]int64) // by order and line
	for _, s := range values[slip](t, at, "shipment.confirmed.v1") {
		for _, l := range s.Lines {
			left[s.OrderID+" "+l.LineID] += l.Qty
		}
	}
	type sold struct {
		at    time.Time
		units int64
	}
	bought := make(map[string][]*sold) // by customer, item and price
	kind := func(who, sku string, price int64) string { return fmt.Sprint(who, "\x00", sku, "\x00", price) }
	for _, o := range values[slip](t, at, "order.accepted.v1") {
		for _, l := range o.Lines {
			if units := left[o.OrderID+" "+l.LineID]; units > 0 && o.Customer.PartyID != "guest" {
				key := kind(o.Customer.PartyID, l.SKU, l.Price)
				bought[key] = append(bought[key], &sold{o.OrderedAt, units})
			}
		}
	}
	for _, all := range bought {
		slices.SortFunc(all, func(a, b *sold) int { return b.at.Compare(a.at) })
	}
	back := values[slip](t, at, "return.requested.v1")
	slices.SortFunc(back, func(a, b slip) int {
		return cmp.Or(a.RequestedAt.Compare(b.RequestedAt), cmp.Compare(a.ReturnID, b.ReturnID))
	})
	for _, r := range back {
		for _, l := range r.Lines {
			if l.Kind != "goods" {
				sum.Charges++
				continue
			}
			sum.Goods++
			rest, known := l.Qty, false
			for _, s := range bought[kind(r.Customer.PartyID, l.SKU, l.Price)] {
				if s.at.After(r.RequestedAt) {
					continue
				}
				known = true
				units := min(rest, s.units)
				s.units -= units
				rest -= units
			}
			switch {
			case rest == 0:
				sum.Matched++
			case known:
				sum.Over++
			default:
				sum.Unmatched++
			}
		}
	}
	return sum
}
