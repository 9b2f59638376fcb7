//go:build unix && !linux

package process

import (
	"os/exec"
	"syscall"
)

// attributes puts a child into a group of its own. Only Linux can bind its life
// to that of the test; elsewhere a test that is killed leaves its servers.
func attributes(syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

func spawn(child *exec.Cmd) error { return child.Start() }
