package httpd

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const plainGet = "GET /v1/units?sku=A HTTP/1.1\r\nHost: shop:80\r\nUser-Agent: test\r\n\r\n"

// What is read as plain net/http reads in the same way, and as long: else one
// connection could carry a request that only one of both sees.
func FuzzPlainRequestsAreReadAsNetHTTPDoes(f *testing.F) {
	f.Add([]byte(plainGet))
	f.Add([]byte(plainGet + plainGet))
	f.Add([]byte("GET /?a#b HTTP/1.1\r\nHost: [::1]:80\r\nConnection: Keep-Alive\r\nIf-None-Match: \"a\"\r\n\r\nGET"))
	f.Add([]byte("GET /a HTTP/1.1\r\nHost: a\r\nX-Request-Id: 7\r\ncontent-length: 3\r\n\r\nabc"))
	f.Add([]byte("GET /a HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) { asNetHTTP(t, b) })
}

func TestPlainRequestsAreReadAsNetHTTPDoes(t *testing.T) {
	part := rapid.SampledFrom([]string{
		"GET ", "/", "/a?b=c&d", "http://a/", "%zz", " HTTP/1.1", " HTTP/1.0", "\r\n", "\n", "\r", " ", "\t", ":", "é", "\x00", "#",
		"Host: a", "Host:a:80", "host: b", "Host: a b", "Connection: close", "Connection: keep-alive", "Content-Length: 2", "Transfer-Encoding: chunked",
		"If-None-Match: \"x\"", "X-Request-Id: 1", "Accept: */*", "Expect: 100-continue", "Upgrade: h2c", "GET / HTTP/1.1\r\nHost: a\r\n", "\r\n\r\n",
	})
	harmless := rapid.SliceOfDistinct(rapid.SampledFrom([]string{
		"If-None-Match: \"x\"\r\n", "X-Request-Id: 1\r\n", "Accept: */*\r\n", "User-Agent: test\r\n", "Connection: keep-alive\r\n",
	}), rapid.ID)
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(part, 0, 8).Draw(t, "parts"), "")
		if rapid.Bool().Draw(t, "begins well") {
			text = "GET /a?b HTTP/1.1\r\nHost: a\r\n" + text + "\r\n\r\n"
		}
		asNetHTTP(t, []byte(text))
		plain := "GET /a?b HTTP/1.1\r\nHost: a\r\n" + strings.Join(harmless.Draw(t, "harmless"), "") + "\r\n"
		if !asNetHTTP(t, []byte(plain)) {
			t.Fatalf("%q is not read as plain", plain)
		}
	})
}

// asNetHTTP compares what readPlain takes with what net/http makes of the same.
func asNetHTTP(t interface{ Fatalf(string, ...any) }, b []byte) bool {
	r, size := readPlain(b)
	if size == 0 {
		return false
	}
	rest := bufio.NewReader(bytes.NewReader(b))
	want, err := http.ReadRequest(rest)
	if err != nil {
		t.Fatalf("net/http refuses %q: %v", b, err)
	}
	left, err := io.ReadAll(rest)
	if err != nil || len(b)-len(left) != size {
		t.Fatalf("%q is %d bytes long, net/http reads %d: %v", b, size, len(b)-len(left), err)
	}
	switch {
	case want.Method != http.MethodGet, want.ContentLength != 0, len(want.TransferEncoding) > 0, want.Close, want.ProtoMinor != 1:
		t.Fatalf("%q is not plain: %+v", b, want)
	case want.URL.EscapedPath() != string(r.path) && want.URL.Path != string(r.path), want.URL.RawQuery != string(r.query):
		t.Fatalf("%q: path %q query %q, net/http reads %+v", b, r.path, r.query, want.URL)
	case want.Header.Get("If-None-Match") != string(r.held), want.Header.Get(RequestIDHeader) != string(r.id):
		t.Fatalf("%q: held %q id %q, net/http reads %+v", b, r.held, r.id, want.Header)
	}
	return true
}

func TestWhatAsksForMoreIsNotPlain(t *testing.T) {
	if _, size := readPlain([]byte(plainGet + "GET")); size != len(plainGet) {
		t.Fatalf("a plain request is %d bytes long, read %d", len(plainGet), size)
	}
	for _, text := range []string{
		"", plainGet[:len(plainGet)-1], strings.Replace(plainGet, "GET", "HEAD", 1), strings.Replace(plainGet, "\r\n", "\n", 1),
		strings.Replace(plainGet, "1.1", "1.0", 1), strings.Replace(plainGet, "Host", "Hosts", 1), strings.Replace(plainGet, "User-Agent", "Host", 1),
		strings.Replace(plainGet, "User-Agent: test", "Connection: close", 1), strings.Replace(plainGet, "User-Agent: test", "Content-Length: 1", 1),
		strings.Replace(plainGet, "User-Agent: test", "Transfer-Encoding: chunked", 1), strings.Replace(plainGet, "User-Agent:", " User-Agent:", 1),
		strings.Replace(plainGet, "User-Agent: test", "Expect: 100-continue", 1), strings.Replace(plainGet, "User-Agent:", "User-Agent :", 1),
	} {
		if _, size := readPlain([]byte(text)); size != 0 {
			t.Errorf("%q is read as plain", text)
		}
	}
}
