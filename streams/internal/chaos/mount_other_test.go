//go:build unix && !linux

package chaos

import (
	"testing"

	"github.com/millrace/millrace/testenv"
)

func mountSmall(t testing.TB, _ string) {
	t.Helper()
	testenv.Lack(t, "mount", "no small disk can be mounted here", "run on Linux, as root")
}
