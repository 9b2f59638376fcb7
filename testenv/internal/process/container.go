//go:build unix

package process

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// build returns the command of the next run. In Docker the server uses the
// host's network, so that ports, addresses and configuration are the same
// inside and outside, and its state folder is mounted at its own path.
func (s *Server) build() *exec.Cmd {
	c := s.command
	if c.Image == "" {
		child := exec.Command(c.Path, c.Args...)
		child.Env = append(os.Environ(), c.Env...)
		child.SysProcAttr = attributes(syscall.SIGKILL)
		return child
	}
	s.running = fmt.Sprintf("millrace-testenv-%s-%d", filepath.Base(c.Dir), s.runs)
	args := []string{
		"run", "--rm", "--init", "--name", s.running, "--network", "host",
		"--user", fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()),
		"--volume", c.Dir + ":" + c.Dir, "--workdir", c.Dir,
	}
	for _, pair := range c.Env {
		args = append(args, "--env", pair)
	}
	if c.Path != "" {
		args = append(args, "--entrypoint", c.Path)
	}
	args = append(append(args, c.Image), c.Args...)
	child := exec.Command("docker", args...)
	// The client hands SIGTERM on to the container, which SIGKILL would orphan.
	child.SysProcAttr = attributes(syscall.SIGTERM)
	return child
}

// signalContainer reaches the server inside its container: signals that cannot
// be caught would only end the Docker client.
func (s *Server) signalContainer(sig syscall.Signal) error {
	args := map[syscall.Signal][]string{
		syscall.SIGTERM: {"kill", "--signal", "TERM"},
		syscall.SIGKILL: {"kill", "--signal", "KILL"},
		syscall.SIGSTOP: {"pause"},
		syscall.SIGCONT: {"unpause"},
	}[sig]
	out, err := exec.Command("docker", append(args, s.running)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("docker %s %s: %w: %s", args[0], s.running, err, strings.TrimSpace(string(out)))
	}
	return nil
}
