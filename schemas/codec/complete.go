package codec

import (
	"fmt"
	"math"
	"reflect"

	hamba "github.com/hamba/avro/v2"
)

// complete makes a value fit for hamba, which refuses an empty enum and cuts an
// int to 32 bits without a word: it sets empty enums to their default and
// refuses ints that do not fit. It is built once per type; nil has nothing to do.
type complete func(v reflect.Value) error

// completion returns what completes values of typ, written with schema. A type
// that does not fit the schema is left to the encoder to refuse.
func completion(schema hamba.Schema, typ reflect.Type) complete {
	switch s := schema.(type) {
	case *hamba.RefSchema:
		return completion(s.Schema(), typ)
	case *hamba.EnumSchema:
		if typ.Kind() == reflect.String {
			return enumDefault(s.Default())
		}
	case *hamba.PrimitiveSchema:
		if s.Type() == hamba.Int && typ.Kind() == reflect.Int {
			return int32Range
		}
	case *hamba.ArraySchema:
		if typ.Kind() == reflect.Slice {
			return each(completion(s.Items(), typ.Elem()))
		}
	case *hamba.UnionSchema:
		if typ.Kind() == reflect.Pointer && s.Nullable() {
			_, value := s.Indices()
			return pointee(completion(s.Types()[value], typ.Elem()))
		}
	case *hamba.RecordSchema:
		if typ.Kind() == reflect.Struct {
			return fields(s, typ)
		}
	}
	return nil
}

// enumDefault sets an empty enum to symbol.
func enumDefault(symbol string) complete {
	return func(v reflect.Value) error {
		if v.Len() == 0 {
			v.SetString(symbol)
		}
		return nil
	}
}

// int32Range refuses an int that Avro's int cannot hold.
func int32Range(v reflect.Value) error {
	if n := v.Int(); n < math.MinInt32 || n > math.MaxInt32 {
		return fmt.Errorf("%d does not fit 32 bits", n)
	}
	return nil
}

// each completes every element of a slice.
func each(element complete) complete {
	if element == nil {
		return nil
	}
	return func(v reflect.Value) error {
		for i := range v.Len() {
			if err := element(v.Index(i)); err != nil {
				return fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return nil
	}
}

// pointee completes what a pointer points to.
func pointee(value complete) complete {
	if value == nil {
		return nil
	}
	return func(v reflect.Value) error {
		if v.IsNil() {
			return nil
		}
		return value(v.Elem())
	}
}

// fields completes the fields of a record that need it, found by their tag.
func fields(schema *hamba.RecordSchema, typ reflect.Type) complete {
	type field struct {
		index    int
		name     string
		complete complete
	}
	types := map[string]hamba.Schema{}
	for _, f := range schema.Fields() {
		types[f.Name()] = f.Type()
	}
	var todo []field
	for i := range typ.NumField() {
		name := typ.Field(i).Tag.Get("avro")
		if t, ok := types[name]; ok {
			if c := completion(t, typ.Field(i).Type); c != nil {
				todo = append(todo, field{i, name, c})
			}
		}
	}
	if todo == nil {
		return nil
	}
	return func(v reflect.Value) error {
		for _, f := range todo {
			if err := f.complete(v.Field(f.index)); err != nil {
				return fmt.Errorf("%s: %w", f.name, err)
			}
		}
		return nil
	}
}
