package event

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Fingerprint is the hash of a row of a baseline. Those of all rows add up to the
// checksum of the baseline, in whatever order they come.
func (r *InventoryBaseline) Fingerprint() int64 {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x1f%s\x1f%d\x1f%d\x1f%d", r.Sku, r.Node, r.Qty, r.Allocated, r.UnitValue))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}
