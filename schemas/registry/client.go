package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/compat"
)

// requestTimeout bounds one request to the registry.
const requestTimeout = 10 * time.Second

// ErrIncompatible says that the registry refuses a schema because of the
// versions it already has.
var ErrIncompatible = errors.New("schema is incompatible with its registered versions: make the change compatible, or make a new major version of the topic")

// Away says whether an error of a Client is that the registry did not answer, or
// cannot work now: the same request may succeed later.
func Away(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || statusOf(err) >= http.StatusInternalServerError
}

// Client asks one registry. It implements codec.Source and compat.Versions and
// is safe for concurrent use.
type Client struct {
	sr *sr.Client

	mu       sync.Mutex
	levelled map[string]bool // subjects whose level this client has set
}

// NewClient returns a client of the registry at the given URLs, tried in turn.
// Options add credentials and TLS. It does not connect yet.
func NewClient(urls []string, opts ...sr.ClientOpt) (*Client, error) {
	defaults := []sr.ClientOpt{sr.URLs(urls...), sr.UserAgent("millrace"), sr.HTTPClient(&http.Client{Timeout: requestTimeout})}
	client, err := sr.NewClient(append(defaults, opts...)...)
	if err != nil {
		return nil, fmt.Errorf("configuring schema registry client: %w", err)
	}
	return &Client{sr: client, levelled: map[string]bool{}}, nil
}

// Register sets the compatibility level of subject, since some registries check
// nothing unless told, and registers schema under it. The error matches
// ErrIncompatible when the registry refuses the change.
func (c *Client) Register(ctx context.Context, subject string, schema []byte) (int, error) {
	before := c.setLevel(ctx, subject)
	if before != nil && !isNotFound(before) {
		return 0, before
	}
	id, err := c.sr.RegisterSchema(ctx, subject, sr.Schema{Schema: string(schema), Type: sr.TypeAvro}, -1, -1)
	switch {
	case statusOf(err) == http.StatusConflict:
		return 0, fmt.Errorf("%w: %w", ErrIncompatible, err)
	case err != nil:
		return 0, fmt.Errorf("registering schema: %w", err)
	}
	if before != nil { // the registry sets levels only on subjects it knows
		if err := c.setLevel(ctx, subject); err != nil {
			return 0, err
		}
	}
	return id, nil
}

// setLevel sets the compatibility level of subject once.
func (c *Client) setLevel(ctx context.Context, subject string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.levelled[subject] {
		return nil
	}
	var level sr.CompatibilityLevel
	if err := level.UnmarshalText([]byte(compat.LevelOf(subject))); err != nil {
		return fmt.Errorf("setting compatibility level: %w", err)
	}
	for _, result := range c.sr.SetCompatibility(ctx, sr.SetCompatibility{Level: level}, subject) {
		if result.Err != nil {
			return fmt.Errorf("setting compatibility level of %s: %w", subject, result.Err)
		}
	}
	c.levelled[subject] = true
	return nil
}

// SchemaByID returns the schema registered under id; the error matches
// codec.ErrUnknownID when there is none.
func (c *Client) SchemaByID(ctx context.Context, id int) ([]byte, error) {
	schema, err := c.sr.SchemaByID(ctx, id)
	switch {
	case isNotFound(err):
		return nil, fmt.Errorf("%w: %w", codec.ErrUnknownID, err)
	case err != nil:
		return nil, fmt.Errorf("fetching schema %d: %w", id, err)
	}
	if schema.Type != sr.TypeAvro {
		return nil, fmt.Errorf("schema %d is %s, not Avro: %w", id, schema.Type, codec.ErrUnknownID)
	}
	return []byte(schema.Schema), nil
}

// Versions returns all schemas of subject, oldest first; none when the subject
// is unknown.
func (c *Client) Versions(ctx context.Context, subject string) ([][]byte, error) {
	numbers, err := c.sr.SubjectVersions(ctx, subject)
	switch {
	case isNotFound(err):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("listing versions of %s: %w", subject, err)
	}
	versions := make([][]byte, len(numbers))
	for i, n := range numbers {
		schema, err := c.sr.SchemaByVersion(ctx, subject, n)
		if err != nil {
			return nil, fmt.Errorf("fetching version %d of %s: %w", n, subject, err)
		}
		versions[i] = []byte(schema.Schema.Schema)
	}
	return versions, nil
}

// statusOf returns the HTTP status of a registry's refusal, 0 for other errors.
func statusOf(err error) int {
	var refused *sr.ResponseError
	if errors.As(err, &refused) {
		return refused.StatusCode
	}
	return 0
}

// isNotFound reports whether the registry has no such subject, version or id.
func isNotFound(err error) bool { return statusOf(err) == http.StatusNotFound }
