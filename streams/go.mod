module github.com/millrace/millrace/streams

go 1.26.0
