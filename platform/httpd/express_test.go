package httpd_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/millrace/millrace/platform/httpd"
)

// unitsOf is the answer to /units?NAME, by both ways; of "gone" there is none.
func unitsOf(query string) (string, bool) {
	if query == "panic" {
		panic("kaput")
	}
	return `{"units":"` + query + `"}`, query != "gone"
}

// counter serves /units by both ways, or by net/http alone.
type counter struct {
	addr    string
	metrics *prometheus.Registry
	stop    func() error
}

func serveUnits(t *testing.T, express bool, config httpd.Config) *counter {
	t.Helper()
	c := &counter{metrics: prometheus.NewRegistry()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /units", func(w http.ResponseWriter, r *http.Request) {
		body, ok := unitsOf(r.URL.RawQuery)
		if !ok {
			httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusNotFound, "GONE", "There are none."))
			return
		}
		w.Header().Set("X-Served-By", "net/http")
		httpd.WriteCached(w, r, "max-age=1", rawJSON(body))
	})
	mux.HandleFunc("POST /units", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			httpd.WriteError(w, r, err)
			return
		}
		_, _ = w.Write(body)
	})
	config.Addr, config.Metrics = "127.0.0.1:0", c.metrics
	if express {
		config.Express = []httpd.Express{{Path: "/units", Answer: func(dst []byte, query string) ([]byte, string, bool) {
			body, ok := unitsOf(query)
			return append(dst, body...), "max-age=1", ok
		}}}
	}
	server, err := httpd.Listen(config, httpd.Standard(mux, zerolog.Nop(), c.metrics), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	c.addr = server.Addr()
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- server.Run(ctx, func() { close(ready) }) }()
	<-ready
	c.stop = func() error {
		cancel()
		return <-done
	}
	t.Cleanup(cancel)
	return c
}

type rawJSON string

func (r rawJSON) MarshalJSON() ([]byte, error) { return []byte(r), nil }

// wire is a connection on which requests are written by hand.
type wire struct {
	net.Conn
	t    *testing.T
	read *bufio.Reader
}

func (c *counter) dial(t *testing.T) *wire {
	t.Helper()
	conn, err := net.Dial("tcp", c.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &wire{Conn: conn, t: t, read: bufio.NewReader(conn)}
}

func (w *wire) send(text string) {
	w.t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		w.t.Fatal(err)
	}
}

// answer reads the answer to a GET or POST as text that does not depend on time.
func (w *wire) answer() string { return w.answerTo(http.MethodGet) }

