package stock

import (
	"cmp"
	"fmt"
	"strings"
)

// Report renders the transition table, and which input each state refuses, as
// the Markdown of machine.md.
func Report() string {
	var b strings.Builder
	b.WriteString("# A reservation of stock\n\nGenerated from machine.go by go generate; do not edit.\n\n")
	b.WriteString("| from | input | guard | to | effect | why |\n|---|---|---|---|---|---|\n")
	for _, r := range Table {
		guard := "-"
		if r.If != nil {
			guard = r.If.Name
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", name(r.From), r.On, guard, r.To, r.Effect.Name, r.Why)
	}
	b.WriteString("\nOpen units count at their node as waiting, tentative, held, committed or at the node, by the state; reserved = tentative + held + committed + at node. What is set aside for backorders is counted apart.\n")
	b.WriteString("\n## Who answers what\n\n| state |")
	for _, in := range Inputs {
		fmt.Fprintf(&b, " %s |", in)
	}
	b.WriteString("\n|---" + strings.Repeat("|---", len(Inputs)) + "|\n")
	for _, s := range States {
		fmt.Fprintf(&b, "| %s |", name(s))
		for _, in := range Inputs {
			fmt.Fprintf(&b, " %s |", handled(s, in))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// handled says in a word what a state does with an input.
func handled(s State, in Input) string {
	for _, r := range Table {
		if r.From == s && r.On == in {
			if r.If == nil || r.If == leavesSome {
				return "handled"
			}
			return "if " + r.If.Name
		}
	}
	return "refused"
}

func name(s State) string { return string(cmp.Or(s, "absent")) }
