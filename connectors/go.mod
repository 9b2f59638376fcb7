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
	github.com/bojanz/currency v1.4.2 // indirect
	github.com/cockroachdb/apd/v3 v3.2.1 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/govalues/decimal v0.1.36 // indirect
	go.yaml.in/yaml/v3 v3.0.6 // indirect
	golang.org/x/time v0.16.0 // indirect
	pgregory.net/rapid v1.3.0 // indirect
)

replace github.com/millrace/millrace/testenv => ../testenv
