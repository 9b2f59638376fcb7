//go:build unix

package kafka

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// lockFolder makes dir this process's own until the returned function is
// called or the process dies: two brokers in one folder would interleave
// their records.
func lockFolder(dir string) (func() error, error) {
	file, err := os.OpenFile(filepath.Join(dir, "LOCK"), os.O_CREATE|os.O_RDWR, 0o640)
	if err != nil {
		return nil, fmt.Errorf("locking data directory of embedded Kafka: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("locking %s: %w; another process runs an embedded Kafka there, stop it or choose another folder", dir, err), file.Close())
	}
	return file.Close, nil
}
