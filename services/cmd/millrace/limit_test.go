package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/millrace/millrace/connectors/file/filehttp"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/services/stock/stockhttp"
)

// What an edge takes, the server in front of it has to let through, and no more.
func TestBodiesComeThroughToTheEdgesThatTakeThem(t *testing.T) {
	for _, c := range []struct {
		method, path string
		limit        int64
	}{
		{"POST", "/v1/partners/northwind/files", filehttp.Limit},
		{"PUT", "/v1/stock/baselines/wms/b1", stockhttp.Limit},
		{"POST", "/v1/stock/baselines/wms/b1/decision", httpd.DefaultBodyLimit},
		{"POST", "/v1/orders", httpd.DefaultBodyLimit},
	} {
		var got int64
		handler := limitBody(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			got, _ = io.Copy(io.Discard, r.Body) // the error is the limit
		}))
		handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(c.method, c.path, io.LimitReader(zeros{}, c.limit+1)))
		if got != c.limit {
			t.Errorf("%s %s: %d bytes come through, want %d", c.method, c.path, got, c.limit)
		}
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }
