//go:build !synctests

package sim

import (
	"errors"
	"testing"
)

// needsTag says what is missing.
const needsTag = "the simulation needs virtual time in the Kafka client: build or test with -tags synctests"

// Outside fails without the build tag; see the package comment.
func Outside(func(t *testing.T)) error { return errors.New(needsTag) }

// Run fails without the build tag; see the package comment.
func Run(t *testing.T, _ Program, plan Plan) Report {
	t.Helper()
	t.Fatal(needsTag)
	return newReport(plan)
}

// Try fails without the build tag; see the package comment.
func Try(t *testing.T, _ Program, plan Plan) (Report, string) {
	t.Helper()
	t.Fatal(needsTag)
	return newReport(plan), ""
}
