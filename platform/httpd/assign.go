package httpd

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// assign puts n into v and reports what does not fit, each violation with the
// pointer of its value.
func (d *decoding) assign(n *node, v reflect.Value, at string) {
	if v.Kind() == reflect.Pointer {
		d.assignPointer(n, v, at)
		return
	}
	if d.assignCustom(n, v, at) {
		return
	}
	if n.kind == kindNull {
		d.assignNull(v, at)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.assignStruct(n, v, at)
	case reflect.Map:
		d.assignMap(n, v, at)
	case reflect.Slice:
		d.assignSlice(n, v, at)
	case reflect.Interface:
		d.assignAny(n, v, at)
	case reflect.String:
		d.assignString(n, v, at)
	case reflect.Bool:
		if d.expect(n, kindBool, "boolean", at) {
			v.SetBool(n.truth)
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		d.assignInt(n, v, at)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		d.assignUint(n, v, at)
	case reflect.Float32, reflect.Float64:
		d.assignFloat(n, v, at)
	default:
		panic("httpd.Decode cannot fill a " + v.Type().String())
	}
}

func (d *decoding) assignPointer(n *node, v reflect.Value, at string) {
	if n.kind == kindNull {
		v.SetZero()
		return
	}
	fresh := reflect.New(v.Type().Elem())
	d.assign(n, fresh.Elem(), at)
	v.Set(fresh)
}

// assignCustom uses a type's own way to read JSON or text, such as
// time.Time, and reports whether there was one.
func (d *decoding) assignCustom(n *node, v reflect.Value, at string) bool {
	if !v.CanAddr() || v.Type() == reflect.TypeFor[json.Number]() {
		return false
	}
	own := v.Addr().Interface()
	if text, ok := own.(encoding.TextUnmarshaler); ok {
		if d.expect(n, kindString, "string", at) {
			if err := text.UnmarshalText([]byte(n.text)); err != nil {
				d.report(at, CodeFormat, "%s", err)
			}
		}
		return true
	}
	if raw, ok := own.(json.Unmarshaler); ok {
		if err := raw.UnmarshalJSON(n.raw); err != nil {
			d.report(at, CodeFormat, "%s", err)
		}
		return true
	}
	return false
}

func (d *decoding) assignNull(v reflect.Value, at string) {
	switch v.Kind() {
	case reflect.Map, reflect.Slice, reflect.Interface:
		v.SetZero()
	default:
		d.report(at, CodeType, "want %s, got null", wanted(v.Type()))
	}
}

func (d *decoding) assignStruct(n *node, v reflect.Value, at string) {
	if !d.expect(n, kindObject, "object", at) {
		return
	}
	fields := fieldsOf(v.Type())
	for _, m := range n.members {
		child := pointerTo(at, m.name)
		index, known := fields[m.name]
		if !known {
			d.report(child, CodeUnknown, "There is no field %q here.", m.name)
			continue
		}
		d.assign(m.value, v.FieldByIndex(index), child)
	}
}

func (d *decoding) assignMap(n *node, v reflect.Value, at string) {
	if v.Type().Key().Kind() != reflect.String {
		panic("httpd.Decode fills only maps with string keys, not " + v.Type().String())
	}
	if !d.expect(n, kindObject, "object", at) {
		return
	}
	filled := reflect.MakeMapWithSize(v.Type(), len(n.members))
	for _, m := range n.members {
		value := reflect.New(v.Type().Elem()).Elem()
		d.assign(m.value, value, pointerTo(at, m.name))
		filled.SetMapIndex(reflect.ValueOf(m.name).Convert(v.Type().Key()), value)
	}
	v.Set(filled)
}

func (d *decoding) assignSlice(n *node, v reflect.Value, at string) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		d.assignBytes(n, v, at)
		return
	}
	if !d.expect(n, kindArray, "array", at) {
		return
	}
	filled := reflect.MakeSlice(v.Type(), len(n.items), len(n.items))
	for i, item := range n.items {
		d.assign(item, filled.Index(i), pointerTo(at, strconv.Itoa(i)))
	}
	v.Set(filled)
}

// assignBytes takes base64, as encoding/json writes bytes.
func (d *decoding) assignBytes(n *node, v reflect.Value, at string) {
	if !d.expect(n, kindString, "base64 string", at) {
		return
	}
	if err := json.Unmarshal(n.raw, v.Addr().Interface()); err != nil {
		d.report(at, CodeFormat, "want base64: %s", err)
	}
}

// assignAny keeps numbers as json.Number, so that no digit is lost later.
func (d *decoding) assignAny(n *node, v reflect.Value, at string) {
	if v.NumMethod() > 0 {
		panic("httpd.Decode cannot choose a type for " + v.Type().String())
	}
	v.Set(reflect.ValueOf(n.generic()))
}

func (n *node) generic() any {
	switch n.kind {
	case kindBool:
		return n.truth
	case kindNumber:
		return json.Number(n.text)
	case kindString:
		return n.text
	case kindArray:
		items := make([]any, len(n.items))
		for i, item := range n.items {
			items[i] = item.generic()
		}
		return items
	case kindObject:
		object := make(map[string]any, len(n.members))
		for _, m := range n.members {
			object[m.name] = m.value.generic()
		}
		return object
	default:
		return nil
	}
}

// expect reports whether n has the kind, and the violation if not.
func (d *decoding) expect(n *node, k kind, want, at string) bool {
	if n.kind != k {
		d.report(at, CodeType, "want %s, got %s", want, n.kind)
		return false
	}
	return true
}

// knownFields keeps what readFields says of each type: the types are few, and
// reading their tags costs microseconds for each object of each request.
var knownFields sync.Map // reflect.Type to map[string][]int, never written again

// fieldsOf maps the JSON names of a struct to its fields.
func fieldsOf(t reflect.Type) map[string][]int {
	if known, ok := knownFields.Load(t); ok {
		return known.(map[string][]int)
	}
	fields, _ := knownFields.LoadOrStore(t, readFields(t))
	return fields.(map[string][]int)
}

// readFields maps JSON names to fields; embedded structs without a tag give their
// fields to the outer one, the outer name wins.
func readFields(t reflect.Type) map[string][]int {
	fields := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || f.Tag.Get("json") == "-" || (f.Anonymous && name == "" && f.Type.Kind() == reflect.Struct) {
			continue
		}
		if name == "" {
			name = f.Name
		}
		if known, taken := fields[name]; !taken || len(f.Index) < len(known) {
			fields[name] = f.Index
		}
	}
	return fields
}
