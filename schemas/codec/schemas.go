package codec

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/millrace/millrace/schemas/topic"
)

const (
	// fetchTimeout bounds how long Decode waits for the registry.
	fetchTimeout = 10 * time.Second
	// maxFetched bounds the writer schemas kept in memory. A topic has a handful;
	// more come only from forged ids, and then all are forgotten at once.
	maxFetched = 1024
)

var (
	// ErrUnknownID says that no schema has the id a record names: the record is
	// not ours or comes from another registry. It will never be readable.
	ErrUnknownID = errors.New("schema id is unknown to the registry")
	// ErrUnavailable says that the registry could not be asked for a writer's
	// schema. The record may be readable later; it is no reason to set it aside,
	// and its method Temporary tells the runtime so.
	ErrUnavailable error = unavailable{}
)

// unavailable is the type of ErrUnavailable.
type unavailable struct{}

func (unavailable) Error() string { return "schema registry is unavailable" }

// Temporary says that the same record may be readable later.
func (unavailable) Temporary() bool { return true }

// Source gives schemas their ids, for example a registry.
type Source interface {
	// Register returns the id of schema under subject, the same id for the same
	// bytes, and refuses a schema that breaks the subject's compatibility.
	Register(ctx context.Context, subject string, schema []byte) (id int, err error)
	// SchemaByID returns the schema registered under id. Its error matches
	// ErrUnknownID when there is none, and then asking again is of no use.
	SchemaByID(ctx context.Context, id int) ([]byte, error)
}

// Schemas knows the ids of one registry's schemas, both ways. It is safe for
// concurrent use.
type Schemas struct {
	src Source

	mu      sync.Mutex // guards the maps; never held during a call to src
	ids     map[string]*atomic.Int64
	fetched map[int][]byte
}

// New returns the schemas of src. Call RegisterAll before the first Append.
func New(src Source) *Schemas {
	return &Schemas{src: src, ids: map[string]*atomic.Int64{}, fetched: map[int][]byte{}}
}

// RegisterAll registers the schemas of the given topics and of every entity
// state, each file's bytes once. After it, Append does no I/O. The error names
// the subject that the registry refused.
func (s *Schemas) RegisterAll(ctx context.Context, topics []topic.Def) error {
	contracts := make([]contract, 0, len(topics))
	for _, def := range topics {
		c, err := ofTopic(def)
		if err != nil {
			return err
		}
		contracts = append(contracts, c)
	}
	for _, name := range States() {
		c, err := ofState(name)
		if err != nil {
			return err
		}
		contracts = append(contracts, c)
	}
	for _, c := range contracts {
		id, err := s.src.Register(ctx, c.subject, c.text)
		if err != nil {
			return fmt.Errorf("registering schema of %s: %w", c.subject, err)
		}
		if id <= 0 || id > maxID {
			return fmt.Errorf("registering schema of %s: id %d does not fit the wire format", c.subject, id)
		}
		s.id(c.subject).Store(int64(id))
	}
	return nil
}

// id returns the cell that holds the id of subject, 0 before its registration.
func (s *Schemas) id(subject string) *atomic.Int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	cell, ok := s.ids[subject]
	if !ok {
		cell = new(atomic.Int64)
		s.ids[subject] = cell
	}
	return cell
}

// Text returns the schema that is registered under id, for whoever decodes by
// itself. Its errors are those of Source, as they are for Decode.
func (s *Schemas) Text(id int) ([]byte, error) { return s.text(id) }

// text returns the schema registered under id, from memory when it was asked
// for before.
func (s *Schemas) text(id int) ([]byte, error) {
	s.mu.Lock()
	text, ok := s.fetched[id]
	s.mu.Unlock()
	if ok {
		return text, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), fetchTimeout)
	defer cancel()
	text, err := s.src.SchemaByID(ctx, id)
	switch {
	case errors.Is(err, ErrUnknownID):
		return nil, fmt.Errorf("fetching writer schema: %w", err)
	case err != nil:
		return nil, fmt.Errorf("fetching writer schema: %w: %w", ErrUnavailable, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.fetched) >= maxFetched {
		clear(s.fetched)
	}
	s.fetched[id] = text
	return text, nil
}
