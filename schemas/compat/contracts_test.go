package compat_test

import (
	"testing"

	"github.com/millrace/millrace/schemas/avro"
	"github.com/millrace/millrace/schemas/compat"
)

func TestSchemasKeepTheHouseRules(t *testing.T) {
	problems, err := compat.Lint(avro.FS)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}
