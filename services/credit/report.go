package credit

import (
	"fmt"
	"slices"
	"strings"
)

// Report renders the transition table, and which input each state handles, as
// the Markdown of machine.md.
func Report() string {
	var b strings.Builder
	b.WriteString("# The credit of an order\n\nGenerated from machine.go by go generate; do not edit.\n\n")
	b.WriteString("| from | input | if | to | why |\n|---|---|---|---|---|\n")
	for _, r := range Table {
		guard := ""
		if r.Fits {
			guard = "it fits under the limit"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", r.From, r.On, guard, r.To, r.Why)
	}
	b.WriteString("\n`x` is handled, `-` changes nothing.\n\n| state |")
	for _, in := range Inputs {
		fmt.Fprintf(&b, " %s |", in)
	}
	b.WriteString("\n|---" + strings.Repeat("|---", len(Inputs)) + "|\n")
	for _, s := range States {
		fmt.Fprintf(&b, "| %s |", s)
		for _, in := range Inputs {
			mark := "-"
			if slices.ContainsFunc(Table, func(r Rule) bool { return r.From == s && r.On == in }) {
				mark = "x"
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteString("\n")
	}
	return b.String()
}
