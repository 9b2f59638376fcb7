package business

import (
	"encoding/json"
	"fmt"
)

// cabinet keeps a partner's documents by their idempotency key alone, so that a
// second key for a document would do its work twice. It notes what a partner
// would complain about.
type cabinet struct {
	byKey      map[string]filed
	byNumber   map[string]filed // of a partner who knows a document by its number, too; nil for one who does not
	works      map[string]int   // by document
	repeats    int
	complaints []string
}

type filed struct {
	document, body string
	status         int
	answer         any
}

func newCabinet() *cabinet {
	return &cabinet{byKey: make(map[string]filed), works: make(map[string]int)}
}

func (c *cabinet) complain(format string, args ...any) {
	c.complaints = append(c.complaints, fmt.Sprintf(format, args...))
}

// take does the work of a document once a key.
func (c *cabinet) take(key, document string, body []byte, work func() (int, any)) (int, any) {
	if key == "" {
		c.complain("%s came without a key", document)
	}
	if was, again := c.byKey[key]; again {
		c.repeats++
		if was.document != document || was.body != string(body) {
			c.complain("key %s came with %s %s and with %s %s", key, was.document, was.body, document, body)
		}
		return was.status, was.answer
	}
	if was, again := c.byNumber[document]; again && was.body == string(body) {
		c.repeats++ // a reminder
		return was.status, was.answer
	}
	c.works[document]++
	if c.works[document] > 1 {
		c.complain("%s came under another key again: %s", document, body)
	}
	status, answer := work()
	c.byKey[key] = filed{document, string(body), status, answer}
	if c.byNumber != nil {
		c.byNumber[document] = c.byKey[key]
	}
	return status, answer
}

// decode reads a body; what cannot be read is a complaint.
func decode[V any](c *cabinet, body []byte) V {
	var v V
	if err := json.Unmarshal(body, &v); err != nil {
		c.complain("body %q: %v", body, err)
	}
	return v
}
