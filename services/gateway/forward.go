package gateway

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/streams"
)

// forwarded marks a request that came from another process, so that two which
// disagree about an owner do not send it to and fro.
const forwarded = "Millrace-Forwarded"

// Forwarder hands requests to the process that owns what they are about.
type Forwarder struct {
	transport http.RoundTripper
}

// NewForwarder makes a forwarder with connections of its own.
func NewForwarder() *Forwarder {
	return &Forwarder{&http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute, ResponseHeaderTimeout: MaxWait + 10*time.Second}}
}

// Refused answers r when err says that its rows cannot be read in this process,
// and reports whether it did: with what their owner answers, so that no client
// has to follow a 421, or with 503. The body of r must not have been read.
func (f *Forwarder) Refused(w http.ResponseWriter, r *http.Request, err error) bool {
	refusal, ok := streams.RefusalOf(err)
	switch {
	case !ok:
		return false
	case refusal.Status == http.StatusMisdirectedRequest:
		f.Forward(w, r, refusal.Owner)
	default:
		Moving(w, r)
	}
	return true
}

// Forward answers r with what the process at address, a host:port, answers. The
// body of r must not have been read. Without an address, or when r was forwarded
// already, the owner is just changing: 503, worth trying again.
func (f *Forwarder) Forward(w http.ResponseWriter, r *http.Request, address string) {
	if address == "" || r.Header.Get(forwarded) != "" {
		Moving(w, r)
		return
	}
	proxy := &httputil.ReverseProxy{
		Transport: f.transport,
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(&url.URL{Scheme: "http", Host: address})
			p.Out.Header.Set(forwarded, "1")
		},
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, _ error) { Moving(w, r) },
	}
	proxy.ServeHTTP(w, r)
}

// Moving answers that the rows asked for are on their way to a process.
func Moving(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", "1")
	httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusServiceUnavailable, "MOVING", "What this is about is moving to another process; try again."))
}
