package gateway

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/bojanz/currency"
)

// PriceDigits are the digits of a unit price behind the point.
const PriceDigits = 6

// decimals is the one way in which numbers are written: no exponent, no sign of
// plus, no superfluous zero in front, at most 15 digits before the point.
var decimals = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,6})?$`)

// ParseAmount reads an amount such as "12.50" into minor units of a currency.
func ParseAmount(text, code string) (int64, error) {
	digits, ok := currency.GetDigits(code)
	if !ok {
		return 0, fmt.Errorf("%q is no ISO 4217 currency", code)
	}
	return scaled(text, int(digits))
}

// FormatAmount writes minor units of a currency with all its digits. Of a code
// that is no currency it writes the minor units.
func FormatAmount(minor int64, code string) string {
	a, err := currency.NewAmountFromInt64(minor, code)
	if err != nil {
		return strconv.FormatInt(minor, 10)
	}
	return a.Number()
}

// ParsePrice reads a unit price into millionths of the currency's major unit.
func ParsePrice(text string) (int64, error) { return scaled(text, PriceDigits) }

// FormatPrice writes a unit price with the digits of its currency, more if it
// has more.
func FormatPrice(e6 int64, code string) string {
	digits, _ := currency.GetDigits(code)
	sign := ""
	if e6 < 0 {
		sign, e6 = "-", -e6
	}
	whole, fraction := e6/1e6, fmt.Sprintf("%06d", e6%1e6)
	for len(fraction) > int(digits) && strings.HasSuffix(fraction, "0") {
		fraction = fraction[:len(fraction)-1]
	}
	if fraction == "" {
		return sign + strconv.FormatInt(whole, 10)
	}
	return sign + strconv.FormatInt(whole, 10) + "." + fraction
}

// LineAmount is quantity times unit price in minor units, rounded once, half to
// even. It fails when the product is too large to be an amount.
func LineAmount(qty, priceE6 int64, code string) (int64, error) {
	digits, ok := currency.GetDigits(code)
	if !ok {
		return 0, fmt.Errorf("%q is no ISO 4217 currency", code)
	}
	price, err := currency.NewAmount(FormatPrice(priceE6, code), code)
	if err != nil {
		return 0, fmt.Errorf("pricing line: %w", err)
	}
	product, err := price.Mul(strconv.FormatInt(qty, 10))
	if err != nil {
		return 0, fmt.Errorf("pricing line: %w", err)
	}
	minor, err := product.RoundTo(digits, currency.RoundHalfEven).Int64()
	if err != nil {
		return 0, fmt.Errorf("pricing line: %d times %s is too large: %w", qty, price.Number(), err)
	}
	return minor, nil
}

// scaled reads a decimal as a whole number of units of 10^-digits, exactly.
func scaled(text string, digits int) (int64, error) {
	if !decimals.MatchString(text) {
		return 0, fmt.Errorf("%q is no decimal such as 12.50, of at most 15 digits before and 6 behind the point", clipped(text))
	}
	whole, fraction, _ := strings.Cut(text, ".")
	fraction = strings.TrimRight(fraction, "0")
	if len(fraction) > digits {
		return 0, fmt.Errorf("%q has more than %d digits behind the point", text, digits)
	}
	value, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", digits-len(fraction)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is too large", text)
	}
	return value, nil
}

func clipped(text string) string {
	if len(text) > 40 {
		return text[:40] + "..."
	}
	return text
}
