module github.com/millrace/millrace/connectors

go 1.26.0

require github.com/millrace/millrace/schemas v0.0.0

replace github.com/millrace/millrace/schemas => ../schemas

require github.com/millrace/millrace/platform v0.0.0

replace github.com/millrace/millrace/platform => ../platform

require github.com/millrace/millrace/streams v0.0.0

replace github.com/millrace/millrace/streams => ../streams

require github.com/millrace/millrace/testenv v0.0.0

replace github.com/millrace/millrace/testenv => ../testenv
