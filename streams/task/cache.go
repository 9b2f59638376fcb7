package task

import "container/list"

// cache keeps decoded instances between transactions, least recently used out
// first, within a bound in bytes. Instances the current transaction touched are
// never evicted.
type cache struct {
	bound, size int
	byKey       map[string]*list.Element // by changelog prefix
	order       *list.List               // of *instance, most recent first
}

func newCache(bound int) *cache {
	return &cache{bound: bound, byKey: make(map[string]*list.Element), order: list.New()}
}

func (c *cache) get(prefix []byte) *instance {
	e, ok := c.byKey[string(prefix)]
	if !ok {
		return nil
	}
	c.order.MoveToFront(e)
	return e.Value.(*instance)
}

func (c *cache) put(i *instance) {
	c.byKey[string(i.prefix)] = c.order.PushFront(i)
	c.size += i.cost()
}

func (c *cache) drop(i *instance) {
	if e, ok := c.byKey[string(i.prefix)]; ok {
		c.order.Remove(e)
		delete(c.byKey, string(i.prefix))
		c.size -= i.cost()
	}
}

// trim evicts until the bound holds.
func (c *cache) trim() {
	for e := c.order.Back(); e != nil && c.size > c.bound; {
		before := e.Prev()
		if i := e.Value.(*instance); !i.touched {
			c.drop(i)
		}
		e = before
	}
}
