package streams

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

// Awaiter is a Committed that can be waited for; an App is one.
type Awaiter interface {
	Committed
	// Await returns when the record at a place of an input of topology app was
	// handled and its outcome can be read here, else ctx's error, ErrRestoring or
	// a NotOwnerError.
	Await(ctx context.Context, app string, at Position) error
}

// AtLeast is how one reads one's own write: it reads what has the outcome of the
// record at a place of an input, which the caller has produced. Each read waits
// for that until ctx ends.
//
//	order, err := orders.Get(streams.AtLeast(ctx, app, written), id)
func AtLeast(ctx context.Context, from Awaiter, at Position) Committed {
	return &atLeast{ctx: ctx, from: from, at: at}
}

type atLeast struct {
	ctx  context.Context // of the reads that this value is made for
	from Awaiter
	at   Position
}

// Rows implements Committed.
func (a *atLeast) Rows(app, key string) (store.Reader, error) {
	if err := a.from.Await(a.ctx, app, a.at); err != nil {
		return nil, err
	}
	return a.from.Rows(app, key)
}

// AllRows implements Committed.
func (a *atLeast) AllRows(app string) ([]store.Reader, error) {
	if err := a.from.Await(a.ctx, app, a.at); err != nil {
		return nil, err
	}
	return a.from.AllRows(app)
}

// TableRows implements Committed.
func (a *atLeast) TableRows(app, topic, key string) (store.Reader, int32, error) {
	if err := a.from.Await(a.ctx, app, a.at); err != nil {
		return nil, 0, err
	}
	return a.from.TableRows(app, topic, key)
}

// Reflects returns how far the inputs were handled whose outcome is in the rows
// of the task that owns key: by topic, the offset of the next record. Ask before
// reading: what is read then has at least that.
func Reflects(from Committed, app, key string) (map[string]int64, error) {
	rows, err := from.Rows(app, key)
	if err != nil {
		return nil, err
	}
	b, err := rows.Get(changelog.MarkKey)
	if err != nil || b == nil {
		return nil, err
	}
	mark, err := changelog.ReadMark(b)
	if err != nil {
		return nil, err
	}
	next := make(map[string]int64, len(mark.Positions))
	for _, p := range mark.Positions {
		next[p.Topic] = p.Next
	}
	return next, nil
}

// String is TOPIC/PARTITION@OFFSET; ParsePosition reads it.
func (p Position) String() string {
	return fmt.Sprintf("%s/%d@%d", p.Topic, p.Partition, p.Offset)
}

// ParsePosition reads what Position.String wrote, as a client brings it back.
func ParsePosition(text string) (p Position, err error) {
	topic, place, ok := strings.Cut(text, "/")
	partition, offset, both := strings.Cut(place, "@")
	if !ok || !both || topic == "" {
		return p, fmt.Errorf("position %.100q: want TOPIC/PARTITION@OFFSET", text)
	}
	n, err := strconv.ParseInt(partition, 10, 32)
	if err != nil || n < 0 {
		return p, fmt.Errorf("position %.100q: the partition is no number", text)
	}
	if p.Offset, err = strconv.ParseInt(offset, 10, 64); err != nil || p.Offset < 0 {
		return Position{}, fmt.Errorf("position %.100q: the offset is no number", text)
	}
	p.Topic, p.Partition = topic, int32(n)
	return p, nil
}

// Refusal is what an HTTP edge answers when the rows asked for cannot be read in
// this process.
type Refusal struct {
	// Status is 421 when another process has them, 503 when it is worth trying
	// again.
	Status int
	// Owner is the address of that other process; with 421 alone.
	Owner string
	// RetryAfter is how long to wait; with 503 alone.
	RetryAfter time.Duration
}

// RefusalOf says what an error of a read is to an HTTP edge; ok is false for one
// that is not about where the rows are.
func RefusalOf(err error) (refusal Refusal, ok bool) {
	var owner *NotOwnerError
	switch {
	case errors.As(err, &owner) && owner.Address != "":
		return Refusal{Status: http.StatusMisdirectedRequest, Owner: owner.Address}, true
	case owner != nil, errors.Is(err, ErrRestoring), errors.Is(err, store.ErrLeaseLost):
		return Refusal{Status: http.StatusServiceUnavailable, RetryAfter: time.Second}, true
	}
	return Refusal{}, false
}
