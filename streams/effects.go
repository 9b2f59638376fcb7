package streams

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/millrace/millrace/streams/effect"
	"github.com/millrace/millrace/streams/internal/span"
)

// Permanent says, from a Destination's Call, that the refusal is final: the
// entity gets an Answer with this error and the call is not tried again.
func Permanent(err error) error { return effect.Permanent(err) }

// RetryAfter says, from a Destination's Call, that the destination asked to wait.
func RetryAfter(err error, wait time.Duration) error { return effect.RetryAfter(err, wait) }

// TraceParent returns the trace that an effect's call belongs to, as the values
// of the headers traceparent and tracestate; empty when there is none. Clients
// that OpenTelemetry instruments find it in ctx by themselves.
func TraceParent(ctx context.Context) (parent, state string) { return span.Of(ctx) }

// EffectID returns the id of the effect whose call ctx belongs to, as a UUID's
// text. It is stable over repetitions and crashes.
func EffectID(ctx context.Context) string { return uuid.UUID(effect.ID(ctx)).String() }
