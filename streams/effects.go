package streams

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/millrace/millrace/streams/effect"
)

// Permanent says, from a Destination's Call, that the refusal is final: the
// entity gets an Answer with this error and the call is not tried again.
func Permanent(err error) error { return effect.Permanent(err) }

// RetryAfter says, from a Destination's Call, that the destination asked to wait.
func RetryAfter(err error, wait time.Duration) error { return effect.RetryAfter(err, wait) }

// EffectID returns the id of the effect whose call ctx belongs to, as a UUID's
// text. It is stable over repetitions and crashes.
func EffectID(ctx context.Context) string { return uuid.UUID(effect.ID(ctx)).String() }
