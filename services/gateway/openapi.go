package gateway

import (
	_ "embed"
	"net/http"

	"github.com/millrace/millrace/platform/httpd"
)

// OpenAPI is the description of the HTTP API, OpenAPI 3.1 in YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte

// Routes adds GET /openapi.yaml.
func Routes(mux *http.ServeMux) {
	tag := httpd.ETagOf(OpenAPI)
	mux.HandleFunc("GET /openapi.yaml", func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("ETag", tag)
		h.Set("Cache-Control", "no-cache")
		if httpd.NotModified(r, tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Type", "application/yaml")
		_, _ = w.Write(OpenAPI)
	})
}
