package availabilitystream

import (
	"context"
	"maps"

	"github.com/millrace/millrace/services/availability"
)

// Changes is somebody's way through the changes. It is not safe for concurrent
// use.
type Changes struct {
	room   *Room
	number int64
	cursor availability.Cursor // nil: number says it all
	at     availability.Cursor
}

// Follow begins behind a cursor; nil begins with what changes after the call.
func (r *Room) Follow(from availability.Cursor) *Changes {
	c := &Changes{room: r, cursor: from, at: maps.Clone(from)}
	if from == nil {
		c.number, c.at = r.local.Now()
	}
	return c
}

// At is the cursor behind what Next returned so far.
func (c *Changes) At() availability.Cursor { return c.at }

// Next waits for changes and returns the skus of at most limit items that have
// changed, each once: an item that changed often since the last call is as it is
// now. Kits come with their parts, beyond the limit. It returns nil when ctx ends.
func (c *Changes) Next(ctx context.Context, limit int) []string {
	for {
		if skus := c.take(limit); len(skus) > 0 {
			return skus
		}
		select {
		case <-ctx.Done():
			return nil
		case <-c.room.local.Changed(c.number):
		}
	}
}

func (c *Changes) take(limit int) (skus []string) {
	c.number = c.room.local.Since(c.number, func(row availability.Row) bool {
		if !c.cursor.Passed(row) {
			skus = append(skus, row.SKU)
			c.at.Pass(row)
		}
		return len(skus) < limit
	})
	return c.room.withKits(skus)
}

// withKits adds the kits that have one of skus as a part.
func (r *Room) withKits(skus []string) []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	added := make(map[string]bool)
	for _, sku := range skus {
		for _, kit := range r.kits.Within(sku) {
			added[kit] = true
		}
	}
	for kit := range added {
		skus = append(skus, kit)
	}
	return skus
}
