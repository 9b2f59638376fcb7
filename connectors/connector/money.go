package connector

import (
	"fmt"

	"github.com/bojanz/currency"
	"github.com/govalues/decimal"
)

// Decimal writes minor units as the decimal string of a currency: 1230 GBP is
// "12.30", 1230 JPY is "1230".
func Decimal(minor int64, code string) (string, error) {
	digits, ok := currency.GetDigits(code)
	if !ok {
		return "", fmt.Errorf("currency %q is not in ISO 4217", code)
	}
	d, err := decimal.New(minor, int(digits))
	if err != nil {
		return "", fmt.Errorf("writing %d minor units of %s: %w", minor, code, err)
	}
	return d.String(), nil
}

// Rounding is what rounding took away: an exact sum in millionths less a sum in
// minor units, in millionths.
func Rounding(exactE6, minor int64, code string) (int64, error) {
	digits, ok := currency.GetDigits(code)
	if !ok || digits > 6 {
		return 0, fmt.Errorf("currency %q is not in ISO 4217", code)
	}
	for range 6 - digits {
		minor *= 10
	}
	return exactE6 - minor, nil
}

// Millionths writes millionths as a decimal string.
func Millionths(e6 int64) string { return decimal.MustNew(e6, 6).Trim(0).String() }
