//go:build unix

package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/services/order/orderhttp"
)

// goodOrder is an order that is taken; what stands in edits replaces members of
// the order or, where their name begins with a dot, of its only line.
func goodOrder(number string, edits ...any) []byte {
	line := map[string]any{"sku": "WS-1001", "quantity": 2, "unit_price": "0.18"}
	body := map[string]any{
		"channel": "shop", "external_id": number, "currency": "EUR", "customer": map[string]any{"id": "C-100", "country": "DE"},
		"lines": []any{line}, "shipping": "4.90",
	}
	for i := 0; i+1 < len(edits); i += 2 {
		if name, ofLine := strings.CutPrefix(edits[i].(string), "."); ofLine {
			line[name] = edits[i+1]
		} else {
			body[name] = edits[i+1]
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic(err) // the tests write the values
	}
	return text
}

// manyLines is an order of n equal lines.
func manyLines(number string, n int) []byte {
	line := `{"sku":"WS-1001","quantity":1,"unit_price":"1"}`
	return goodOrder(number, "lines", json.RawMessage("["+strings.Repeat(line+",", n-1)+line+"]"))
}

// badInput are requests that cannot be orders, and what the answer must name.
// The key is that of the good order unless one is given.
var badInput = []struct {
	name          string
	body          []byte
	key           string
	noKey         bool
	status        int
	code          string
	pointer, kind string // of the first field that is wrong; none: the whole body
}{
	{name: "cut JSON", body: []byte(`{"channel":"shop","lines":[{"sku":`), status: 400, code: "MALFORMED", pointer: "/lines/0/sku", kind: "SYNTAX"},
	{name: "no JSON", body: []byte("order me two bolts"), status: 400, code: "MALFORMED", kind: "SYNTAX"},
	{name: "something after the document", body: append(goodOrder("bad"), '{', '}'), status: 400, code: "MALFORMED", kind: "TRAILING"},
	{name: "an unknown field", body: goodOrder("bad", "colour", "red"), status: 422, code: "INVALID", pointer: "/colour", kind: "UNKNOWN"},
	{name: "an unknown field of a line", body: goodOrder("bad", ".colour", "red"), status: 422, code: "INVALID", pointer: "/lines/0/colour", kind: "UNKNOWN"},
	{name: "an unknown sku", body: goodOrder("bad", ".sku", "WS-9999"), status: 422, code: "INVALID", pointer: "/lines/0/sku", kind: "UNKNOWN_VALUE"},
	{name: "quantity 0", body: goodOrder("bad", ".quantity", 0), status: 422, code: "INVALID", pointer: "/lines/0/quantity", kind: "RANGE"},
	{name: "a negative quantity", body: goodOrder("bad", ".quantity", -3), status: 422, code: "INVALID", pointer: "/lines/0/quantity", kind: "RANGE"},
	{name: "quantity 2^63", body: goodOrder("bad", ".quantity", json.Number("9223372036854775808")), status: 422, code: "INVALID", pointer: "/lines/0/quantity", kind: "RANGE"},
	{name: "above the largest quantity", body: goodOrder("bad", ".quantity", 1_000_000_001), status: 422, code: "INVALID", pointer: "/lines/0/quantity", kind: "RANGE"},
	{name: "a fraction", body: goodOrder("bad", ".quantity", 1.5), status: 422, code: "INVALID", pointer: "/lines/0/quantity", kind: "TYPE"},
	{name: "quantity as text", body: goodOrder("bad", ".quantity", "2"), status: 422, code: "INVALID", pointer: "/lines/0/quantity", kind: "TYPE"},
	{name: "a price as number", body: goodOrder("bad", ".unit_price", 0.18), status: 422, code: "INVALID", pointer: "/lines/0/unit_price", kind: "TYPE"},
	{name: "a total that is no sum", body: goodOrder("bad", "total", "5.27"), status: 422, code: "INVALID", pointer: "/total", kind: "SUM"},
	{name: "no lines", body: goodOrder("bad", "lines", []any{}), status: 422, code: "INVALID", pointer: "/lines", kind: "RANGE"},
	{name: "10,000 lines", body: manyLines("bad", 10_000), status: 422, code: "INVALID", pointer: "/lines", kind: "RANGE"},
	{name: "a body of 5 MB", body: goodOrder("bad", "note", strings.Repeat("x", 5_000_000)), status: 413, code: "TOO_LARGE"},
	{name: "a currency the channel does not have", body: goodOrder("bad", "channel", "marketplace", "currency", "CHF"), status: 422, code: "INVALID", pointer: "/currency", kind: "UNKNOWN_VALUE"},
	{name: "a currency that does not exist", body: goodOrder("bad", "currency", "XXQ"), status: 422, code: "INVALID", pointer: "/currency", kind: "UNKNOWN_VALUE"},
	{name: "an unknown channel", body: goodOrder("bad", "channel", "bazaar"), status: 422, code: "INVALID", pointer: "/channel", kind: "UNKNOWN_VALUE"},
	{name: "no idempotency key", body: goodOrder("bad"), noKey: true, status: 400, code: "IDEMPOTENCY_KEY_REQUIRED"},
	{name: "a key of another order", body: goodOrder("bad"), key: "shop:worse", status: 422, code: "IDEMPOTENCY_MISMATCH", pointer: "/external_id", kind: "IDEMPOTENCY_MISMATCH"},
	{name: "the number of another order", body: goodOrder("good", ".quantity", 3), key: "shop:good", status: 422, code: "IDEMPOTENCY_MISMATCH", pointer: "/external_id", kind: "IDEMPOTENCY_MISMATCH"},
}

func TestBadInputIsRefusedByNameAndLeavesNothingBehind(t *testing.T) {
	dev := startDev(t, t.TempDir(), "--traffic", "off")
	if a, err := dev.post("shop:good", goodOrder("good")); err != nil || a.status != http.StatusCreated {
		t.Fatalf("a good order: %v %v", err, a)
	}
	until(t, "the good order has ended and arrived", func() error {
		o, err := dev.order("shop:good")
		if err != nil {
			return err
		}
		return errors.Join(ended(o), delivered(o))
	})
	good, err := dev.order("shop:good")
	if err != nil {
		t.Fatal(err)
	}
	stockBefore, sumBefore, submits := dev.stock(t), dev.summary(t), len(dev.records(t, "order.submit.v1"))

	for _, bad := range badInput {
		t.Run(bad.name, func(t *testing.T) {
			header := http.Header{"Content-Type": {"application/json"}, "Idempotency-Key": {"bad"}, "Prefer": {"wait=10"}}
			if bad.key != "" {
				header.Set("Idempotency-Key", bad.key)
			}
			if bad.noKey {
				header.Del("Idempotency-Key")
			}
			a, err := dev.do(http.MethodPost, "/v1/orders", header, bad.body)
			if err != nil {
				t.Fatal(err)
			}
			named(t, a, bad.status, bad.code, httpd.Field{Pointer: bad.pointer, Code: bad.kind})
		})
	}
	t.Run("another content type", func(t *testing.T) {
		a, err := dev.do(http.MethodPost, "/v1/orders", http.Header{"Content-Type": {"text/plain"}, "Idempotency-Key": {"bad"}}, goodOrder("bad"))
		if err != nil {
			t.Fatal(err)
		}
		named(t, a, http.StatusUnsupportedMediaType, "MEDIA_TYPE", httpd.Field{})
	})

	// Only the contradiction to the good order gets as far as its entity, which
	// alone knows the other body.
	for _, r := range dev.records(t, "order.submit.v1")[submits:] {
		if r.Key != good.OrderID {
			t.Errorf("a refused request wrote %+v", r)
		}
	}
	if now := dev.stock(t); fmt.Sprint(now) != fmt.Sprint(stockBefore) {
		t.Errorf("refused requests changed the stock from %+v to %+v", stockBefore, now)
	}
	if now := dev.summary(t); fmt.Sprint(now) != fmt.Sprint(sumBefore) {
		t.Errorf("refused requests changed the sums from %+v to %+v", sumBefore, now)
	}
	if now, err := dev.order("shop:good"); err != nil || fmt.Sprint(now.Lines, now.Shipments, now.Invoices) != fmt.Sprint(good.Lines, good.Shipments, good.Invoices) {
		t.Errorf("the good order became %+v (%v), was %+v", now, err, good)
	}
}

// named checks a problem document; a field without a code is not asked for.
func named(t *testing.T, a *answer, status int, code string, first httpd.Field) {
	t.Helper()
	var p httpd.Problem
	if kind := a.header.Get("Content-Type"); a.status != status || kind != httpd.ProblemType || json.Unmarshal(a.body, &p) != nil {
		t.Fatalf("answered %d %s %.300s, want a problem with status %d", a.status, kind, a.body, status)
	}
	if p.Status != status || p.Code != code || p.Detail == "" || p.Title == "" || p.Type == "" || p.RequestID == "" || p.Retryable {
		t.Errorf("the problem is %+v, want code %s, status %d, a detail and a request id, not to be tried again", p, code, status)
	}
	if first.Code == "" {
		return
	}
	if len(p.Errors) == 0 || p.Errors[0].Pointer != first.Pointer || p.Errors[0].Code != first.Code || p.Errors[0].Detail == "" {
		t.Errorf("the problem names %+v, want first %s at %q", p.Errors, first.Code, first.Pointer)
	}
}

func TestTheSameOrderTwiceIsOneOrder(t *testing.T) {
	dev := startDev(t, t.TempDir(), "--traffic", "off")
	body := goodOrder("twice", "shipping", "0.00")
	posted, err := dev.post("shop:twice", body)
	if err != nil || posted.status != http.StatusCreated || posted.header.Get("Idempotent-Replayed") != "" {
		t.Fatalf("posting: %v %v, want 201", err, posted)
	}
	until(t, "the order is completed and arrived", func() error { // nothing more changes what is shown of it
		o, err := dev.order("shop:twice")
		if err != nil {
			return err
		}
		return errors.Join(ended(o), delivered(o))
	})
	var first, shown orderhttp.Order
	unmarshal(t, posted.body, &first)
	for _, key := range []string{"shop:twice", "twice", `"twice"`} { // written differently, the same order
		again, err := dev.post(key, bytes.ReplaceAll(body, []byte(`,`), []byte(" ,\n")))
		if err != nil || again.status != http.StatusOK || again.header.Get("Idempotent-Replayed") != "true" {
			t.Fatalf("posting again with key %s: %v %v, want 200 and Idempotent-Replayed", key, err, again)
		}
		a, err := dev.do(http.MethodGet, again.header.Get("Location"), nil, nil)
		if err != nil || !bytes.Equal(a.body, again.body) {
			t.Errorf("the repetition is answered with %s, the order is %s (%v)", again, a, err)
		}
		unmarshal(t, again.body, &shown)
		if shown.OrderID != first.OrderID || fmt.Sprint(shown.AcceptedAt) != fmt.Sprint(first.AcceptedAt) || len(shown.Shipments) != 1 || len(shown.Invoices) != 1 {
			t.Errorf("the repetition shows %+v, want order %s with one shipment and one invoice", shown, first.OrderID)
		}
	}
	if sum := dev.summary(t); sum.Orders.Accepted != 1 {
		t.Errorf("the sums say %+v, want one order", sum.Orders)
	}
}

func TestFiftyPostsOfOneOrderAtOnceMakeOneOrder(t *testing.T) {
	dev := startDev(t, t.TempDir(), "--traffic", "off")
	body := goodOrder("rush")
	answers := make([]*answer, 50)
	errs := make([]error, len(answers))
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i], errs[i] = dev.post("shop:rush", body) })
	}
	all.Wait()
	ids, created := make(map[string]int), 0
	for i, a := range answers {
		if errs[i] != nil {
			t.Fatal(errs[i])
		}
		var o orderhttp.Order
		unmarshal(t, a.body, &o)
		ids[o.OrderID]++
		switch replayed := a.header.Get("Idempotent-Replayed") == "true"; {
		case a.status == http.StatusCreated && !replayed:
			created++
		case a.status == http.StatusOK && replayed:
		default:
			t.Errorf("one of 50 equal posts was answered with %s", a)
		}
	}
	if len(ids) != 1 || created != 1 {
		t.Errorf("50 equal posts made orders %v and %d answers 201, want one of each", ids, created)
	}
	if n := len(dev.records(t, "order.accepted.v1")); n != 1 {
		t.Errorf("order.accepted.v1 has %d records, want 1", n)
	}
	until(t, "the order has ended", func() error {
		o, err := dev.order("shop:rush")
		if err != nil {
			return err
		}
		return ended(o)
	})
	conserved(t, dev.client)
	agreed(t, dev)
}
