package chaos

import (
	"os"
	"syscall"
	"testing"

	"github.com/millrace/millrace/testenv"
)

// mountSmall puts a file system of 64 MiB at path until the test ends.
func mountSmall(t testing.TB, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("none", path, "tmpfs", 0, "size=64m"); err != nil {
		testenv.Lack(t, "mount", "mounting a small disk: "+err.Error(), "run as root, with CAP_SYS_ADMIN")
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(path, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
}
