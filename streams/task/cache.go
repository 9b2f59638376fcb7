package task

// cache keeps decoded instances between transactions, least recently used out
// first, within a bound in bytes. Instances the current transaction touched are
// never evicted.
type cache struct {
	bound, size int
	byKey       map[string]*instance // by changelog prefix
	// newest and oldest end a list through instance.newer and instance.older.
	newest, oldest *instance
}

func newCache(bound int) *cache { return &cache{bound: bound, byKey: make(map[string]*instance)} }

func (c *cache) get(prefix []byte) *instance {
	i, ok := c.byKey[string(prefix)]
	if !ok {
		return nil
	}
	if i != c.newest {
		c.unlink(i)
		c.link(i)
	}
	return i
}

func (c *cache) put(i *instance) {
	c.byKey[i.prefix] = i
	c.link(i)
	c.size += i.cost()
}

func (c *cache) drop(i *instance) {
	if c.byKey[i.prefix] != i {
		return
	}
	delete(c.byKey, i.prefix)
	c.unlink(i)
	c.size -= i.cost()
}

// trim evicts until the bound holds.
func (c *cache) trim() {
	for i := c.oldest; i != nil && c.size > c.bound; {
		newer := i.newer
		if !i.touched {
			c.drop(i)
		}
		i = newer
	}
}

func (c *cache) link(i *instance) {
	i.older, i.newer = c.newest, nil
	if c.newest != nil {
		c.newest.newer = i
	} else {
		c.oldest = i
	}
	c.newest = i
}

func (c *cache) unlink(i *instance) {
	if i.older != nil {
		i.older.newer = i.newer
	} else {
		c.oldest = i.newer
	}
	if i.newer != nil {
		i.newer.older = i.older
	} else {
		c.newest = i.older
	}
	i.older, i.newer = nil, nil
}
