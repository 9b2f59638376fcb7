// Package rediscache keeps availability in Redis, where processes share it and a
// channel may read it directly.
//
// # Layout
//
//	avail:{sku}         hash, {sku} standing for the item's number
//	  v                 version of the item's position
//	  <node>            units the node could promise to anybody, one field a node
//	  .pools            what it could promise to some beside them, if anything: a JSON
//	                    list of {node, pools: [{Pool, Channels, Classes, Units, ...}]}
//	  .as_of            when the position was reached, Unix microseconds
//	  .source           topic, partition and offset it was made from
//	availability:epoch  exists while the rows are whole
//
// All other values are decimal text. A node whose name is empty, is v or begins with a
// dot is written with ./ before it. A reader who wants to know whether he may
// trust a missing row looks for the epoch: it is written when every row is there,
// and is lost with them.
//
// Rows only move forward, by a script that compares v, so many processes may
// write the same rows in any order. Versions must stay below 2^53.
package rediscache

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/google/uuid"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/millrace/millrace/services/availability"
)

const (
	// batch bounds the rows of one round trip.
	batch = 500
	// fillWithin bounds a fill; its mark goes by itself when the filler died.
	fillWithin = 10 * time.Minute
)

// ErrEmptied says that the rows were lost while they were being filled; the fill
// has to begin again.
var ErrEmptied = errors.New("redis was emptied while it was being filled")

// Config says where the rows are.
type Config struct {
	// Addr is host:port, the host best an IP address.
	Addr string
	// Username and Password may be empty.
	Username, Password string
	// Prefix stands before every key, for several installations in one Redis.
	Prefix string
	// Timeout bounds each read and write of the connection. Default 1 s.
	Timeout time.Duration
}

// Cache is an availability.Cache in Redis. Close it at the end.
type Cache struct {
	client *redis.Client
	prefix string
}

// New makes a cache; it connects at its first use.
func New(config Config) *Cache {
	if config.Timeout == 0 {
		config.Timeout = time.Second
	}
	return &Cache{prefix: config.Prefix, client: redis.NewClient(&redis.Options{
		Addr: config.Addr, Username: config.Username, Password: config.Password,
		DialTimeout: config.Timeout, ReadTimeout: config.Timeout, WriteTimeout: config.Timeout,
		// The caller retries, because only it knows what is newest by then.
		MaxRetries:            -1,
		ContextTimeoutEnabled: true,
		// Notices of managed services; asking for them costs every plain Redis an error.
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})}
}

// Close ends the connections.
func (c *Cache) Close() error { return c.client.Close() }

func (c *Cache) key(sku string) string      { return c.prefix + "avail:" + sku }
func (c *Cache) epoch() string              { return c.prefix + "availability:epoch" }
func (c *Cache) mark(filling string) string { return c.prefix + "availability:filling:" + filling }

// Get implements availability.Cache in one round trip.
func (c *Cache) Get(ctx context.Context, skus ...string) ([]availability.Row, bool, error) {
	pipe := c.client.Pipeline()
	epoch := pipe.Exists(ctx, c.epoch())
	hashes := make([]*redis.MapStringStringCmd, len(skus))
	for i, sku := range skus {
		hashes[i] = pipe.HGetAll(ctx, c.key(sku))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, false, fmt.Errorf("reading availability from redis: %w", err)
	}
	rows := make([]availability.Row, len(skus))
	for i, sku := range skus {
		row, err := decode(sku, hashes[i].Val())
		if err != nil {
			return nil, false, fmt.Errorf("reading availability of %q from redis: %w", sku, err)
		}
		rows[i] = row
	}
	return rows, epoch.Val() == 1, nil
}

// Put implements availability.Cache, at most 500 rows a round trip.
func (c *Cache) Put(ctx context.Context, rows ...availability.Row) (bool, error) {
	for len(rows) > batch {
		if _, err := c.put(ctx, rows[:batch]); err != nil {
			return false, err
		}
		rows = rows[batch:]
	}
	return c.put(ctx, rows)
}

// put writes rows; a Redis that forgot the script is told it again.
func (c *Cache) put(ctx context.Context, rows []availability.Row) (bool, error) {
	whole, err := c.send(ctx, rows)
	if redis.HasErrorPrefix(err, "NOSCRIPT") {
		if err = forward.Load(ctx, c.client).Err(); err == nil {
			whole, err = c.send(ctx, rows)
		}
	}
	if err != nil {
		return false, fmt.Errorf("writing %d rows of availability to redis: %w", len(rows), err)
	}
	return whole, nil
}

func (c *Cache) send(ctx context.Context, rows []availability.Row) (bool, error) {
	pipe := c.client.Pipeline()
	for _, row := range rows {
		args, err := encode(row)
		if err != nil {
			return false, fmt.Errorf("writing the pools of %q: %w", row.SKU, err)
		}
		forward.EvalSha(ctx, pipe, []string{c.key(row.SKU)}, args...)
	}
	epoch := pipe.Exists(ctx, c.epoch()) // last: what it says covers the rows before it
	if _, err := pipe.Exec(ctx); err != nil {
		return false, err
	}
	return epoch.Val() == 1, nil
}

// Fill implements availability.Cache. The epoch is written only if what was
// filled is still there, which a mark beside the rows shows.
func (c *Cache) Fill(ctx context.Context, rows iter.Seq[availability.Row]) error {
	filling := uuid.NewString()
	if err := c.client.Set(ctx, c.mark(filling), 1, fillWithin).Err(); err != nil {
		return fmt.Errorf("filling redis: %w", err)
	}
	some := make([]availability.Row, 0, batch)
	for row := range rows {
		if some = append(some, row); len(some) == batch {
			if _, err := c.put(ctx, some); err != nil {
				return fmt.Errorf("filling redis: %w", err)
			}
			some = some[:0]
		}
	}
	if _, err := c.put(ctx, some); err != nil {
		return fmt.Errorf("filling redis: %w", err)
	}
	kept, err := finish.Run(ctx, c.client, []string{c.mark(filling), c.epoch()}, filling).Bool()
	if err != nil {
		return fmt.Errorf("filling redis: %w", err)
	}
	if !kept {
		return ErrEmptied
	}
	return nil
}
