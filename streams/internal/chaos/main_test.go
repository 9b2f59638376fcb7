//go:build unix

package chaos

import (
	"os"
	"testing"
)

// TestMain lets the test binary be an instance.
func TestMain(m *testing.M) {
	if config := os.Getenv(childVariable); config != "" {
		os.Exit(child(config))
	}
	os.Exit(m.Run())
}
