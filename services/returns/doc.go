// Package returns finds what goods that come back were sold with. It is pure.
//
// Real returns mix orders or name none, so a line that states no order is matched
// by customer, item and price against what left to the customer, the newest
// first, as far as no earlier return was told of it (match.go). A line ends
// matched, over (the buyer gives back more than he had) or unmatched (he never
// had the item at that price); over and unmatched are for a person, and no
// guess is made. What was matched is a claim only: the order, the one writer of
// its units, accepts it or says that they are over.
package returns
