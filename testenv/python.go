//go:build unix

package testenv

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/millrace/millrace/testenv/internal/install"
)

// Python returns a command that runs a Python script with these packages, each
// pinned ("confluent-kafka[avro]==2.11.1"). They are installed once into the
// cache. The caller adds arguments, starts the command and reads its output.
// Tests use it to show that clients of other makers read what Millrace writes.
func Python(t testing.TB, script string, packages ...string) *exec.Cmd {
	t.Helper()
	need(t, "python")
	ctx, cancel := context.WithTimeout(t.Context(), installPatience)
	defer cancel()
	library, err := pythonLibrary(ctx, packages)
	check(t, "python", err)
	command := exec.CommandContext(t.Context(), "python3", script)
	command.Env = append(os.Environ(), "PYTHONPATH="+library, "PYTHONDONTWRITEBYTECODE=1")
	return command
}

// pythonLibrary returns a folder that holds the packages.
func pythonLibrary(ctx context.Context, packages []string) (string, error) {
	if exec.CommandContext(ctx, "python3", "-m", "pip", "--version").Run() != nil {
		return "", &install.Missing{What: "no python3 with pip found", Help: "install Python 3 and pip"}
	}
	// What is compiled for one Python does not load in another.
	version, err := exec.CommandContext(ctx, "python3", "--version").Output()
	if err != nil {
		return "", fmt.Errorf("asking python3 for its version: %w", err)
	}
	sum := sha256.Sum256([]byte(string(version) + strings.Join(packages, "\n")))
	return install.Once(ctx, fmt.Sprintf("python-%x", sum[:6]), func(ctx context.Context, dir string) error {
		args := append([]string{"-m", "pip", "install", "--quiet", "--target", dir}, packages...)
		return install.Run(ctx, "python3", args...)
	})
}
