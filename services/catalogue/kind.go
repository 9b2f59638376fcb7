package catalogue

import (
	"reflect"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// Finding is one thing that is wrong or odd in a submitted row.
type Finding = event.CatalogFinding

// own are the fields that the catalogue writes itself.
var own = []string{"version", "changed", "published_at"}

// Diff returns the names of the fields in which two rows of one type differ, as
// their contract names and orders them. What the catalogue writes itself does not
// count.
func Diff[V any](before, after *V) (fields []string) {
	a, b := reflect.ValueOf(before).Elem(), reflect.ValueOf(after).Elem()
	for i := range a.NumField() {
		name := a.Type().Field(i).Tag.Get("avro")
		if !slices.Contains(own, name) && !same(a.Field(i), b.Field(i)) {
			fields = append(fields, name)
		}
	}
	return fields
}

// same compares values; an absent list is an empty one.
func same(a, b reflect.Value) bool {
	if a.Kind() == reflect.Slice && a.Len() == 0 && b.Len() == 0 {
		return true
	}
	return reflect.DeepEqual(a.Interface(), b.Interface())
}

// Stamp writes what the catalogue says of a row.
func Stamp[V any](row *V, version int64, changed []string, at time.Time) {
	v := reflect.ValueOf(row).Elem()
	for i := range v.NumField() {
		switch v.Type().Field(i).Tag.Get("avro") {
		case "version":
			v.Field(i).SetInt(version)
		case "changed":
			v.Field(i).Set(reflect.ValueOf(append([]string{}, changed...)))
		case "published_at":
			v.Field(i).Set(reflect.ValueOf(at))
		}
	}
}
