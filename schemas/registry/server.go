package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
)

const (
	// maxBody bounds a request, 1 MiB.
	maxBody = 1 << 20
	// maxSchemas bounds the schemas one server keeps in memory.
	maxSchemas = 10_000
	// mediaType is what clients of this interface expect.
	mediaType = "application/vnd.schemaregistry.v1+json"
)

// Server is an http.Handler with the part of the interface that producers and
// consumers use. Deleting is left out: a schema that records were written with
// must stay. It asks for no credentials, so serve it on loopback only.
type Server struct {
	mux   *http.ServeMux
	store Store
	log   *slog.Logger

	mu    sync.RWMutex // held while a change is written, so that changes are one after the other
	state *state       // guarded by mu
	stale bool         // guarded by mu: a write failed, and the store may hold it or not
}

// NewServer loads the state from store and serves it. The store has no other
// writer while the server lives.
func NewServer(ctx context.Context, store Store) (*Server, error) {
	s := &Server{mux: http.NewServeMux(), store: store, log: slog.Default()}
	if err := s.load(ctx); err != nil {
		return nil, err
	}
	s.routes()
	return s, nil
}

// load replaces the state by what the store holds. The caller holds the lock,
// or nobody else knows the server yet.
func (s *Server) load(ctx context.Context) error {
	records, err := s.store.Load(ctx)
	if err != nil {
		return fmt.Errorf("loading schemas: %w", err)
	}
	fresh := newState()
	for _, r := range records {
		if err := fresh.apply(r); err != nil {
			return fmt.Errorf("loading schemas: %w", err)
		}
	}
	s.state, s.stale = fresh, false
	return nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// routes binds every path to what answers it.
func (s *Server) routes() {
	for pattern, answer := range map[string]func(*http.Request) (any, error){
		"GET /{$}":                                                  func(*http.Request) (any, error) { return struct{}{}, nil },
		"GET /subjects":                                             s.subjects,
		"POST /subjects/{subject}":                                  s.lookup,
		"GET /subjects/{subject}/versions":                          s.versions,
		"POST /subjects/{subject}/versions":                         s.register,
		"GET /subjects/{subject}/versions/{version}":                s.version,
		"GET /subjects/{subject}/versions/{version}/schema":         s.versionText,
		"GET /schemas/types":                                        func(*http.Request) (any, error) { return []string{"AVRO"}, nil },
		"GET /schemas/ids/{id}":                                     s.schema,
		"GET /schemas/ids/{id}/schema":                              s.schemaText,
		"GET /schemas/ids/{id}/versions":                            s.usages,
		"GET /config":                                               s.globalLevel,
		"PUT /config":                                               s.setLevel,
		"GET /config/{subject}":                                     s.subjectLevel,
		"PUT /config/{subject}":                                     s.setLevel,
		"GET /mode":                                                 mode,
		"GET /mode/{subject}":                                       mode,
		"POST /compatibility/subjects/{subject}/versions":           s.compatible,
		"POST /compatibility/subjects/{subject}/versions/{version}": s.compatible,
	} {
		s.mux.Handle(pattern, s.handler(answer))
	}
}

// handler turns what answer returns into a response.
func (s *Server) handler(answer func(*http.Request) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		w.Header().Set("Content-Type", mediaType)
		body, err := answer(r)
		if err != nil {
			var f failure
			if !errors.As(err, &f) {
				f = failure{http.StatusInternalServerError, 50001, "Internal error."}
				s.log.Error("answering registry request", "path", r.URL.Path, "err", err)
			}
			w.WriteHeader(f.status)
			body = f
		}
		if err := json.NewEncoder(w).Encode(body); err != nil {
			s.log.Debug("writing registry answer", "path", r.URL.Path, "err", err)
		}
	})
}

// decode reads the body of r into v; clients send more than we read.
func decode(r *http.Request, v any) error {
	err := json.NewDecoder(r.Body).Decode(v)
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return tooLarge()
	case err != nil:
		return badRequest("The body is not the expected JSON: " + err.Error())
	}
	return nil
}

// mode answers that schemas may be read and registered.
func mode(*http.Request) (any, error) { return map[string]string{"mode": "READWRITE"}, nil }
