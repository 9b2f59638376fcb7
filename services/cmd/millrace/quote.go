package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
)

// readQuoteKey reads the secret that signs quotes, or makes one.
func readQuoteKey(name string) ([]byte, error) {
	if name == "" {
		key := make([]byte, 32)
		_, err := rand.Read(key)
		return key, err
	}
	key, err := os.ReadFile(name)
	if err != nil {
		return nil, usageError{err}
	}
	if key = bytes.TrimSpace(key); len(key) < 32 || len(key) > 4096 {
		return nil, usageError{fmt.Errorf("%s: a secret of %d bytes; want 32 to 4096", name, len(key))}
	}
	return key, nil
}
