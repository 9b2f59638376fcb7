package webhook

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/platform/httpd"
)

const (
	maxRefusal  = 500 // bytes of a refusal kept in an error
	dialWithin  = 5 * time.Second
	idleFor     = 90 * time.Second
	connections = 8 // kept open to one endpoint
)

// Endpoint is where somebody wants to be told.
type Endpoint struct {
	URL string
	// Secrets are those that sign now, the newest first; several while one takes the
	// place of another. It is asked at each call, so that a rotated one is taken up.
	Secrets func() ([]Secret, error)
	// Private lets the endpoint be in a network of one's own, over HTTP too.
	Private bool
}

// Client sends to one endpoint. It is safe for concurrent use.
type Client struct {
	endpoint Endpoint
	http     *http.Client
}

// NewClient makes the client of an endpoint.
func NewClient(e Endpoint) *Client {
	dialer := &net.Dialer{Timeout: dialWithin}
	if !e.Private {
		dialer.ControlContext = Guard
	}
	return &Client{endpoint: e, http: &http.Client{
		// Without a proxy: one would connect to addresses that nobody has checked.
		Transport: &http.Transport{
			DialContext: dialer.DialContext, MaxIdleConnsPerHost: connections, IdleConnTimeout: idleFor,
			TLSHandshakeTimeout: dialWithin, ForceAttemptHTTP2: true, DisableCompression: true, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Refused is the answer of an endpoint that did not take a message.
type Refused struct {
	Status     int
	RetryAfter time.Duration // what it asks for, 0 when it asks for nothing
	Detail     string        // the beginning of what it says
}

func (e *Refused) Error() string {
	text := fmt.Sprintf("the endpoint answered %d %s", e.Status, http.StatusText(e.Status))
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Cause is the kind of the refusal as a code, without what the endpoint said.
func (e *Refused) Cause() string { return fmt.Sprint("HTTP_", e.Status) }

// Send sends a message once. id names the message and is the same at each
// repetition. An answer that is not 2xx is a *Refused.
func (c *Client) Send(ctx context.Context, id string, at time.Time, body []byte) error {
	secrets, err := c.endpoint.Secrets()
	if err != nil {
		return fmt.Errorf("signing webhook %s: %w", id, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("making webhook %s: %w", id, err)
	}
	if !c.endpoint.Private && request.URL.Scheme != "https" {
		return fmt.Errorf("sending webhook %s: an endpoint that is not private is reached by https", id)
	}
	signatures := make([]string, len(secrets))
	for i, s := range secrets {
		signatures[i] = s.Sign(id, at, body)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Millrace")
	request.Header.Set("Webhook-Id", id)
	request.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	request.Header.Set("Webhook-Signature", strings.Join(signatures, " "))
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("sending webhook %s: %w", id, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxRefusal))
	if response.StatusCode/100 == 2 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the answer %d to webhook %s: %w", response.StatusCode, id, err)
	}
	wait, _ := httpd.RetryAfter(response.Header, at)
	return &Refused{Status: response.StatusCode, RetryAfter: wait, Detail: strings.ToValidUTF8(string(answer), "?")}
}
