package httpd_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"github.com/millrace/millrace/platform/fault"
	"github.com/millrace/millrace/platform/httpd"
)

func problemIn(t *testing.T, w *httptest.ResponseRecorder) httpd.Problem {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != httpd.ProblemType {
		t.Fatalf("content type: want %s, got %s", httpd.ProblemType, got)
	}
	var p httpd.Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProblemOfClassifies(t *testing.T) {
	cases := []struct {
		name      string
		err       error
		status    int
		code      string
		retryable bool
	}{
		{"a problem is itself", httpd.NewProblem(http.StatusConflict, "IN_FLIGHT", "wait"), 409, "IN_FLIGHT", false},
		{"a wrong body", decode(`{"id":1}`, &order{}), 422, "INVALID", false},
		{"no JSON", decode(`{`, &order{}), 400, "MALFORMED", false},
		{"too large", decode(strings.Repeat(" ", 2000), &order{}), 413, "TOO_LARGE", false},
		{"not found", fault.New(fault.NotFound, "no order X"), 404, "NOT_FOUND", false},
		{"neighbour down", fault.New(fault.Unavailable, "broker away"), 503, "UNAVAILABLE", true},
		{"deadline", context.DeadlineExceeded, 504, "TIMEOUT", true},
		{"unknown", errors.New("password is hunter2"), 500, "INTERNAL", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := httpd.ProblemOf(c.err)
			if p.Status != c.status || p.Code != c.code || p.Retryable != c.retryable {
				t.Errorf("got %+v", p)
			}
			if strings.Contains(p.Detail, "hunter2") {
				t.Error("the text of an unclassified error must not leave the server")
			}
		})
	}
}

func TestStandardAnswersPanicsWithAProblemAndTheRequestID(t *testing.T) {
	var logged bytes.Buffer
	registry := prometheus.NewRegistry()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /boom/{id}", func(http.ResponseWriter, *http.Request) { panic("kaput") })
	h := httpd.Standard(mux, zerolog.New(&logged), registry)

	r := httptest.NewRequest(http.MethodGet, "/boom/7", nil)
	r.Header.Set(httpd.RequestIDHeader, "client-1")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)

	if p := problemIn(t, w); w.Code != 500 || p.RequestID != "client-1" || p.Code != "INTERNAL" {
		t.Errorf("got %d %+v", w.Code, p)
	}
	for _, want := range []string{"kaput", `"request_id":"client-1"`, `"status":500`} {
		if !strings.Contains(logged.String(), want) {
			t.Errorf("log misses %q: %s", want, logged.String())
		}
	}
	families, err := registry.Gather()
	if err != nil || len(families) != 1 || !strings.Contains(families[0].String(), "GET /boom/{id}") {
		t.Errorf("the metric must carry the route pattern: %v %v", families, err)
	}
}

func TestStandardMayWrapSeveralListenersOfOneRegistry(t *testing.T) {
	registry := prometheus.NewRegistry()
	for range 2 {
		httpd.Standard(http.NotFoundHandler(), zerolog.Nop(), registry).
			ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
	}
	if families, err := registry.Gather(); err != nil || families[0].Metric[0].Histogram.GetSampleCount() != 2 {
		t.Errorf("want both requests in one histogram, got %v %v", families, err)
	}
}

func TestRequestIDReplacesWhatCannotBeLogged(t *testing.T) {
	for _, id := range []string{"", "a\nb", "ü", strings.Repeat("x", 65)} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set(httpd.RequestIDHeader, id)
		w := httptest.NewRecorder()
		httpd.RequestID(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if got := httpd.RequestIDOf(r.Context()); got == id || len(got) != 36 {
				t.Errorf("%q became %q", id, got)
			}
		})).ServeHTTP(w, r)
	}
}

func TestBodyLimitBecomesTooLarge(t *testing.T) {
	h := httpd.Chain(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		httpd.WriteError(w, r, httpd.DecodeRequest(r, &line{}))
	}), httpd.LimitBody(10))
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"sku":"123456789"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if p := problemIn(t, w); w.Code != 413 || !strings.Contains(p.Detail, "10 bytes") {
		t.Errorf("got %d %+v", w.Code, p)
	}
}

