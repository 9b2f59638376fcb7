package event

import "slices"

// For says whether those who buy through a channel as customers of a class may
// take from the pool.
func (p *PoolShare) For(channel, class string) bool {
	return PoolIsFor(p.Channels, p.Classes, channel, class)
}

// PoolIsFor says whether a pool for some channels and classes, all where none are
// named, is for those who buy through a channel as customers of a class.
func PoolIsFor(channels, classes []string, channel, class string) bool {
	return (len(channels) == 0 || slices.Contains(channels, channel)) && (len(classes) == 0 || slices.Contains(classes, class))
}

// KeptFromOthers is how many units pools keep from those who buy through a channel
// as customers of a class.
func KeptFromOthers(pools []PoolShare, channel, class string) (sum int64) {
	for i := range pools {
		if !pools[i].For(channel, class) {
			sum += pools[i].Units
		}
	}
	return sum
}

// KeptUnits is how many units pools keep in sum.
func KeptUnits(pools []PoolShare) (sum int64) {
	for i := range pools {
		sum += pools[i].Units
	}
	return sum
}

// Offer is what those who buy through a channel as customers of a class could be
// granted at the node: all that is available, but for what is set aside for
// backorders and what pools keep for others. Stock grants by the same sum.
func (n *NodePosition) Offer(channel, class string) int64 {
	return n.Available - n.Claimed - KeptFromOthers(n.Pools, channel, class)
}
