package connector

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/effect"
)

const (
	maxAnswer  = 8 << 20          // bytes read of an answer
	maxRefusal = 500              // characters of a refusal kept in an error
	maxRetry   = 10 * time.Minute // longest wait a partner may ask for
)

// Client carries documents to one partner over HTTP.
type Client struct {
	partner partner.Config
	base    string
	bearer  func() (string, error)
	http    *http.Client
}

// NewClient makes the client of an HTTP partner. It keeps as many connections
// as the partner bears calls, and follows no redirect.
func NewClient(p partner.Config) *Client {
	limit := Concurrent(p)
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = limit, limit
	transport.DisableCompression = true
	return &Client{
		partner: p, base: strings.TrimRight(p.BaseURL, "/"), bearer: func() (string, error) { return partner.Reveal(p.Credentials.Bearer) },
		http: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
}

// Concurrent is how many calls a partner bears at once.
func Concurrent(p partner.Config) int {
	if p.Limits.Concurrent > 0 {
		return p.Limits.Concurrent
	}
	return 8
}

// Destination returns the partner as a destination of effects under a name.
func (c *Client) Destination(name string) streams.Destination[Document, Reply] {
	return streams.Destination[Document, Reply]{
		Name: name, Call: c.Do, Request: DocumentCodec, Timeout: c.partner.Limits.Timeout,
		Concurrent: Concurrent(c.partner), PerSecond: c.partner.Limits.PerSecond,
	}
}

// Do sends a document once. A refusal that will not change (4xx) is permanent;
// 429 and 503 are tried again when the partner says; 5xx, 408 and a broken
// connection are tried again. Since the partner may have done the work then, the
// document is searched first by our reference; a later attempt counts on the
// idempotency key.
func (c *Client) Do(ctx context.Context, d Document) (Reply, error) {
	reply, err := c.send(ctx, d)
	if err == nil || d.Search == "" || !ambiguous(err) {
		return reply, err
	}
	found, missing := c.send(ctx, Document{ID: d.ID, Kind: "search", Method: http.MethodGet, Path: d.Search})
	if missing != nil {
		return reply, err
	}
	reply.Document, reply.Status, reply.Answer = d, found.Status, found.Answer
	reply.Body = nil
	return reply, nil
}

// ambiguous says whether the partner may have done the work all the same.
func ambiguous(err error) bool {
	status := StatusOf(err)
	return (status == 0 || status >= 500) && !effect.IsPermanent(err)
}

func (c *Client) send(ctx context.Context, d Document) (Reply, error) {
	request, err := c.request(ctx, d)
	if err != nil {
		return Reply{}, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return Reply{}, fmt.Errorf("sending %s %s to %s: %w", d.Kind, d.ID, c.partner.ID, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil {
		return Reply{}, fmt.Errorf("reading answer of %s to %s %s: %w", c.partner.ID, d.Kind, d.ID, err)
	}
	if len(body) > maxAnswer {
		return Reply{}, streams.Permanent(fmt.Errorf("answer of %s to %s %s is larger than %d bytes", c.partner.ID, d.Kind, d.ID, maxAnswer))
	}
	reply := Reply{Document: d, Status: response.StatusCode, Answer: body}
	reply.Body = nil
	return reply, c.judge(d, response, body)
}

func (c *Client) request(ctx context.Context, d Document) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, d.Method, c.base+d.Path, bytes.NewReader(d.Body))
	if err != nil {
		return nil, streams.Permanent(fmt.Errorf("making call %s %s to %s: %w", d.Kind, d.ID, c.partner.ID, err))
	}
	token, err := c.bearer()
	if err != nil {
		return nil, fmt.Errorf("calling %s: %w", c.partner.ID, err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	request.Header.Set("Accept", "application/json")
	if d.Method != http.MethodGet {
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Idempotency-Key", streams.EffectID(ctx))
	}
	return request, nil
}

// judge turns a status into success or the right kind of failure.
func (c *Client) judge(d Document, response *http.Response, body []byte) error {
	status := response.StatusCode
	if status < 300 || status == http.StatusConflict {
		return nil
	}
	err := error(&Refusal{Partner: c.partner.ID, Kind: d.Kind, ID: d.ID, Status: status, Detail: clip(body)})
	if wait, ok := httpd.RetryAfter(response.Header, time.Now()); ok && (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) {
		return streams.RetryAfter(err, min(wait, maxRetry))
	}
	if status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout {
		return err
	}
	return streams.Permanent(err)
}

func clip(body []byte) string {
	text := strings.ToValidUTF8(string(body), "?")
	if len(text) > maxRefusal {
		text = text[:maxRefusal] + "..."
	}
	return strings.TrimSpace(text)
}

// Refusal is a partner's answer that is no success.
type Refusal struct {
	Partner, Kind, ID string
	Status            int
	Detail            string // the beginning of what it said
}

// Error says who refused what, and how.
func (r *Refusal) Error() string {
	return fmt.Sprintf("%s answered %s %s with %d: %s", r.Partner, r.Kind, r.ID, r.Status, r.Detail)
}

// Cause is what is told of the refusal to everybody, without the partner's words.
func (r *Refusal) Cause() string { return "HTTP_" + strconv.Itoa(r.Status) }

// StatusOf is the HTTP status of a refusal, 0 for any other failure.
func StatusOf(err error) int {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Status
	}
	return 0
}
