//go:build unix

package install

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"
)

// claims keeps locks that are never given back while the process lives: a file
// that nothing refers to would be closed by the garbage collector.
var claims struct {
	sync.Mutex
	unlocks []func()
}

// claim takes the lock at path for the rest of this process, if it is free.
func claim(path string) (bool, error) {
	unlock, held, err := TryLock(path)
	if err != nil || !held {
		return false, err
	}
	claims.Lock()
	defer claims.Unlock()
	claims.unlocks = append(claims.unlocks, unlock)
	return true, nil
}

// StateDir returns a new folder for one running server. It belongs to this
// process; folders whose process has died are removed on the way.
func StateDir(name string) (string, error) {
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	root := filepath.Join(cache, "state")
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", fmt.Errorf("making the state folder: %w", err)
	}
	sweep(root)
	dir, err := os.MkdirTemp(root, name+"-")
	if err != nil {
		return "", fmt.Errorf("making a state folder: %w", err)
	}
	held, err := claim(ownerLock(dir))
	if err != nil {
		return "", fmt.Errorf("claiming %s: %w", dir, err)
	}
	if !held {
		return "", fmt.Errorf("claiming %s: another process holds it", dir)
	}
	return dir, nil
}

// sweep removes state folders without a living owner. A folder younger than a
// minute may be about to get one.
func sweep(root string) {
	dirs, _ := filepath.Glob(filepath.Join(root, "*-*[0-9]")) // the pattern is well formed
	for _, dir := range dirs {
		info, err := os.Stat(dir)
		if err != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		if unlock, held, _ := TryLock(ownerLock(dir)); held {
			os.RemoveAll(dir)
			os.Remove(ownerLock(dir))
			unlock()
		}
	}
}

func ownerLock(dir string) string { return dir + ".owner" }

// Ports below the range from which systems take those of outgoing connections:
// a server that was killed finds its port still free.
const (
	firstPort = 20000
	lastPort  = 31999
	portTries = 200
)

// Port claims a free TCP port on loopback for as long as this process lives.
// The claim holds among all processes that use the same cache folder.
func Port() (int, error) {
	cache, err := CacheDir()
	if err != nil {
		return 0, err
	}
	for range portTries {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		if !free(port) {
			continue
		}
		held, err := claim(filepath.Join(cache, "ports", strconv.Itoa(port)))
		if err != nil {
			return 0, err
		}
		if held {
			return port, nil
		}
	}
	return 0, fmt.Errorf("looking for a free port between %d and %d: %d tried, all taken", firstPort, lastPort, portTries)
}

func free(port int) bool {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	listener.Close()
	return true
}
