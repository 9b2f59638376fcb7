package httpd

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
)

func (d *decoding) assignString(n *node, v reflect.Value, at string) {
	if v.Type() == reflect.TypeFor[json.Number]() {
		if d.expect(n, kindNumber, "number", at) {
			v.SetString(n.text)
		}
		return
	}
	if d.expect(n, kindString, "string", at) {
		v.SetString(n.text)
	}
}

func (d *decoding) assignInt(n *node, v reflect.Value, at string) {
	if !d.expectInteger(n, at) {
		return
	}
	value, err := strconv.ParseInt(n.text, 10, v.Type().Bits())
	if err != nil {
		d.outOfRange(n, v.Type(), at)
		return
	}
	v.SetInt(value)
}

func (d *decoding) assignUint(n *node, v reflect.Value, at string) {
	if !d.expectInteger(n, at) {
		return
	}
	value, err := strconv.ParseUint(n.text, 10, v.Type().Bits())
	if err != nil {
		d.outOfRange(n, v.Type(), at)
		return
	}
	v.SetUint(value)
}

func (d *decoding) assignFloat(n *node, v reflect.Value, at string) {
	if !d.expect(n, kindNumber, "number", at) {
		return
	}
	value, err := strconv.ParseFloat(n.text, v.Type().Bits())
	if errors.Is(err, strconv.ErrRange) {
		d.outOfRange(n, v.Type(), at)
		return
	}
	v.SetFloat(value)
}

// expectInteger refuses fractions and exponents: 1e3 and 1.0 may be whole, but
// who writes them computes in floating point and will be wrong one day.
func (d *decoding) expectInteger(n *node, at string) bool {
	if !d.expect(n, kindNumber, "integer", at) {
		return false
	}
	if strings.ContainsAny(n.text, ".eE") {
		d.report(at, CodeType, "want integer, got number %s", shortened(n.text))
		return false
	}
	return true
}

func (d *decoding) outOfRange(n *node, t reflect.Type, at string) {
	d.report(at, CodeRange, "%s does not fit %s", shortened(n.text), t.Kind())
}

// shortened keeps what a client sent from flooding an answer or a log.
func shortened(text string) string {
	const most = 40
	if len(text) <= most {
		return text
	}
	return text[:most] + "..."
}

// wanted names the JSON type that fits a Go type.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Struct:
		return string(kindObject)
	case reflect.String:
		return string(kindString)
	case reflect.Bool:
		return string(kindBool)
	case reflect.Float32, reflect.Float64:
		return string(kindNumber)
	default:
		return "integer"
	}
}