func (w *wire) answerTo(method string) string {
	w.t.Helper()
	resp, err := http.ReadResponse(w.read, &http.Request{Method: method})
	if err != nil {
		w.t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	// net/http itself refuses without a date.
	if when, err := http.ParseTime(resp.Header.Get("Date")); (err != nil || time.Since(when).Abs() > time.Minute) && resp.StatusCode != http.StatusBadRequest {
		w.t.Errorf("date %q: %v", resp.Header.Get("Date"), err)
	}
	resp.Header.Del("Date")
	resp.Header.Del("X-Served-By")
	id := resp.Header.Get(httpd.RequestIDHeader)
	if len(id) == 36 { // made here
		resp.Header.Set(httpd.RequestIDHeader, "new")
	}
	return fmt.Sprintf("%s %s %v %s", resp.Proto, resp.Status, resp.Header, strings.ReplaceAll(string(body), id, "new"))
}

func get(query string, headers ...string) string {
	return "GET /units?" + query + " HTTP/1.1\r\nHost: a\r\n" + strings.Join(append(headers, "\r\n"), "\r\n")
}

func TestExpressAnswersAsNetHTTPDoes(t *testing.T) {
	defer goleak.VerifyNone(t)
	both, alone := serveUnits(t, true, httpd.Config{}), serveUnits(t, false, httpd.Config{})
	for _, request := range []string{
		get("3"), get(""), get("gone"), get("panic"), get("a%20b"),
		get("3", "X-Request-Id: client-1"), get("3", "X-Request-Id: no good"), get("3", "X-Request-Id: a", "X-Request-Id: b"),
		get("3", "If-None-Match: *"), get("3", `If-None-Match: "other"`), get("3", "If-None-Match: W/"+httpd.ETagOf([]byte(`{"units":"3"}`))),
		get("3", "Connection: close"), get("3", "Connection: keep-alive"), get("3", "Accept-Encoding: gzip"),
		get("3", "Content-Length: 0"), get("3", "Bad Header: x"), get("3", "Expect: nothing"),
		"HEAD /units?3 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /units?3 HTTP/1.0\r\n\r\n", "GET /other HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST /units HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "GET http://a/units?3 HTTP/1.1\r\nHost: a\r\n\r\n", "GET /units?3 HTTP/1.1\r\n\r\n",
	} {
		got, want := both.dial(t), alone.dial(t)
		got.send(request)
		want.send(request)
		method, _, _ := strings.Cut(request, " ")
		if g, w := got.answerTo(method), want.answerTo(method); g != w {
			t.Errorf("%q is answered\n%s\nnot as by net/http\n%s", request, g, w)
		}
	}
	for _, c := range []*counter{both, alone} {
		if err := c.stop(); err != nil {
			t.Error(err)
		}
	}
}

func TestConnectionGoesOnWithNetHTTPWhereItIsNotPlain(t *testing.T) {
	c := serveUnits(t, true, httpd.Config{})
	w := c.dial(t)
	w.send(get("1") + get("2") + get("gone") + "POST /units HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel")
	w.send("lo" + get("4"))
	for _, want := range []string{`{"units":"1"}`, `{"units":"2"}`, `"code":"GONE"`, "hello", `{"units":"4"}`} {
		if a := w.answer(); !strings.Contains(a, want) {
			t.Errorf("answer %s, want %s", a, want)
		}
	}
	families, err := c.metrics.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var counted uint64
	for _, m := range families[0].Metric {
		counted += m.Histogram.GetSampleCount()
	}
	if counted != 5 {
		t.Errorf("%d of 5 requests are counted: %v", counted, families)
	}
}

func TestExpressConnectionsAreBoundedInTime(t *testing.T) {
	begin := func(config httpd.Config, text string) *wire {
		w := serveUnits(t, true, config).dial(t)
		w.send(text)
		return w
	}
	short := 50 * time.Millisecond
	for name, w := range map[string]*wire{
		"nothing is sent":        begin(httpd.Config{HeaderTimeout: short}, ""),
		"half a header is sent":  begin(httpd.Config{HeaderTimeout: short}, "GET /units HTTP/1.1\r\nHost:"),
		"nothing more is wanted": begin(httpd.Config{IdleTimeout: short}, get("1")),
	} {
		if err := w.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, w.read); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: the connection stays open: %v", name, err)
		}
	}
}

func TestClientThatDoesNotReadIsCutOff(t *testing.T) {
	w := serveUnits(t, true, httpd.Config{WriteTimeout: 50 * time.Millisecond, IdleTimeout: 100 * time.Millisecond}).dial(t)
	if err := w.SetWriteDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	many := strings.Repeat(get(strings.Repeat("x", 1000)), 100)
	for {
		if _, err := io.WriteString(w, many); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("the server waits for the client: %v", err)
			}
			return
		}
	}
}

func TestServerEndsWithExpressConnectionsOpen(t *testing.T) {
	defer goleak.VerifyNone(t)
	c := serveUnits(t, true, httpd.Config{})
	idle, fresh := c.dial(t), c.dial(t)
	idle.send(get("1"))
	idle.answer()
	began := time.Now()
	if err := c.stop(); err != nil || time.Since(began) > 5*time.Second {
		t.Errorf("the server ended after %s: %v", time.Since(began), err)
	}
	for _, w := range []*wire{idle, fresh} {
		if _, err := w.read.ReadByte(); err == nil {
			t.Error("the connection is open still")
		}
	}
}
