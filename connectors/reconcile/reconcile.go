// Package reconcile compares what partners' books say with ours, so that every
// unit and every penny either agrees or has a difference with a name.
//
// Ours are plain numbers that the caller has summed from our own records.
// Theirs are the books of the sandbox's twins.
package reconcile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/govalues/decimal"
	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/connectors/sandbox"
)

// Sales is what we believe of all orders.
type Sales struct {
	Ordered   int64            // units of goods accepted
	Shipped   int64            // units of goods confirmed
	Cancelled int64            // units of goods that orders ended without
	Invoiced  map[string]int64 // posted invoices by currency, minor units
	Credited  map[string]int64 // approved credits by currency, minor units
}

// Row compares one figure. Difference is theirs less ours; Cause names it, and
// is empty exactly when there is none.
type Row struct {
	Twin       string `json:"twin"`
	What       string `json:"what"`
	Theirs     string `json:"theirs"`
	Ours       string `json:"ours"`
	Difference string `json:"difference"`
	Cause      string `json:"cause,omitempty"`
}

// documents is the figure that shows whether anything was booked twice.
const documents = "documents, and their keys"

// Unexplained is the cause of a difference that nothing accounts for.
const Unexplained = "unexplained"

// Equal says whether nothing differs.
func Equal(rows []Row) bool {
	return !slices.ContainsFunc(rows, func(r Row) bool { return r.Cause != "" })
}

// units compares a figure in units; the causes are those that hold at the time,
// and the first explains a difference.
func units(twin, what string, theirs, ours int64, causes ...string) Row {
	r := Row{Twin: twin, What: what, Theirs: fmt.Sprint(theirs), Ours: fmt.Sprint(ours), Difference: fmt.Sprint(theirs - ours)}
	if theirs != ours {
		r.Cause = first(causes)
	}
	return r
}

func first(causes []string) string {
	for _, c := range causes {
		if c != "" {
			return c
		}
	}
	return Unexplained
}

// when words a cause when there is something of it.
func when(n int64, what string) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d %s", n, what)
}

// onTheWay words what a place has not finished: goods that have not come, and
// orders that have not left.
func onTheWay(theirs sandbox.Books) (arriving, leaving string) {
	working := int64(0)
	for _, step := range []string{"received", "picked", "packed"} {
		working += int64(theirs.Orders[step])
	}
	return when(int64(theirs.Waiting), "advices whose goods have not come"), when(working, "orders that have not left")
}

// OnHand compares what stands at a node, for who knows no more of it.
func OnHand(theirs sandbox.Books, ours int64) []Row {
	arriving, leaving := onTheWay(theirs)
	return []Row{
		units(theirs.Twin, "units on hand", theirs.Total.OnHand, ours, arriving, leaving),
		Documents(theirs),
	}
}

// Documents compares how many documents a node took with how many keys they had. Of
// a supplier that is all: what stands with it is its own.
func Documents(theirs sandbox.Books) Row {
	return units(theirs.Twin, documents, int64(theirs.Documents), int64(theirs.Keys))
}

// Shipped compares what left all nodes together.
func Shipped(theirs []sandbox.Books, ours int64) Row {
	var shipped int64
	var causes []string
	for _, b := range theirs {
		_, leaving := onTheWay(b)
		shipped += b.Total.Shipped
		causes = append(causes, leaving)
	}
	return units("all nodes", "units shipped", shipped, ours, causes...)
}

// ERP compares the books of the system of record.
func ERP(theirs sandbox.ERPBooks, ours Sales) ([]Row, error) {
	open := when(theirs.Units.Open, "units of sales that are open")
	// An amendment is a change of what is sold before nodes are asked and a cancel after
	// it, and the system of record sees no difference; what orders go on without it
	// cancels when they end.
	sold, wanted, late := theirs.Units.Ordered-theirs.Units.Cancelled, ours.Ordered-ours.Cancelled, open
	if sold < wanted || sold-wanted > theirs.Units.Open {
		late = ""
	}
	rows := []Row{
		units(theirs.Twin, "units sold less cancelled", sold, wanted, late),
		units(theirs.Twin, "units shipped", theirs.Units.Shipped, ours.Shipped, open),
		units(theirs.Twin, "net stock", net(theirs), ours.Cancelled-ours.Ordered, open),
		units(theirs.Twin, documents, int64(theirs.Documents), int64(theirs.Keys)),
	}
	for _, currency := range both(theirs.Invoiced, ours.Invoiced) {
		r, err := money(theirs.Twin, "invoiced "+currency, theirs.Invoiced[currency], currency, ours.Invoiced[currency])
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	for _, currency := range both(theirs.Credited, ours.Credited) {
		r, err := money(theirs.Twin, "credited "+currency, theirs.Credited[currency], currency, ours.Credited[currency])
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// Payments is what we believe was done with the money of buyers, by currency, minor
// units.
type Payments map[string]sandbox.BankSums

// Bank compares the books of the payment provider.
func Bank(theirs sandbox.BankBooks, ours Payments) ([]Row, error) {
	rows := []Row{units(theirs.Twin, documents, int64(theirs.Documents), int64(theirs.Keys))}
	for _, currency := range both(theirs.Sums, ours) {
		yours, mine := theirs.Sums[currency], ours[currency]
		for _, c := range []struct {
			what         string
			theirs, ours int64
		}{
			{"authorised", yours.Authorised, mine.Authorised},
			{"voided", yours.Reversed, mine.Reversed},
			{"captured", yours.Captured, mine.Captured},
			{"refunded", yours.Refunded, mine.Refunded},
		} {
			said, err := connector.Decimal(c.theirs, currency)
			if err != nil {
				return nil, fmt.Errorf("reading money of %s: %w", theirs.Twin, err)
			}
			r, err := money(theirs.Twin, c.what+" "+currency, said, currency, c.ours)
			if err != nil {
				return nil, err
			}
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// both lists the keys of two maps in order.
func both[A, B any](a map[string]A, b map[string]B) []string {
	all := make(map[string]bool)
	for key := range a {
		all[key] = true
	}
	for key := range b {
		all[key] = true
	}
	return slices.Sorted(maps.Keys(all))
}

func net(b sandbox.ERPBooks) (units int64) {
	for _, n := range b.Net {
		units += n
	}
	return units
}

// money compares an amount that a twin says as a decimal, nothing for none, with
// ours in minor units.
func money(twin, what, said, code string, ours int64) (Row, error) {
	text, err := connector.Decimal(ours, code)
	if err != nil {
		return Row{}, err
	}
	mine, err := decimal.Parse(text)
	if err != nil {
		return Row{}, fmt.Errorf("reading our money: %w", err)
	}
	none, err := connector.Decimal(0, code)
	if err != nil {
		return Row{}, err
	}
	yours, err := decimal.Parse(cmp.Or(said, none))
	if err != nil {
		return Row{}, fmt.Errorf("reading money of %s: %w", twin, err)
	}
	difference, err := yours.Sub(mine)
	if err != nil {
		return Row{}, fmt.Errorf("comparing money of %s: %w", twin, err)
	}
	r := Row{Twin: twin, What: what, Theirs: yours.String(), Ours: mine.String(), Difference: difference.String()}
	if !difference.IsZero() {
		r.Cause = Unexplained
	}
	return r, nil
}
