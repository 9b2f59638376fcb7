//go:build unix

package testenv

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace/millrace/testenv/internal/process"
)

// installPatience bounds a start that must install first, downloads included.
const installPatience = 10 * time.Minute

// begin starts a server and leaves nothing behind when that fails.
func begin(ctx context.Context, server *process.Server) error {
	if err := server.Start(ctx); err != nil {
		return errors.Join(err, server.Kill())
	}
	return nil
}

// mortal is what can be ended and tells what it did.
type mortal interface {
	Kill() error
	Logs() string
}

// endWith kills a server at the end of the test, its state being of no use to
// anybody, and shows its log when the test has failed.
func endWith(t testing.TB, name string, server mortal) {
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the log of %s ends with:\n%s", name, server.Logs())
		}
		if err := server.Kill(); err != nil {
			t.Errorf("ending %s: %v", name, err)
		}
	})
}
