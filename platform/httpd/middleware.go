package httpd

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// RequestIDHeader carries the id of a request, from the client if it sent a
// usable one, and always back to it.
const RequestIDHeader = "X-Request-Id"

// Middleware wraps a handler with one concern.
type Middleware func(http.Handler) http.Handler

// Chain wraps h so that the first middleware is the outermost.
func Chain(h http.Handler, middlewares ...Middleware) http.Handler {
	for i := len(middlewares) - 1; i >= 0; i-- {
		h = middlewares[i](h)
	}
	return h
}

// Standard wraps h in the middlewares every edge has, in the order of the
// package comment. Bodies are bounded at DefaultBodyLimit.
func Standard(h http.Handler, log zerolog.Logger, metrics prometheus.Registerer) http.Handler {
	return Chain(h, RequestID, Observe(log, metrics), Recover(log), LimitBody(DefaultBodyLimit))
}

type requestIDKey struct{}

// RequestID gives each request an id: the client's own if it is 1 to 64
// letters, digits, dots, dashes or underscores, a new UUIDv7 otherwise.
func RequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(RequestIDHeader)
		if !usableID(id) {
			id = uuid.Must(uuid.NewV7()).String()
		}
		w.Header().Set(RequestIDHeader, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

// RequestIDOf returns the id RequestID gave, or "".
func RequestIDOf(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// usableID keeps line breaks and long texts of strangers out of logs.
func usableID(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for _, c := range []byte(id) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}

// Observe writes one log line and one histogram sample (http_request_seconds,
// by route pattern, method and status) per request. The label is the pattern,
// never the path, so that the number of series stays bounded.
func Observe(log zerolog.Logger, metrics prometheus.Registerer) Middleware {
	seconds := requestSeconds(metrics)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			began := time.Now()
			answer := &recorder{ResponseWriter: w, status: http.StatusOK}
			next.ServeHTTP(answer, r)
			took := time.Since(began)
			seconds.WithLabelValues(route(r), method(r), strconv.Itoa(answer.status)).Observe(took.Seconds())
			logRequest(log, RequestIDOf(r.Context()), r.Method, r.URL.Path, answer.status, answer.bytes, took)
		})
	}
}

// requestSeconds is the histogram of a registry; several listeners share one.
func requestSeconds(metrics prometheus.Registerer) *prometheus.HistogramVec {
	seconds := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "http_request_seconds",
		Help:    "Time to answer an HTTP request, in seconds.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"route", "method", "status"})
	err := metrics.Register(seconds)
	var known prometheus.AlreadyRegisteredError
	if errors.As(err, &known) {
		return known.ExistingCollector.(*prometheus.HistogramVec)
	}
	if err != nil {
		panic(err)
	}
	return seconds
}

func logRequest(log zerolog.Logger, id, method, path string, status int, bytes int64, took time.Duration) {
	log.WithLevel(levelOf(status)).
		Str("request_id", id).
		Str("method", method).
		Str("path", path).
		Int("status", status).
		Int64("bytes", bytes).
		Dur("took", took).
		Msg("http request")
}

func route(r *http.Request) string {
	if r.Pattern == "" {
		return "unmatched"
	}
	return r.Pattern
}

// method bounds the label: a client may invent methods.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	default:
		return "OTHER"
	}
}

func levelOf(status int) zerolog.Level {
	if status >= http.StatusInternalServerError {
		return zerolog.ErrorLevel
	}
	return zerolog.DebugLevel
}

// Recover turns a panic into a 500 problem and a log entry with the stack.
// http.ErrAbortHandler passes through, as net/http wants. When the answer has
// begun, the connection is cut instead, so that no half answer looks whole.
func Recover(log zerolog.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answer := &recorder{ResponseWriter: w, status: http.StatusOK}
			defer func() {
				cause := recover()
				if cause == nil {
					return
				}
				if err, isError := cause.(error); isError && errors.Is(err, http.ErrAbortHandler) {
					panic(cause)
				}
				log.Error().
					Str("request_id", RequestIDOf(r.Context())).
					Interface("panic", cause).
					Bytes("stack", debug.Stack()).
					Msg("http handler panicked")
				if answer.begun {
					panic(http.ErrAbortHandler)
				}
				WriteProblem(w, r, NewProblem(http.StatusInternalServerError, "INTERNAL", "The server failed; the request id finds the reason in its log."))
			}()
			next.ServeHTTP(answer, r)
		})
	}
}

// LimitBody bounds every request body at limit bytes; reading further fails
// and the connection is closed after the answer.
func LimitBody(limit int64) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r.Body = http.MaxBytesReader(w, r.Body, limit)
			next.ServeHTTP(w, r)
		})
	}
}

// recorder notes what was answered. Unwrap keeps http.ResponseController
// (flush, deadlines) working.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	begun  bool
}

// WriteHeader notes the status of the final answer, not of 1xx before it.
func (w *recorder) WriteHeader(status int) {
	if !w.begun && status >= 200 {
		w.status, w.begun = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes of the answer.
func (w *recorder) Write(p []byte) (int, error) {
	w.begun = true
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Flush sends what was written so far, for streamed answers.
func (w *recorder) Flush() {
	w.begun = true
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap returns the writer below.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
