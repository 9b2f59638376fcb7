module github.com/millrace/millrace/testenv

go 1.26.0
