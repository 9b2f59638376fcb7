package order

import (
	"fmt"
	"strings"
)

// Report describes the machine in Markdown, from the table: every transition,
// and for each phase what it handles and what changes nothing.
func Report() string {
	var b strings.Builder
	b.WriteString("# The order machine\n\nGenerated from machine.go by go generate; do not edit.\n\n")
	b.WriteString("| phase | input | if | then | does | why |\n|---|---|---|---|---|---|\n")
	for _, t := range Table {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", named(t.From), t.On, guardName(t.If), target(t), effectNames(t.Effects), t.Why)
	}
	b.WriteString("\n## Handled and refused\n\n`x` has a line of its own, `a` is decided by a line for any phase, `-` changes nothing.\n\n| phase |")
	for _, in := range Inputs {
		fmt.Fprintf(&b, " %s |", in)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(Inputs)) + "\n")
	for _, p := range Phases {
		fmt.Fprintf(&b, "| %s |", p)
		for _, in := range Inputs {
			fmt.Fprintf(&b, " %s |", handled(p, in))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// handled says how the table decides a pair.
func handled(p Phase, in Input) string {
	mark := "-"
	for _, t := range Table {
		switch {
		case t.On != in:
		case t.From == p:
			return "x"
		case t.From == anyPhase:
			mark = "a"
		}
	}
	return mark
}

func named(p Phase) string {
	if p == anyPhase {
		return "any"
	}
	return string(p)
}

func target(t Transition) string {
	switch {
	case t.To == same:
		return "the same"
	case t.Goal != "":
		return fmt.Sprintf("%s (then %s)", t.To, t.Goal)
	}
	return string(t.To)
}

func guardName(g *Guard) string {
	if g == nil {
		return ""
	}
	return g.Name
}

func effectNames(effects []Effect) string {
	names := make([]string, len(effects))
	for i, e := range effects {
		names[i] = string(e)
	}
	return strings.Join(names, ", ")
}
