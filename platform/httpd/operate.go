package httpd

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/rs/zerolog"
)

// readyWithin bounds the question behind /readyz, in seconds a probe waits.
const readyWithin = 2 * time.Second

// Operate adds what operators ask to mux: GET /livez is 200 while the process
// answers at all; GET /readyz is 200 when ready returns nil and a 503 problem
// with its text otherwise; GET /metrics is everything in metrics.
func Operate(mux *http.ServeMux, ready func(context.Context) error, metrics prometheus.Gatherer, log zerolog.Logger) {
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
		defer cancel()
		if err := ready(ctx); err != nil {
			WriteProblem(w, r, NewProblem(http.StatusServiceUnavailable, "NOT_READY", err.Error()))
			return
		}
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write([]byte("ready\n"))
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{
		ErrorLog:      errorLog(log),
		ErrorHandling: promhttp.ContinueOnError,
	}))
}
