package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// secretPrefix begins every secret, so that one is known for what it is.
const secretPrefix = "whsec_"

// The bytes that a secret may have, by the specification.
const (
	leastSecret = 24
	mostSecret  = 64
)

// Secret signs what is sent to one endpoint. Its text is never printed.
type Secret struct{ key []byte }

// ParseSecret reads a secret, whsec_ and 24 to 64 bytes in base64.
func ParseSecret(text string) (Secret, error) {
	encoded, ok := strings.CutPrefix(text, secretPrefix)
	if !ok {
		return Secret{}, fmt.Errorf("a secret of webhooks begins with %s", secretPrefix)
	}
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return Secret{}, errors.New("a secret of webhooks is base64 behind " + secretPrefix) // the cause would show a part of it
	}
	if len(key) < leastSecret || len(key) > mostSecret {
		return Secret{}, fmt.Errorf("a secret of webhooks has %d to %d bytes, this one has %d", leastSecret, mostSecret, len(key))
	}
	return Secret{key}, nil
}

// String hides the secret.
func (Secret) String() string { return "***" }

// GoString hides the secret.
func (Secret) GoString() string { return "***" }

// Sign returns a signature of a message as it stands in webhook-signature.
func (s Secret) Sign(id string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
