package sourcing

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// Bounds of a rule file.
const (
	maxFile    = 1 << 20         // bytes
	maxEntries = 100             // predicates of one kind
	maxNodes   = 5               // nodes that may ship one order
	maxAmount  = 1_000_000_000_0 // minor units of one amount
)

// Rules are what an installation decides about sourcing: amounts, bounds and
// predicates. Parse makes them.
type Rules struct {
	// Version names the rules in every decision that they made.
	Version string `yaml:"version"`
	// Currency is the ISO 4217 code of all costs; a node or lane with costs in
	// another is left out. Empty: the costs of master data do not count.
	Currency string `yaml:"currency"`
	// MaxNodes is how many nodes may ship one order.
	MaxNodes int `yaml:"max_nodes"`
	// MaxNodesOf is the same for a class of customers.
	MaxNodesOf map[string]int `yaml:"max_nodes_of"`
	// SplitAmount is what each parcel after the first costs beside its own
	// costs, in minor units.
	SplitAmount int64 `yaml:"split_amount"`
	// LateAmount is what a late parcel costs, in minor units.
	LateAmount int64 `yaml:"late_amount"`
	// LanesOptional lets a node ship without a lane to the buyer, at no freight,
	// as long as its master data have none at all.
	LanesOptional bool `yaml:"lanes_optional"`
	// Exclude leaves out nodes, or lines at nodes.
	Exclude []Exclusion `yaml:"exclude"`
	// Charges add to the cost of parcels or units; a negative one is a gain.
	Charges []Charge `yaml:"charges"`
}

// Exclusion leaves a node out where a predicate holds.
type Exclusion struct {
	Name string `yaml:"name"`
	// When is about order and node; WhenLine also about a line, and leaves out
	// that line alone. Exactly one is given.
	When     string `yaml:"when"`
	WhenLine string `yaml:"when_line"`

	test *predicate
}

// Charge is a cost of the rules' own.
type Charge struct {
	Name string `yaml:"name"`
	// When is about order and node if Parcel is given, also about the line if
	// Unit is given; empty: always.
	When string `yaml:"when"`
	// Parcel is the cost of one parcel and Unit that of one base unit, in minor
	// units. Exactly one is given.
	Parcel int64 `yaml:"parcel"`
	Unit   int64 `yaml:"unit"`

	test *predicate
}

// file is a rule file: the rules, and the examples that test them.
type file struct {
	Rules    `yaml:",inline"`
	World    world     `yaml:"world"`
	Examples []Example `yaml:"examples"`
}

// Parse reads a rule file with its examples. The error lists every fault.
func Parse(text []byte) (*Rules, []Example, error) {
	if len(text) > maxFile {
		return nil, nil, fmt.Errorf("reading sourcing rules: %d bytes, more than %d", len(text), maxFile)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var f file
	if err := decoder.Decode(&f); err != nil {
		return nil, nil, fmt.Errorf("reading sourcing rules: %w", err)
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, nil, errors.New("reading sourcing rules: more than one document; keep one a file")
	}
	if err := errors.Join(f.check(), f.compile()); err != nil {
		return nil, nil, fmt.Errorf("reading sourcing rules %q: %w", f.Version, err)
	}
	for i := range f.Examples {
		f.Examples[i].world = &f.World
	}
	return &f.Rules, f.Examples, nil
}

// check holds the rules against their bounds.
func (r *Rules) check() error {
	var faults []error
	fault := func(wrong bool, format string, args ...any) {
		if wrong {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	fault(r.Version == "", "version: missing; a decision names the rules that made it")
	fault(r.MaxNodes < 1 || r.MaxNodes > maxNodes, "max_nodes: %d; want 1 to %d", r.MaxNodes, maxNodes)
	for class, n := range r.MaxNodesOf {
		fault(n < 1 || n > maxNodes, "max_nodes_of %s: %d; want 1 to %d", class, n, maxNodes)
	}
	fault(r.SplitAmount < 0 || r.SplitAmount > maxAmount, "split_amount: %d; want 0 to %d minor units", r.SplitAmount, int64(maxAmount))
	fault(r.LateAmount < 0 || r.LateAmount > maxAmount, "late_amount: %d; want 0 to %d minor units", r.LateAmount, int64(maxAmount))
	fault(len(r.Exclude) > maxEntries || len(r.Charges) > maxEntries, "more than %d exclusions or charges", maxEntries)
	names := map[string]bool{freight: true, handling: true, fee: true, dayPlace: true, margin: true, late: true}
	for _, e := range r.Exclude {
		fault(e.Name == "" || (e.When == "") == (e.WhenLine == ""), "exclude %q: want a name, and either when or when_line", e.Name)
	}
	for _, c := range r.Charges {
		fault(c.Name == "" || names[c.Name], "charge %q: want a name that no other cost has", c.Name)
		names[c.Name] = true
		fault((c.Parcel == 0) == (c.Unit == 0), "charge %q: want either parcel or unit", c.Name)
		fault(max(c.Parcel, -c.Parcel, c.Unit, -c.Unit) > maxAmount, "charge %q: more than %d minor units", c.Name, int64(maxAmount))
	}
	return errors.Join(faults...)
}

// compile makes the predicates ready.
func (r *Rules) compile() error {
	var faults []error
	read := func(name, text string, line bool) *predicate {
		p, err := compile(text, line)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", name, err))
		}
		return p
	}
	for i := range r.Exclude {
		e := &r.Exclude[i]
		e.test = read("exclude "+e.Name, e.When+e.WhenLine, e.WhenLine != "")
	}
	for i := range r.Charges {
		c := &r.Charges[i]
		c.test = read("charge "+c.Name, c.When, c.Unit != 0)
	}
	return errors.Join(faults...)
}

// nodesOf is how many nodes may ship an order of the class.
func (r *Rules) nodesOf(class string) int {
	if n, ok := r.MaxNodesOf[class]; ok {
		return n
	}
	return r.MaxNodes
}
