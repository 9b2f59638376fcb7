package effect

import (
	"context"
	"errors"
	"time"

	"github.com/millrace/millrace/streams/changelog"
)

// permanent marks a refusal that no repetition will change.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// Permanent says that the destination refused for good: the effect is answered
// with this error instead of being tried again. Permanent(nil) is nil.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanent{err}
}

// IsPermanent says whether err was made by Permanent, or wraps such an error.
func IsPermanent(err error) bool {
	var p permanent
	return errors.As(err, &p)
}

// delayed carries how long the destination told us to wait.
type delayed struct {
	error
	wait time.Duration
}

func (d delayed) Unwrap() error { return d.error }

// RetryAfter says that the destination asked to be left alone for wait, as HTTP
// status 429 does: until then none of its effects is called. RetryAfter(nil, d)
// is nil.
func RetryAfter(err error, wait time.Duration) error {
	if err == nil {
		return nil
	}
	return delayed{err, max(wait, 0)}
}

// Wait returns how long err asks to wait before the next try, if it does.
func Wait(err error) (wait time.Duration, ok bool) {
	var d delayed
	if !errors.As(err, &d) {
		return 0, false
	}
	return d.wait, true
}

// answered says that the destination is up: it took the call, or told us off.
func answered(err error) bool {
	_, wait := Wait(err)
	return err == nil || wait || IsPermanent(err)
}

// errDropped is the end of a call that was not made, or that does not count any
// more, because the task is no longer ours.
var errDropped = errors.New("effect dropped: the task was revoked")

// errCut is the end of a call that outlasted the session of this process: it may
// have succeeded, and says nothing about the destination.
var errCut = errors.New("effect cut: the session of this process ran out")

type idKey struct{}

// WithID puts an effect's id into the context of its call.
func WithID(ctx context.Context, id changelog.ID) context.Context {
	return context.WithValue(ctx, idKey{}, id)
}

// ID returns the id of the effect that ctx belongs to: the same at each
// repetition of a call, so it serves as the idempotency key. It is zero outside
// of a call.
func ID(ctx context.Context) changelog.ID {
	id, _ := ctx.Value(idKey{}).(changelog.ID)
	return id
}
