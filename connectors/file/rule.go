package file

import (
	"path"
	"strings"

	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/schemas/event"
)

// Class is what a row is.
type Class string

// The classes, as rules name them.
const (
	Order      Class = "order"
	Return     Class = "return"
	Adjustment Class = "adjustment"
	Refused    Class = "refused"
)

// Reasons of refusals that no rule states.
const (
	Malformed   = "MALFORMED"    // a cell cannot be read
	Scattered   = "SCATTERED"    // its document was closed long before
	Unmapped    = "MAPPING"      // the mapping failed on its document
	TooLong     = "TOO_LONG"     // its document has too many rows
	OutOfBounds = "OUT_OF_RANGE" // an amount or quantity no order can hold
)

// judge says what rows are, by a partner's rules.
type judge struct {
	file    *partner.File
	scale   map[string]int64 // by field: how much one whole unit is
	charges map[string]bool  // decided before
}

func newJudge(f *partner.File) *judge {
	j := &judge{file: f, scale: make(map[string]int64), charges: make(map[string]bool)}
	for _, in := range f.Inputs {
		for name, c := range in.Columns {
			if c.Type == "decimal" {
				j.scale[name] = 1_000_000
			}
		}
	}
	return j
}

// of returns the class of a row and, for a refusal or an adjustment, why.
func (j *judge) of(row Row) (Class, string) {
	if row.Fault != nil {
		return Refused, Malformed
	}
	for _, rule := range j.file.Rules {
		if j.holds(rule, row) {
			return Class(rule.As), rule.Reason
		}
	}
	return Refused, Malformed // the last rule holds always, as lint wants it
}

func (j *judge) holds(rule partner.Rule, row Row) bool {
	for field, test := range rule.When {
		if test.Prefix != "" && !strings.HasPrefix(row.Text(field), test.Prefix) {
			return false
		}
		n, scale := row.Int(field), max(1, j.scale[field])
		if test.Below != nil && n >= *test.Below*scale || test.Above != nil && n <= *test.Above*scale || test.Equals != nil && n != *test.Equals*scale {
			return false
		}
	}
	return true
}

// kind says whether a sku is goods or money only.
func (j *judge) kind(sku string) event.LineKind {
	charge, known := j.charges[sku]
	if !known {
		for _, pattern := range j.file.Charges {
			if ok, err := path.Match(pattern, sku); err == nil && ok {
				charge = true
			}
		}
		if len(j.charges) < maxSKUs {
			j.charges[sku] = charge
		}
	}
	if charge {
		return event.LineKindCharge
	}
	return event.LineKindGoods
}
