package event

import "time"

// CrossrefKey is the key of a cross-reference's row: what a partner's id of a kind
// means.
func CrossrefKey(partner string, kind CrossrefKind, theirID string) string {
	return partner + "/" + string(kind) + "/" + theirID
}

// Counts says whether the cross-reference holds at a moment.
func (c *CrossrefPublished) Counts(at time.Time) bool {
	return (c.ValidFrom == nil || !at.Before(*c.ValidFrom)) && (c.ValidUntil == nil || at.Before(*c.ValidUntil))
}