func TestWriteCachedAnswers304ForAKnownTag(t *testing.T) {
	get := func(method, ifNoneMatch string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/", nil)
		r.Header.Set("If-None-Match", ifNoneMatch)
		w := httptest.NewRecorder()
		httpd.WriteCached(w, r, "max-age=5", map[string]int{"a": 1})
		return w
	}
	tag := get(http.MethodGet, "").Header().Get("ETag")
	for header, want := range map[string]int{tag: 304, "W/" + tag: 304, `"x", ` + tag: 304, "*": 304, `"x"`: 200, "": 200} {
		w := get(http.MethodGet, header)
		if w.Code != want || (want == 304) != (w.Body.Len() == 0) {
			t.Errorf("If-None-Match %s: want %d, got %d with %d bytes", header, want, w.Code, w.Body.Len())
		}
	}
	if w := get(http.MethodPost, tag); w.Code != 200 {
		t.Errorf("a POST is never 304, got %d", w.Code)
	}
}

func TestOperateTellsLifeReadinessAndMetrics(t *testing.T) {
	var cause error
	registry := prometheus.NewRegistry()
	prometheus.WrapRegistererWith(nil, registry).MustRegister(prometheus.NewGauge(prometheus.GaugeOpts{Name: "depth", Help: "Depth."}))
	mux := http.NewServeMux()
	httpd.Operate(mux, func(context.Context) error { return cause }, registry, zerolog.Nop())
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}
	if w := get("/readyz"); w.Code != 200 {
		t.Errorf("ready: got %d", w.Code)
	}
	cause = errors.New("orders: restoring")
	if w := get("/readyz"); w.Code != 503 || problemIn(t, w).Detail != "orders: restoring" {
		t.Errorf("not ready: got %d %s", w.Code, w.Body)
	}
	if w := get("/livez"); w.Code != 200 {
		t.Errorf("alive: got %d", w.Code)
	}
	if w := get("/metrics"); w.Code != 200 || !strings.Contains(w.Body.String(), "depth 0") {
		t.Errorf("metrics: got %d %s", w.Code, w.Body)
	}
}

func TestServerAnswersOpenRequestsBeforeItEnds(t *testing.T) {
	defer goleak.VerifyNone(t)
	entered, release := make(chan struct{}), make(chan struct{})
	server, err := httpd.Listen(httpd.Config{Addr: "127.0.0.1:0"}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-httpd.Draining(r.Context())
		<-release
		if r.Context().Err() != nil {
			t.Error("an open request must not be cancelled while draining")
		}
		_, _ = w.Write([]byte("done"))
	}), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() { ended <- server.Run(ctx, func() { close(ready) }) }()
	<-ready

	type result struct {
		body string
		err  error
	}
	answered := make(chan result, 1)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	go func() {
		response, err := client.Get("http://" + server.Addr())
		if err != nil {
			answered <- result{err: err}
			return
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		answered <- result{string(body), err}
	}()
	<-entered
	stop()
	close(release)
	if got := <-answered; got.err != nil || got.body != "done" {
		t.Errorf("the open request: %+v", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := server.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func TestListenExplainsATakenPort(t *testing.T) {
	first, err := httpd.Listen(httpd.Config{Addr: "127.0.0.1:0"}, http.NotFoundHandler(), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err = httpd.Listen(httpd.Config{Addr: first.Addr()}, http.NotFoundHandler(), zerolog.Nop()); err == nil || !strings.Contains(err.Error(), "free the port") {
		t.Errorf("want an explanation, got %v", err)
	}
}

func TestProfilesAreServed(t *testing.T) {
	w := httptest.NewRecorder()
	httpd.Profiles().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/debug/pprof/cmdline", nil))
	if w.Code != 200 || w.Body.Len() == 0 {
		t.Errorf("got %d", w.Code)
	}
}
