package availabilityhttp

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/millrace/millrace/platform/httpd"
)

// decode reads the body of a batch. The plainest, {"skus":["A","B"]}, is what
// nearly all clients send, and is read directly: the strict decoder takes twice
// as long as all the rest of a batch. Everything else, and all that is wrong, is
// the strict decoder's.
func decode(r *http.Request, q *query) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, httpd.DefaultBodyLimit+1))
	if err != nil && len(body) == 0 {
		return fmt.Errorf("reading body: %w", err)
	}
	if r.Header.Get("Content-Type") == "application/json" {
		var ok bool
		if q.SKUs, ok = plainSKUs(body); ok {
			return nil
		}
	}
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body), failing{err}))
	return httpd.DecodeRequest(r, q)
}

// failing says again what reading the body met.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	return 0, io.EOF
}

// plainSKUs reads {"skus":["A","B"]} of at most maxSKUs texts without escapes, in
// ASCII and without blanks; ok is false for anything else.
func plainSKUs(body []byte) (skus []string, ok bool) {
	rest, ok := bytes.CutPrefix(body, []byte(`{"skus":["`))
	if !ok {
		return nil, false
	}
	rest, ok = bytes.CutSuffix(rest, []byte(`"]}`))
	if !ok {
		return nil, false
	}
	text := string(rest) // one copy, of which the skus are parts
	skus = make([]string, 0, maxSKUs)
	from := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c < ' ' || c == '\\' || c > '~':
			return nil, false
		case c != '"':
		case len(text)-i < 3 || text[i:i+3] != `","` || len(skus) == maxSKUs-1:
			return nil, false
		default:
			skus = append(skus, text[from:i])
			i += 2
			from = i + 1
		}
	}
	return append(skus, text[from:]), true
}
