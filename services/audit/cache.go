package audit

import (
	"fmt"
	"strconv"
	"time"
)

// K4, cache: a shared cache of availability shows of each item no version that stock
// never reached, and none that is older than its bound. (That no decision is made
// from it follows from the tree: the rooms that decide cannot name it.)
//
// From inventory.position, held against what whoever asks the cache saw. What is too
// old is judged at once, what is ahead when the watermark passes the look by Skew.

// Newest is the version of the newest position of an item that was read, 0 for none.
func (a *Auditor) Newest(sku string) int64 {
	if i := a.items[sku]; i != nil {
		return i.Last
	}
	return 0
}

// ObserveCache takes what a cache showed of an item at a moment. least is the version
// that Newest gave so long before that the cache must have it.
func (a *Auditor) ObserveCache(sku string, least, version int64, at time.Time) {
	i := a.items[sku]
	if i == nil {
		return
	}
	a.checked(Cache)
	if version < least {
		a.violated(Cache, sku, fmt.Sprint("old ", least), fmt.Sprintf("version %d or a later one", least), fmt.Sprintf("version %d", version), i.Newest)
	}
	a.await(Cache, judgeCache, sku, strconv.FormatInt(version, 10), i.Newest, at, a.limits.Skew)
}

// judgeCached: what the cache showed had been published.
func (a *Auditor) judgeCached(w *appointment) {
	i := a.items[w.Key]
	version, err := strconv.ParseInt(w.Ref, 10, 64)
	if i == nil || err != nil || version <= i.Last {
		return
	}
	a.violated(Cache, i.SKU, "ahead "+w.Ref, fmt.Sprintf("at most version %d, the newest", i.Last), "version "+w.Ref, i.Newest)
}
