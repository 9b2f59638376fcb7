package httpd

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

// ETagOf returns the strong entity tag of a body: equal bytes, equal tag.
func ETagOf(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}

// NotModified reports whether the client of r holds tag already. Weak and
// strong tags count as equal and * matches any, as RFC 9110 §13.1.2 has it for
// reads; for other methods than GET and HEAD it is false.
func NotModified(r *http.Request, tag string) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	return matches(r.Header.Values("If-None-Match"), tag)
}

func matches(headers []string, tag string) bool {
	opaque := strings.TrimPrefix(tag, "W/")
	for _, header := range headers {
		for candidate := range strings.SplitSeq(header, ",") {
			candidate = strings.TrimSpace(candidate)
			if candidate == "*" || strings.TrimPrefix(candidate, "W/") == opaque {
				return true
			}
		}
	}
	return false
}

// WriteCached answers a read with v as JSON under its entity tag, or with 304
// and no body when the client has it. cacheControl is the header as it is
// sent, for example "max-age=5, stale-while-revalidate=30".
func WriteCached(w http.ResponseWriter, r *http.Request, cacheControl string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		WriteError(w, r, err)
		return
	}
	tag := ETagOf(body)
	h := w.Header()
	h.Set("ETag", tag)
	h.Set("Cache-Control", cacheControl)
	if NotModified(r, tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", "application/json")
	_, _ = w.Write(append(body, '\n'))
}
