// Package event holds the Go types of every record in schemas/avro, one file a
// domain, and the rules by which ids are made (id.go).
//
// The *.gen.go files are generated and import no Avro library, so a pure core
// may use these types freely. Times are UTC with microsecond precision, amounts
// are int64 minor units, unit prices int64 millionths of the major unit,
// quantities int64 base units. A pointer is a value that may be absent.
package event

//go:generate go run ../internal/gen -avro ../avro -out .
