// Package diskcache keeps availability on disk, so that a process that starts has
// last known answers at once. It is a cache: what it holds may be old, and a
// folder that cannot be read is thrown away.
//
// A row is stored under "r" and its sku as JSON; the key "w" exists while the rows
// are whole. Writes are not synced: a crash of the machine loses the last ones, a
// crash of the process none.
package diskcache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"sync"

	"github.com/cockroachdb/pebble/v2"
	"github.com/rs/zerolog"

	"github.com/millrace/millrace/services/availability"
)

// memory bounds what Pebble keeps of its files, in bytes: they are read once.
const memory = 8 << 20

var wholeKey = []byte("w")

// Cache is an availability.Cache on disk. Close it at the end.
type Cache struct {
	mu sync.Mutex // one writer compares and writes at a time
	db *pebble.DB
}

// Open opens or makes the cache in a folder of its own, which belongs to one
// process. A folder that is damaged is made anew.
func Open(dir string, log zerolog.Logger) (*Cache, error) {
	db, err := open(dir)
	if err != nil && !errors.Is(err, os.ErrPermission) {
		log.Warn().Err(err).Str("dir", dir).Msg("the folder of availability cannot be read and is made anew")
		if err = os.RemoveAll(dir); err == nil {
			db, err = open(dir)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("opening availability in %s: %w", dir, err)
	}
	return &Cache{db: db}, nil
}

func open(dir string) (*pebble.DB, error) {
	cache := pebble.NewCache(memory)
	defer cache.Unref()
	return pebble.Open(dir, &pebble.Options{
		Cache: cache, FormatMajorVersion: pebble.FormatNewest, Logger: quiet{}, MemTableSize: memory,
	})
}

// quiet leaves out what Pebble tells of its work; its errors come as results.
type quiet struct{ pebble.Logger }

func (quiet) Infof(string, ...any)  {}
func (quiet) Errorf(string, ...any) {}
func (quiet) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf("the disk of availability: "+format, args...))
}

// Close releases the folder.
func (c *Cache) Close() error { return c.db.Close() }

func key(sku string) []byte { return append([]byte("r"), sku...) }

// Get implements availability.Cache.
func (c *Cache) Get(_ context.Context, skus ...string) ([]availability.Row, bool, error) {
	rows := make([]availability.Row, len(skus))
	for i, sku := range skus {
		row, err := c.row(sku)
		if err != nil {
			return nil, false, err
		}
		rows[i] = row
	}
	whole, err := c.whole()
	return rows, whole, err
}

func (c *Cache) row(sku string) (row availability.Row, err error) {
	row.SKU = sku
	b, closer, err := c.db.Get(key(sku))
	if errors.Is(err, pebble.ErrNotFound) {
		return row, nil
	}
	if err != nil {
		return row, fmt.Errorf("reading availability of %q: %w", sku, err)
	}
	defer closer.Close()
	if err := json.Unmarshal(b, &row); err != nil {
		return row, fmt.Errorf("reading availability of %q: %w", sku, err)
	}
	return row, nil
}

func (c *Cache) whole() (bool, error) {
	_, closer, err := c.db.Get(wholeKey)
	if errors.Is(err, pebble.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading whether availability is whole: %w", err)
	}
	return true, closer.Close()
}

// Put implements availability.Cache.
func (c *Cache) Put(_ context.Context, rows ...availability.Row) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	batch := c.db.NewBatch()
	defer batch.Close()
	newest := make(map[string]int64, len(rows))
	for _, row := range rows {
		if _, seen := newest[row.SKU]; !seen {
			old, err := c.row(row.SKU)
			if err != nil {
				return false, err
			}
			newest[row.SKU] = old.Version
		}
		if row.Version <= newest[row.SKU] {
			continue
		}
		newest[row.SKU] = row.Version
		if err := add(batch, row); err != nil {
			return false, err
		}
	}
	if err := batch.Commit(pebble.NoSync); err != nil {
		return false, fmt.Errorf("writing %d rows of availability: %w", len(rows), err)
	}
	return c.whole()
}

func add(batch *pebble.Batch, row availability.Row) error {
	b, err := json.Marshal(row)
	if err != nil {
		return fmt.Errorf("writing availability of %q: %w", row.SKU, err)
	}
	return batch.Set(key(row.SKU), b, nil)
}

// Fill implements availability.Cache.
func (c *Cache) Fill(ctx context.Context, rows iter.Seq[availability.Row]) error {
	const batch = 500
	some := make([]availability.Row, 0, batch)
	for row := range rows {
		if some = append(some, row); len(some) == batch {
			if _, err := c.Put(ctx, some...); err != nil {
				return err
			}
			some = some[:0]
		}
	}
	if _, err := c.Put(ctx, some...); err != nil {
		return err
	}
	return c.db.Set(wholeKey, nil, pebble.NoSync)
}

// Reset forgets everything: the rows of a topic that was made anew begin with low
// versions again.
func (c *Cache) Reset() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.db.DeleteRange([]byte{0}, []byte{0xff}, pebble.NoSync); err != nil {
		return fmt.Errorf("clearing availability: %w", err)
	}
	return nil
}

// All returns the rows there are. What cannot be read is left out: the topic has
// it.
func (c *Cache) All() iter.Seq[availability.Row] {
	return func(yield func(availability.Row) bool) {
		it, err := c.db.NewIter(&pebble.IterOptions{LowerBound: []byte("r"), UpperBound: []byte("s")})
		if err != nil {
			return
		}
		defer func() { _ = it.Close() }()
		for it.First(); it.Valid(); it.Next() {
			var row availability.Row
			if json.Unmarshal(it.Value(), &row) == nil && !yield(row) {
				return
			}
		}
	}
}
