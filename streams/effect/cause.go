package effect

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
)

// Causes of a failure, where the error does not say its own by a method
// Cause() string.
const (
	CauseTimeout     = "TIMEOUT"     // no answer in time
	CauseUnreachable = "UNREACHABLE" // no connection, or one that broke
	CauseThrottled   = "THROTTLED"   // it asked to wait
	CauseRefused     = "REFUSED"     // for good
	CauseOther       = "FAILED"
)

// Cause is the kind of a failure as a code. It has nothing of what the other side
// or the request said, so it can be shown to everybody.
func Cause(err error) string {
	var own interface{ Cause() string }
	var timeout net.Error
	var network *net.OpError
	var name *net.DNSError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &own):
		return own.Cause()
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return CauseTimeout
	case errors.As(err, &network), errors.As(err, &name), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return CauseUnreachable
	case IsPermanent(err):
		return CauseRefused
	}
	if _, told := Wait(err); told {
		return CauseThrottled
	}
	return CauseOther
}
