//go:build unix

package install

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
)

// Package makes sure that a program is there, if need be by installing the
// Debian package that holds it: as root, or by sudo without a password.
func Package(ctx context.Context, program, debian string) error {
	if found(program) {
		return nil
	}
	become, err := administrator(ctx, program, debian)
	if err != nil {
		return err
	}
	cache, err := CacheDir()
	if err != nil {
		return err
	}
	unlock, err := Lock(ctx, filepath.Join(cache, "apt.lock"))
	if err != nil {
		return err
	}
	defer unlock()
	if found(program) {
		return nil // another process was faster
	}
	apt := func(words ...string) error {
		line := slices.Concat(become, []string{
			"env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300",
		}, words)
		return Run(ctx, line[0], line[1:]...)
	}
	if apt("install", "-y", "--no-install-recommends", debian) == nil && found(program) {
		return nil
	}
	// The list of packages may be old or absent.
	err = apt("update")
	if err == nil {
		err = apt("install", "-y", "--no-install-recommends", debian)
	}
	if err != nil {
		return &Missing{What: err.Error(), Help: "install the package " + debian}
	}
	return nil
}

func found(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

// administrator returns the words that run a command as root; none when the
// process is root already.
func administrator(ctx context.Context, program, debian string) ([]string, error) {
	missing := &Missing{What: "no " + program + " found", Help: "install the package " + debian}
	if !found("apt-get") {
		return nil, missing
	}
	if os.Getuid() == 0 {
		return nil, nil
	}
	if exec.CommandContext(ctx, "sudo", "-n", "true").Run() != nil {
		return nil, missing
	}
	return []string{"sudo", "-n"}, nil
}

// Docker tells whether servers can run in containers: an engine answers and
// shares the host's network, as it does on Linux only.
var Docker = sync.OnceValue(func() bool {
	if runtime.GOOS != "linux" || os.Getenv("MILLRACE_DOCKER") == "off" {
		return false
	}
	return exec.Command("docker", "info", "--format", "{{.ServerVersion}}").Run() == nil
})

// Image makes sure that a container image is on this machine.
func Image(ctx context.Context, name string) error {
	if exec.CommandContext(ctx, "docker", "image", "inspect", name).Run() == nil {
		return nil
	}
	if err := Run(ctx, "docker", "pull", "--quiet", name); err != nil {
		return &Missing{What: err.Error(), Help: "pull the image " + name + ", or set MILLRACE_DOCKER=off"}
	}
	return nil
}
