package config

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

const (
	hidden      = "***"
	filePrefix  = "file:"
	secretBytes = 64 << 10 // largest secret file
)

// Secret refers to a file that holds a password or key. However it is printed,
// logged or marshalled, it shows ***; only Reveal gives it away.
type Secret struct {
	path string
}

// NewSecret refers to the secret in the file at path.
func NewSecret(path string) Secret { return Secret{path} }

// IsSet reports whether the secret refers to a file.
func (s Secret) IsSet() bool { return s.path != "" }

// Path returns the file's path, for libraries that read it themselves.
func (s Secret) Path() string { return s.path }

// Reveal reads the secret, so that a rotated file needs no restart. The line
// end after it is not part of it; an empty file is an error.
func (s Secret) Reveal() (string, error) {
	if !s.IsSet() {
		return "", errors.New("reading secret: it is not set")
	}
	file, err := os.Open(s.path)
	if err != nil {
		return "", fmt.Errorf("reading secret: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, secretBytes+1))
	if err != nil {
		return "", fmt.Errorf("reading secret: %w", err)
	}
	value := strings.TrimRight(string(text), "\r\n")
	switch {
	case value == "":
		return "", fmt.Errorf("reading secret: %s is empty", s.path)
	case len(text) > secretBytes:
		return "", fmt.Errorf("reading secret: %s is larger than %d bytes", s.path, secretBytes)
	}
	return value, nil
}

// String returns ***.
func (Secret) String() string { return hidden }

// GoString returns ***, for %#v.
func (Secret) GoString() string { return hidden }

// MarshalText returns ***, for JSON, YAML and zerolog.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue returns ***, for slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// Secret declares a secret. Its value is file:/path, never the secret itself:
// flags stand in process lists and environments in crash reports.
func (s *Set) Secret(target *Secret, name, meaning string) {
	s.add(name, meaning, `""`, "file:/path of the file that holds it", func() string {
		if !target.IsSet() {
			return ""
		}
		return hidden
	}, func(value any) error {
		text, _ := value.(string)
		path, isFile := strings.CutPrefix(text, filePrefix)
		if !isFile || path == "" {
			return errors.New("a secret is given as file:/path, not as its value")
		}
		secret := NewSecret(path)
		if _, err := secret.Reveal(); err != nil {
			return err
		}
		*target = secret
		return nil
	})
}
