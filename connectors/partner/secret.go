package partner

import (
	"fmt"
	"os"
	"strings"

	"github.com/millrace/millrace/platform/config"
)

const (
	secretEnv  = "env:"
	secretFile = "file:"
)

// Reveal reads the secret that a reference names, env:NAME or file:PATH; "" is none.
// Read it each time it is needed, so that a rotated one is taken up without a
// restart.
func Reveal(ref string) (string, error) {
	if name, ok := strings.CutPrefix(ref, secretEnv); ok {
		if v := os.Getenv(name); v != "" {
			return v, nil
		}
		return "", fmt.Errorf("credential env:%s is not set", name)
	}
	if path, ok := strings.CutPrefix(ref, secretFile); ok {
		return config.NewSecret(path).Reveal()
	}
	return "", nil
}

// isReference says whether a text names a secret instead of being one.
func isReference(text string) bool {
	return strings.HasPrefix(text, secretEnv) || strings.HasPrefix(text, secretFile)
}
