package fault_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/millrace/millrace/platform/fault"
)

func TestCodeOfFindsTheOutermostKind(t *testing.T) {
	inner := fault.Wrap(fault.Unavailable, io.ErrUnexpectedEOF)
	cases := []struct {
		name  string
		err   error
		code  fault.Code
		retry bool
	}{
		{"plain error", errors.New("boom"), fault.Unknown, false},
		{"wrapped by text", fmt.Errorf("calling partner: %w", inner), fault.Unavailable, true},
		{"reclassified above", fault.Wrap(fault.Invalid, inner), fault.Invalid, false},
		{"deadline", fmt.Errorf("waiting: %w", context.DeadlineExceeded), fault.Timeout, true},
		{"joined", errors.Join(errors.New("first"), fault.New(fault.Throttled, "slow down")), fault.Throttled, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := fault.CodeOf(c.err); got != c.code {
				t.Errorf("code: want %s, got %s", c.code, got)
			}
			if got := fault.Retryable(c.err); got != c.retry {
				t.Errorf("retryable: want %v, got %v", c.retry, got)
			}
		})
	}
}

func TestWrapKeepsTheCauseAndNil(t *testing.T) {
	if fault.Wrap(fault.Invalid, nil) != nil {
		t.Error("wrapping nil must stay nil")
	}
	err := fault.Wrap(fault.Invalid, io.EOF)
	if !errors.Is(err, io.EOF) || err.Error() != "EOF" {
		t.Errorf("cause lost: %v", err)
	}
	if fault.Retryable(nil) {
		t.Error("nil is not retryable")
	}
}
