module github.com/millrace/millrace/services

go 1.26.0

require github.com/millrace/millrace/schemas v0.0.0

replace github.com/millrace/millrace/schemas => ../schemas

require github.com/millrace/millrace/platform v0.0.0

replace github.com/millrace/millrace/platform => ../platform

require github.com/millrace/millrace/streams v0.0.0

replace github.com/millrace/millrace/streams => ../streams

require github.com/millrace/millrace/connectors v0.0.0

replace github.com/millrace/millrace/connectors => ../connectors

require github.com/millrace/millrace/testenv v0.0.0

require (
	github.com/alicebob/miniredis/v2 v2.40.0 // indirect
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/redis/go-redis/v9 v9.23.0 // indirect
	github.com/yuin/gopher-lua v1.1.1 // indirect
	go.uber.org/atomic v1.12.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	pgregory.net/rapid v1.3.0 // indirect
)

replace github.com/millrace/millrace/testenv => ../testenv
