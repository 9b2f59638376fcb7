package spine_test

import "testing"

// TestExpiryScenarios runs the scripts of testdata/expiry: orders that demand how long
// goods live. Their commands are those of TestBasketScenarios.
func TestExpiryScenarios(t *testing.T) { playAll(t, "testdata/expiry") }
