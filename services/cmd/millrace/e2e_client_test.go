//go:build unix

package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/millrace/millrace/services/availability/availabilityhttp"
	"github.com/millrace/millrace/services/order/orderhttp"
	"github.com/millrace/millrace/services/stock"
	"github.com/millrace/millrace/services/tap/taphttp"
)

// client speaks to one server over HTTP.
type client struct{ url string }

var web = &http.Client{Timeout: 40 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// answer is an HTTP answer with its whole body.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a *answer) String() string { return fmt.Sprintf("%d %s", a.status, bytes.TrimSpace(a.body)) }

// do sends a request; an error means that no whole answer came.
func (c client) do(method, path string, header http.Header, body []byte) (*answer, error) {
	r, err := http.NewRequestWithContext(context.Background(), method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header = header
	resp, err := web.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return &answer{resp.StatusCode, resp.Header, text}, err
}

// get decodes a 200 answer into dst, unless that is nil.
func (c client) get(path string, dst any) error {
	a, err := c.do(http.MethodGet, path, nil, nil)
	switch {
	case err != nil:
		return err
	case a.status != http.StatusOK:
		return fmt.Errorf("GET %s: %s", path, a)
	case dst == nil:
		return nil
	}
	return json.Unmarshal(a.body, dst)
}

// read is get where nothing but an answer will do.
func read[T any](t *testing.T, c client, path string) T {
	t.Helper()
	var v T
	if err := c.get(path, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// post submits an order body under an idempotency key.
func (c client) post(key string, body []byte) (*answer, error) {
	return c.do(http.MethodPost, "/v1/orders", http.Header{
		"Content-Type": {"application/json"}, "Idempotency-Key": {key}, "Prefer": {"wait=10"},
	}, body)
}

// order shows an order by its id or channel:number.
func (c client) order(name string) (o orderhttp.Order, err error) {
	err = c.get("/v1/orders/"+url.PathEscape(name), &o)
	return o, err
}

func (c client) summary(t *testing.T) orderhttp.Summary {
	t.Helper()
	return read[orderhttp.Summary](t, c, "/v1/orders/summary")
}

func (c client) stock(t *testing.T) stock.Summary {
	t.Helper()
	return read[stock.Summary](t, c, "/v1/stock/summary")
}

// topics lists the topics by name.
func (c client) topics(t *testing.T) map[string]taphttp.Topic {
	t.Helper()
	list := read[struct{ Topics []taphttp.Topic }](t, c, "/v1/topics")
	byName := make(map[string]taphttp.Topic)
	for _, topic := range list.Topics {
		byName[topic.Name] = topic
	}
	return byName
}

// records returns all that a topic holds.
func (c client) records(t *testing.T, topic string) []taphttp.Line {
	t.Helper()
	a, err := c.do(http.MethodGet, "/v1/events/"+topic, nil, nil)
	if err != nil || a.status != http.StatusOK {
		t.Fatalf("reading topic %s: %v %v", topic, err, a)
	}
	return lines[taphttp.Line](t, bytes.NewReader(a.body))
}

// available returns what can be sold of a sku, by node.
func (c client) available(t *testing.T, sku string) map[string]int64 {
	t.Helper()
	got := read[availabilityhttp.Answer](t, c, "/v1/availability?sku="+url.QueryEscape(sku))
	byNode := make(map[string]int64)
	for _, l := range got.Items[0].Locations {
		byNode[l.Location] = l.Available
	}
	return byNode
}
