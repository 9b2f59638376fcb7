package settlement

import "math/big"

// share is what of total belongs to part out of whole, rounded half to even; all
// of it from whole on. total may be negative, a discount is; part and whole not.
func share(total, part, whole int64) int64 {
	if part >= whole {
		return total
	}
	product := new(big.Int).Mul(big.NewInt(total), big.NewInt(part))
	quotient, rest := new(big.Int).QuoRem(product, big.NewInt(whole), new(big.Int))
	twice := rest.Abs(rest).Lsh(rest, 1)
	up := twice.Cmp(big.NewInt(whole))
	if up > 0 || up == 0 && quotient.Bit(0) == 1 {
		if product.Sign() < 0 {
			return quotient.Int64() - 1
		}
		return quotient.Int64() + 1
	}
	return quotient.Int64()
}
