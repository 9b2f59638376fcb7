package httpd

import (
	"net/http"
	"strconv"
	"time"
)

// RetryAfter reads how long the header of that name asks to wait from now on, given in
// seconds or as a date; false when it asks for nothing.
func RetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 33); err == nil { // a Duration holds no more
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}
