package returns

import (
	"fmt"
	"slices"
	"strings"
)

// Report renders the transition table, and which state can become which, as the
// Markdown of machine.md.
func Report() string {
	var b strings.Builder
	b.WriteString("# The states of a return\n\nGenerated from machine.go by go generate; do not edit.\n\n")
	b.WriteString("Rules are tried from above until none fires.\n\n| from | if | to | why |\n|---|---|---|---|\n")
	for _, r := range Table {
		from := make([]string, len(r.From))
		for n, s := range r.From {
			from[n] = string(s)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", strings.Join(from, ", "), r.If, r.To, r.Why)
	}
	b.WriteString("\n`x` can happen, `-` cannot.\n\n| from, to |")
	for _, to := range States {
		fmt.Fprintf(&b, " %s |", to)
	}
	b.WriteString("\n|---" + strings.Repeat("|---", len(States)) + "|\n")
	for _, from := range States {
		fmt.Fprintf(&b, "| %s |", from)
		for _, to := range States {
			mark := "-"
			if slices.ContainsFunc(Table, func(r Rule) bool { return r.To == to && slices.Contains(r.From, from) }) {
				mark = "x"
			}
			fmt.Fprintf(&b, " %s |", mark)
		}
		b.WriteString("\n")
	}
	return b.String()
}
