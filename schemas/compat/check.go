package compat

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/topic"
)

// Problem is one way in which a schema breaks a rule.
type Problem struct {
	Where string // file and element, or subject and version
	What  string // what is wrong and what to do
}

// String returns the problem on one line.
func (p Problem) String() string { return p.Where + ": " + p.What }

// Check returns what forbids next to follow the older versions, oldest first,
// at the given level; nothing when it may. Beyond the wire format it wants that
// logical types, pii tags and enum defaults never change, because each changes
// what stored data mean. The error says that next is no valid schema.
func Check(level Level, next []byte, older ...[]byte) ([]Problem, error) {
	if err := codec.Parse(next); err != nil {
		return nil, fmt.Errorf("parsing schema: %w", err)
	}
	if level == None {
		return nil, nil
	}
	first := 0
	if !level.transitive() {
		first = max(0, len(older)-1)
	}
	var problems []Problem
	for i := first; i < len(older); i++ {
		where := fmt.Sprintf("version %d", i+1)
		add := func(what string) { problems = append(problems, Problem{where, what}) }
		if level.backward() {
			if err := codec.CanRead(next, older[i]); err != nil {
				add(fmt.Sprintf("the new schema cannot read it (give a new field a default, or make a new major version of the topic): %v", err))
			}
		}
		if level.forward() {
			if err := codec.CanRead(older[i], next); err != nil {
				add(fmt.Sprintf("it cannot read the new schema (remove only fields with a default, or make a new major version of the topic): %v", err))
			}
		}
		for _, what := range changed(older[i], next) {
			add(what)
		}
	}
	return problems, nil
}

// Versions gives the registered versions of subjects, for example a registry.
type Versions interface {
	// Versions returns the schemas of subject, oldest first; none when the
	// subject is unknown.
	Versions(ctx context.Context, subject string) ([][]byte, error)
}

// Against checks every topic's schema file against the versions that a registry
// holds, each at the level of its subject.
func Against(ctx context.Context, registered Versions) ([]Problem, error) {
	var problems []Problem
	for _, d := range topic.All() {
		next, err := d.Schema()
		if err != nil {
			return nil, err
		}
		older, err := registered.Versions(ctx, d.Subject())
		if err != nil {
			return nil, fmt.Errorf("listing versions of %s: %w", d.Subject(), err)
		}
		found, err := Check(LevelOf(d.Subject()), next, older...)
		if err != nil {
			return nil, fmt.Errorf("checking %s: %w", d.File(), err)
		}
		for _, p := range found {
			problems = append(problems, Problem{d.Subject() + " " + p.Where, p.What})
		}
	}
	return problems, nil
}

// changed names every lasting trait that differs between two schemas.
func changed(before, after []byte) []string {
	old, now := traits(before), traits(after)
	var what []string
	for _, trait := range slices.SortedFunc(maps.Keys(old), cmp.Compare[string]) {
		if value, ok := now[trait]; ok && value != old[trait] {
			what = append(what, fmt.Sprintf("%s was %s and is %s: it must never change", trait, old[trait], value))
		}
	}
	return what
}

// traits returns what must never change: the pii tag of each field and the
// default of each enum. A schema that is no JSON has none.
func traits(schema []byte) map[string]string {
	found := map[string]string{}
	var root any
	if json.Unmarshal(schema, &root) != nil {
		return found
	}
	walk("", root, func(e element) {
		switch e.kind {
		case "field":
			found["pii of "+e.path] = fmt.Sprint(e.object["pii"] == true)
		case "enum":
			found["default of enum "+e.name()] = fmt.Sprint(e.object["default"])
		}
	})
	return found
}
