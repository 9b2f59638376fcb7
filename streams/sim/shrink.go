package sim

import "slices"

// Shrink removes items from a plan as long as fails says that the rest still
// fails, halves first. Since one run proves little, let fails run a plan often.
func Shrink(p Plan, fails func(Plan) bool) Plan {
	for size := (len(p.Items) + 1) / 2; size > 0; size /= 2 {
		for from := 0; from < len(p.Items); {
			smaller := p
			smaller.Items = slices.Delete(slices.Clone(p.Items), from, min(from+size, len(p.Items)))
			if fails(smaller) {
				p = smaller
			} else {
				from += size
			}
		}
	}
	return p
}
