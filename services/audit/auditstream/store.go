package auditstream

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
	"github.com/rs/zerolog"

	"github.com/millrace/millrace/platform/kafka"
)

// store keeps the rows of an auditor and its offsets.
type store struct{ db *pebble.DB }

// memory of the store's caches, in bytes.
const memory = 8 << 20

// Keys of rows begin with rowPrefix; the rest is about the log.
const (
	rowPrefix  = "r"
	offsetsKey = "offsets"
	partialKey = "partial"
)

func openStore(dir string, log zerolog.Logger) (*store, error) {
	cache := pebble.NewCache(memory)
	defer cache.Unref()
	db, err := pebble.Open(dir, &pebble.Options{Cache: cache, FormatMajorVersion: pebble.FormatNewest, Logger: quiet{log: log}, MemTableSize: memory})
	if err != nil {
		return nil, fmt.Errorf("opening the auditor's books in %s: %w; remove the folder to audit the log anew from its beginning", dir, err)
	}
	return &store{db}, nil
}

// quiet passes only the errors of the store on.
type quiet struct{ log zerolog.Logger }

func (quiet) Infof(string, ...any) {}

func (q quiet) Errorf(format string, args ...any) {
	q.log.Error().Msgf("auditor's store: "+format, args...)
}

func (q quiet) Fatalf(format string, args ...any) {
	panic(fmt.Sprintf("the disk of the auditor: "+format, args...))
}

func (s *store) close() error { return s.db.Close() }

// load calls fn with every row and returns the offsets; known is false for a new
// store.
func (s *store) load(fn func(key string, value []byte) error) (next kafka.Offsets, known bool, err error) {
	next = make(kafka.Offsets)
	if known, err = s.get(offsetsKey, &next); err != nil {
		return nil, false, err
	}
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte(rowPrefix), UpperBound: []byte{rowPrefix[0] + 1}})
	if err != nil {
		return nil, false, fmt.Errorf("reading the auditor's books: %w", err)
	}
	for it.First(); it.Valid(); it.Next() {
		if err := fn(string(it.Key()[len(rowPrefix):]), it.Value()); err != nil {
			return nil, false, errors.Join(err, it.Close())
		}
	}
	if err := it.Close(); err != nil {
		return nil, false, fmt.Errorf("reading the auditor's books: %w", err)
	}
	return next, known, nil
}

func (s *store) get(key string, dst any) (found bool, err error) {
	b, closer, err := s.db.Get([]byte(key))
	if errors.Is(err, pebble.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("reading %s of the auditor: %w", key, err)
	}
	if err := json.Unmarshal(b, dst); err != nil {
		return false, errors.Join(fmt.Errorf("reading %s of the auditor: %w", key, err), closer.Close())
	}
	return true, closer.Close()
}

func (s *store) put(key string, v any) error {
	b, err := json.Marshal(v)
	if err == nil {
		err = s.db.Set([]byte(key), b, pebble.Sync)
	}
	if err != nil {
		return fmt.Errorf("writing %s of the auditor: %w", key, err)
	}
	return nil
}

// save writes changed rows and the offsets that they contain, all or nothing.
func (s *store) save(next kafka.Offsets, changes func(fn func(key string, value []byte) error) error) error {
	batch := s.db.NewBatch()
	defer batch.Close()
	if err := changes(func(key string, value []byte) error {
		if value == nil {
			return batch.Delete([]byte(rowPrefix+key), nil)
		}
		return batch.Set([]byte(rowPrefix+key), value, nil)
	}); err != nil {
		return err
	}
	b, err := json.Marshal(next)
	if err == nil {
		err = batch.Set([]byte(offsetsKey), b, nil)
	}
	if err == nil {
		err = batch.Commit(pebble.Sync)
	}
	if err != nil {
		return fmt.Errorf("writing the auditor's books: %w", err)
	}
	return nil
}
