// Package fault is the small vocabulary in which errors are classified: code
// deep inside says once what kind of failure it met, every layer above wraps
// it with %w, and the edge (an HTTP answer, a retry, a dead letter) asks for
// the kind instead of matching texts.
package fault

import (
	"context"
	"errors"
	"fmt"
)

// Code is the kind of a failure. It decides what happens next, so there are
// only as many codes as there are different reactions.
type Code string

const (
	// Unknown is an error nobody classified: a defect until shown otherwise.
	Unknown Code = "UNKNOWN"
	// Invalid is wrong input: repeating it unchanged never helps.
	Invalid Code = "INVALID"
	// NotFound names a thing that does not exist, or not for this caller.
	NotFound Code = "NOT_FOUND"
	// Conflict contradicts what was already decided, such as another body
	// under a known idempotency key.
	Conflict Code = "CONFLICT"
	// Denied is a caller who may not do this.
	Denied Code = "DENIED"
	// Throttled is a caller, or we ourselves, over a limit: try later.
	Throttled Code = "THROTTLED"
	// Unavailable is a neighbour that does not answer: try again.
	Unavailable Code = "UNAVAILABLE"
	// Timeout is a neighbour whose answer is not known: the work may be done.
	Timeout Code = "TIMEOUT"
)

// Retryable reports whether the same call may succeed later without a change
// by anybody.
func (c Code) Retryable() bool {
	switch c {
	case Throttled, Unavailable, Timeout:
		return true
	default:
		return false
	}
}

// Error is an error with its kind.
type Error struct {
	Code Code
	Err  error
}

// New returns an error of the given kind with a formatted text; %w works as
// in fmt.Errorf.
func New(code Code, format string, args ...any) error {
	return &Error{Code: code, Err: fmt.Errorf(format, args...)}
}

// Wrap gives err a kind and keeps its text; nil stays nil. The outermost kind
// wins, so that a layer may correct what a lower one believed.
func Wrap(code Code, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Code: code, Err: err}
}

// Error returns the text of the error without its code.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the classified error.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the outermost kind found in err's chain; an expired deadline
// that nobody classified is a Timeout, anything else Unknown.
func CodeOf(err error) Code {
	var classified *Error
	switch {
	case errors.As(err, &classified):
		return classified.Code
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout
	default:
		return Unknown
	}
}

// Retryable reports whether err's kind may pass by waiting.
func Retryable(err error) bool { return err != nil && CodeOf(err).Retryable() }
