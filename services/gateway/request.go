package gateway

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/platform/httpd"
)

// Headers and bounds of requests that change something.
const (
	IdempotencyKey = "Idempotency-Key"
	Replayed       = "Idempotent-Replayed"
	maxKey         = 255

	DefaultWait = time.Second
	MaxWait     = 30 * time.Second
)

// Problems that every changing request can meet.
const (
	CodeKeyRequired = "IDEMPOTENCY_KEY_REQUIRED"
	CodeMismatch    = "IDEMPOTENCY_MISMATCH"
)

// KeyOf returns the request's idempotency key: 1 to 255 visible ASCII
// characters, in quotes or without. The error is a Problem.
func KeyOf(r *http.Request) (string, error) {
	key := r.Header.Get(IdempotencyKey)
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	visible := !strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' })
	if key == "" || len(key) > maxKey || !visible {
		return "", httpd.NewProblem(http.StatusBadRequest, CodeKeyRequired,
			fmt.Sprintf("A request that changes something needs the header %s, 1 to %d visible ASCII characters, the same whenever it is repeated.", IdempotencyKey, maxKey))
	}
	return key, nil
}

// Agree says whether an idempotency key names a document of a channel: it is the
// channel's number, or channel:number.
func Agree(key, channel, externalID string) bool {
	return key == externalID || key == channel+":"+externalID
}

// WaitOf is how long the client lets the answer take: Prefer: wait=SECONDS
// (RFC 7240), else DefaultWait, at most MaxWait.
func WaitOf(r *http.Request) time.Duration {
	for _, header := range r.Header.Values("Prefer") {
		for preference := range strings.SplitSeq(header, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(preference), "=")
			seconds, err := strconv.Atoi(strings.Trim(value, `"`))
			if strings.EqualFold(name, "wait") && err == nil && seconds >= 0 {
				return min(time.Duration(min(seconds, 3600))*time.Second, MaxWait)
			}
		}
	}
	return DefaultWait
}
