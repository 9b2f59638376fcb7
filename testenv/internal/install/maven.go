//go:build unix

package install

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

const dependencyPlugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"

// Jars fills dir with the archives that the POM names and all that they need
// to run.
func Jars(ctx context.Context, pom []byte, dir string) error {
	if err := needMaven(ctx); err != nil {
		return err
	}
	path := filepath.Join(dir, "pom.xml")
	if err := os.WriteFile(path, pom, 0o644); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return Run(ctx, "mvn", "-q", "-B", "-f", path, dependencyPlugin+":copy-dependencies",
		"-DoutputDirectory="+dir, "-DincludeScope=runtime")
}

// Archive downloads one Maven artifact `group:name:version:type:classifier`, a
// tar.gz, and unpacks it into dir.
func Archive(ctx context.Context, artifact, dir string) error {
	if err := needMaven(ctx); err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "millrace-archive-")
	if err != nil {
		return fmt.Errorf("making a folder for the download: %w", err)
	}
	defer os.RemoveAll(temp)
	if err := Run(ctx, "mvn", "-q", "-B", dependencyPlugin+":copy",
		"-Dartifact="+artifact, "-DoutputDirectory="+temp); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(temp, "*.tar.gz"))
	if err != nil || len(files) != 1 {
		return fmt.Errorf("downloading %s: got %d archives, want 1", artifact, len(files))
	}
	return Run(ctx, "tar", "-xzf", files[0], "-C", dir)
}

func needMaven(ctx context.Context) error {
	return Package(ctx, "mvn", "maven")
}

// Run runs a program; the error holds the end of what it printed.
func Run(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		const keep = 4 << 10
		text := strings.TrimSpace(string(out[max(0, len(out)-keep):]))
		return fmt.Errorf("running %s: %w:\n%s", name, err, text)
	}
	return nil
}

var versionLine = regexp.MustCompile(`version "(\d+)`)

// Java returns a java program of at least the major version least: from
// JAVA21_HOME, JAVA_HOME, PATH, then the JDKs below /usr/lib/jvm.
func Java(ctx context.Context, least int) (string, error) {
	var candidates []string
	for _, key := range []string{"JAVA21_HOME", "JAVA_HOME"} {
		if home := os.Getenv(key); home != "" {
			candidates = append(candidates, filepath.Join(home, "bin", "java"))
		}
	}
	if path, err := exec.LookPath("java"); err == nil {
		candidates = append(candidates, path)
	}
	installed, _ := filepath.Glob("/usr/lib/jvm/*/bin/java")
	for _, java := range append(candidates, installed...) {
		if javaVersion(ctx, java) >= least {
			return java, nil
		}
	}
	return "", &Missing{
		What: fmt.Sprintf("no java of version %d or later found", least),
		Help: "install a JDK below /usr/lib/jvm or set JAVA21_HOME to one",
	}
}

// javaVersion returns the major version of a java program, 0 if it has none.
func javaVersion(ctx context.Context, java string) int {
	out, err := exec.CommandContext(ctx, java, "-version").CombinedOutput()
	if err != nil {
		return 0
	}
	match := versionLine.FindSubmatch(out)
	if match == nil {
		return 0
	}
	major, _ := strconv.Atoi(string(match[1]))
	return major
}
