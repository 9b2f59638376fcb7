package availabilityhttp

import (
	"context"
	"net/url"
	"strings"

	"github.com/millrace/millrace/platform/httpd"
)

// Express is GET /v1/availability for those who name skus, a channel and a class
// of customers, and nothing else: what a shop asks for each page it shows. Every
// answer but a 200 is get's.
func (e *Edge) Express() httpd.Express {
	return httpd.Express{Path: "/v1/availability", Answer: func(body []byte, raw string) ([]byte, string, bool) {
		q, ok := plainQuery(raw)
		if !ok || q.check("") != nil {
			return body, "", false
		}
		a, err := e.answer(context.Background(), q)
		if err != nil || a.unknown() {
			return body, "", false
		}
		return a.append(body), a.cacheControl(), true
	}}
}

// plainQuery reads parameters as queryOf does; ok is false for those it leaves to
// it.
func plainQuery(raw string) (q *query, ok bool) {
	q = &query{SKUs: make([]string, 0, 1+strings.Count(raw, "&"))}
	for more := true; more; {
		var pair string
		pair, raw, more = strings.Cut(raw, "&")
		name, value, _ := strings.Cut(pair, "=")
		if strings.Contains(pair, ";") {
			return nil, false
		}
		value, err := url.QueryUnescape(value)
		if err != nil {
			return nil, false
		}
		switch {
		case name == "sku":
			q.SKUs = append(q.SKUs, value)
		case name == "channel" && q.Channel == "":
			q.Channel = value
		case name == "customer_class" && q.Class == "":
			q.Class = value
		default:
			return nil, false
		}
	}
	return q, true
}
