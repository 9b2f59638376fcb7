//go:build !synctests

package sim

import "testing"

// needsTag says what is missing.
const needsTag = "the simulation needs virtual time in the Kafka client: run go test -tags synctests"

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
