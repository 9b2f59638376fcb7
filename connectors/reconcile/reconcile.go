// Package reconcile compares what partners' books say with ours, so that every
// unit and every penny either agrees or has a difference with a name.
//
// Ours are plain numbers that the caller has summed from our own records.
// Theirs are the books of the sandbox's twins.
package reconcile

import (
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
		units(theirs.Twin, "documents, and their keys", int64(theirs.Documents), int64(theirs.Keys)),
	}
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
	rows := []Row{
		units(theirs.Twin, "units sold", theirs.Units.Ordered, ours.Ordered),
		units(theirs.Twin, "units shipped", theirs.Units.Shipped, ours.Shipped, open),
		units(theirs.Twin, "units cancelled", theirs.Units.Cancelled, ours.Cancelled, open),
		units(theirs.Twin, "net stock", net(theirs), ours.Cancelled-ours.Ordered, open),
		units(theirs.Twin, "documents, and their keys", int64(theirs.Documents), int64(theirs.Keys)),
	}
	all := make(map[string]bool)
	for currency := range theirs.Invoiced {
		all[currency] = true
	}
	for currency := range ours.Invoiced {
		all[currency] = true
	}
	for _, currency := range slices.Sorted(maps.Keys(all)) {
		r, err := money(theirs, currency, ours.Invoiced[currency])
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

func net(b sandbox.ERPBooks) (units int64) {
	for _, n := range b.Net {
		units += n
	}
	return units
}

// money compares invoiced money as decimals.
func money(theirs sandbox.ERPBooks, currency string, ours int64) (Row, error) {
	text, err := connector.Decimal(ours, currency)
	if err != nil {
		return Row{}, err
	}
	mine, err := decimal.Parse(text)
	if err != nil {
		return Row{}, fmt.Errorf("reading our money: %w", err)
	}
	said := theirs.Invoiced[currency]
	if said == "" {
		said = "0"
	}
	yours, err := decimal.Parse(said)
	if err != nil {
		return Row{}, fmt.Errorf("reading money of %s: %w", theirs.Twin, err)
	}
	difference, err := yours.Sub(mine)
	if err != nil {
		return Row{}, fmt.Errorf("comparing money of %s: %w", theirs.Twin, err)
	}
	r := Row{Twin: theirs.Twin, What: "invoiced " + currency, Theirs: yours.String(), Ours: mine.String(), Difference: difference.String()}
	if !difference.IsZero() {
		r.Cause = Unexplained
	}
	return r, nil
}
