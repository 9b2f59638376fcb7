package statedir_test

import (
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/millrace/millrace/streams/store/statedir"
)

// otherProcess names the directory that the test binary, run as a second
// process, is to open.
const otherProcess = "STATEDIR_TEST_OPEN"

func TestMain(m *testing.M) {
	if path := os.Getenv(otherProcess); path != "" {
		_, err := statedir.Open(vfs.Default, path)
		if errors.Is(err, statedir.ErrInUse) {
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestSecondProcessIsRefusedUntilTheFirstClosed(t *testing.T) {
	path := t.TempDir()
	second := func() int {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), otherProcess+"="+path)
		_ = cmd.Run()
		return cmd.ProcessState.ExitCode()
	}
	d := open(t, vfs.Default, path)
	if _, err := statedir.Open(vfs.Default, path); !errors.Is(err, statedir.ErrInUse) {
		t.Errorf("opening it twice in one process: %v, want ErrInUse", err)
	}
	if code := second(); code != 3 {
		t.Errorf("second process ended with %d, want to be refused", code)
	}
	if err := errors.Join(d.Close(), d.Close()); err != nil {
		t.Fatal(err)
	}
	if code := second(); code != 0 {
		t.Errorf("second process after Close ended with %d, want success", code)
	}
}
