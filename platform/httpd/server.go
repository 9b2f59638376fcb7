package httpd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// Config bounds a Server. The zero value of a field means its default, so
// Config{Addr: "127.0.0.1:8080"} is complete.
type Config struct {
	Addr          string        // host:port to listen on; port 0 chooses a free one
	HeaderTimeout time.Duration // to read a request's header; default 5 s
	ReadTimeout   time.Duration // to read a whole request; default 30 s
	WriteTimeout  time.Duration // to answer; default 60 s; streams extend it by http.ResponseController
	IdleTimeout   time.Duration // a kept connection without a request; default 2 min
	DrainTimeout  time.Duration // open requests at the end; default 10 s
	HeaderBytes   int           // largest header; default 32 KiB

	// Express are reads that are answered before the handler, with Metrics of them.
	Express []Express
	Metrics prometheus.Registerer
}

func (c Config) withDefaults() Config {
	orDuration := func(v *time.Duration, byDefault time.Duration) {
		if *v == 0 {
			*v = byDefault
		}
	}
	orDuration(&c.HeaderTimeout, 5*time.Second)
	orDuration(&c.ReadTimeout, 30*time.Second)
	orDuration(&c.WriteTimeout, time.Minute)
	orDuration(&c.IdleTimeout, 2*time.Minute)
	orDuration(&c.DrainTimeout, 10*time.Second)
	if c.HeaderBytes == 0 {
		c.HeaderBytes = 32 << 10
	}
	return c
}

// Server is one HTTP listener.
type Server struct {
	config   Config
	listener net.Listener
	server   *http.Server
	express  *expressway // the listener, nil without Express
}

// Listen opens the port, so that a taken one is known before anything runs,
// and returns a server that answers once Run is called. Its errors, such as
// failed handshakes, go to log.
func Listen(config Config, handler http.Handler, log zerolog.Logger) (*Server, error) {
	config = config.withDefaults()
	listener, err := net.Listen("tcp", config.Addr)
	if err != nil {
		return nil, fmt.Errorf("listening for HTTP on %s: %w; free the port or choose another address", config.Addr, err)
	}
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: config.HeaderTimeout,
		ReadTimeout:       config.ReadTimeout,
		WriteTimeout:      config.WriteTimeout,
		IdleTimeout:       config.IdleTimeout,
		MaxHeaderBytes:    config.HeaderBytes,
		ErrorLog:          errorLog(log),
	}
	s := &Server{config: config, listener: listener, server: server}
	if len(config.Express) > 0 {
		s.express = newExpressway(listener, config, log)
		s.listener = s.express
	}
	return s, nil
}

// Addr returns the host:port that is listened on.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Run serves until ctx ends, calling ready once requests are answered. Then no
// new request is taken and open ones have the drain timeout; those still open
// after it are cut and reported. Long streams should watch Draining.
func (s *Server) Run(ctx context.Context, ready func()) error {
	base, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	s.server.BaseContext = func(net.Listener) context.Context {
		return context.WithValue(base, drainingKey{}, ctx.Done())
	}
	if s.express != nil {
		s.express.start()
		defer s.express.running.Wait()
	}
	failed := make(chan error, 1)
	go func() { failed <- s.server.Serve(s.listener) }()
	ready()
	select {
	case err := <-failed:
		return fmt.Errorf("serving HTTP on %s: %w", s.Addr(), err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.DrainTimeout)
	defer cancel()
	err := s.server.Shutdown(drain)
	if err != nil {
		err = errors.Join(fmt.Errorf("draining HTTP requests on %s within %s: %w", s.Addr(), s.config.DrainTimeout, err), s.server.Close())
	}
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, fmt.Errorf("serving HTTP on %s: %w", s.Addr(), served))
	}
	return err
}

// Close releases the port of a server that was never run; after Run it does
// nothing.
func (s *Server) Close() error {
	if err := s.listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("closing HTTP listener: %w", err)
	}
	return nil
}

type drainingKey struct{}

// Draining is closed when the server that serves ctx's request stops taking
// requests. A streamed answer must then end by itself; without a server it is
// nil and never ready.
func Draining(ctx context.Context) <-chan struct{} {
	done, _ := ctx.Value(drainingKey{}).(<-chan struct{})
	return done
}

// UntilDraining returns a copy of ctx, a request's, that also ends when its server
// stops taking requests: for a streamed answer, which must not hold up the
// server's end. cancel must be called.
func UntilDraining(ctx context.Context) (until context.Context, cancel context.CancelFunc) {
	draining := Draining(ctx)
	until, cancel = context.WithCancel(ctx)
	go func() {
		select {
		case <-draining:
			cancel()
		case <-until.Done():
		}
	}()
	return until, cancel
}

// Profiles answers the net/http/pprof paths. It belongs on a listener of its
// own on the loopback: profiles show data and cost time.
func Profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}
