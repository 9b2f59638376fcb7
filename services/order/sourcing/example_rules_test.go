package sourcing

import (
	"os"
	"strings"
	"testing"
)

func TestExamplesHold(t *testing.T) {
	for _, name := range []string{"testdata/rules.yaml", "default.yaml"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		rules, examples, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if len(examples) == 0 {
			t.Fatalf("%s has no examples", name)
		}
		for _, e := range examples {
			t.Run(e.Name, func(t *testing.T) {
				choice, faults, err := e.Run(rules)
				if err != nil {
					t.Fatal(err)
				}
				for _, fault := range faults {
					t.Errorf("%s\n%+v", fault, choice.Record)
				}
			})
		}
	}
}

func TestFaultsOfARuleFileAreNamed(t *testing.T) {
	const head = "version: v\nmax_nodes: 2\n"
	for name, c := range map[string]struct{ text, want string }{
		"no version":        {"max_nodes: 2", "version: missing"},
		"unknown field":     {head + "splits: 3", "splits"},
		"too many nodes":    {"version: v\nmax_nodes: 6", "max_nodes: 6"},
		"no predicate":      {head + "exclude: [{name: x}]", "either when or when_line"},
		"syntax":            {head + `exclude: [{name: x, when: "node.id =="}]`, "exclude x"},
		"unknown variable":  {head + `exclude: [{name: x, when: "node.colour == 'red'"}]`, "undeclared"},
		"line without line": {head + `exclude: [{name: x, when: "line.qty > 3"}]`, "undeclared"},
		"no condition":      {head + `exclude: [{name: x, when: "node.rank + 1"}]`, "want a condition"},
		"two amounts":       {head + "charges: [{name: x, unit: 1, parcel: 1}]", "either parcel or unit"},
		"a taken name":      {head + "charges: [{name: freight, unit: 1}]", "no other cost"},
		"huge":              {strings.Repeat("#", maxFile+1), "more than"},
		"two documents":     {head + "---\nversion: w", "more than one document"},
	} {
		if _, _, err := Parse([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestExampleTellsWhatDiffers(t *testing.T) {
	text := `version: v
max_nodes: 1
lanes_optional: true
world: {nodes: [{node: north}]}
examples: [{name: wrong, at: 2026-01-05T09:00:00Z, order: {lines: [{sku: a, qty: 1}]}, stock: {a: {north: 1}},
  want: {parcels: {north: 2}, amount: 7, nodes: {north: dearer, south: chosen}}}]`
	rules, examples, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	_, faults, err := examples[0].Run(rules)
	if err != nil || len(faults) != 4 {
		t.Errorf("%d faults of 4, %v: %q", len(faults), err, faults)
	}
}
