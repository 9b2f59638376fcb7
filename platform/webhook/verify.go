package webhook

import (
	"crypto/hmac"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// fresh is how old a message that comes in may be, or how far ahead of our clock.
const fresh = 5 * time.Minute

// maxSignatures bounds what is compared.
const maxSignatures = 8

// Verify says whether a message that came in is signed by one of the secrets, and not
// long ago. The error says what is wrong, and nothing of a secret.
func Verify(secrets []Secret, header http.Header, now time.Time, body []byte) error {
	id, stamp := header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
	if id == "" || stamp == "" {
		return errors.New("a message has the headers webhook-id, webhook-timestamp and webhook-signature")
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return fmt.Errorf("webhook-timestamp is %.20q: it counts seconds since 1970", stamp)
	}
	at := time.Unix(seconds, 0)
	if off := now.Sub(at); off > fresh || off < -fresh {
		return fmt.Errorf("webhook-timestamp is more than %s from now: sign each repetition anew", fresh)
	}
	given := strings.Fields(header.Get("Webhook-Signature"))
	for _, signature := range given[:min(len(given), maxSignatures)] {
		for _, s := range secrets {
			if hmac.Equal([]byte(signature), []byte(s.Sign(id, at, body))) {
				return nil
			}
		}
	}
	return errors.New("no signature of webhook-signature is made by a secret that is known here")
}
