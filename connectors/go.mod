module github.com/millrace/millrace/connectors

go 1.26.0

require github.com/millrace/millrace/schemas v0.0.0

replace github.com/millrace/millrace/schemas => ../schemas

require github.com/millrace/millrace/platform v0.0.0

replace github.com/millrace/millrace/platform => ../platform

require github.com/millrace/millrace/streams v0.0.0

replace github.com/millrace/millrace/streams => ../streams

require github.com/millrace/millrace/testenv v0.0.0

require (
	github.com/andybalholm/brotli v1.1.1 // indirect
	github.com/bojanz/currency v1.4.2 // indirect
	github.com/cockroachdb/apd/v3 v3.2.1 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/govalues/decimal v0.1.36 // indirect
	github.com/itchyny/gojq v0.12.20 // indirect
	github.com/itchyny/timefmt-go v0.1.9 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/parquet-go/bitpack v1.0.0 // indirect
	github.com/parquet-go/jsonlite v1.0.0 // indirect
	github.com/parquet-go/parquet-go v0.32.0 // indirect
	github.com/pierrec/lz4/v4 v4.1.33 // indirect
	github.com/twpayne/go-geom v1.6.1 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/time v0.16.0 // indirect
	google.golang.org/protobuf v1.36.12 // indirect
	pgregory.net/rapid v1.3.0 // indirect
)

replace github.com/millrace/millrace/testenv => ../testenv
