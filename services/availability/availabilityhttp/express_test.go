package availabilityhttp_test

import (
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Both ways to an answer give the same one, or leave it to the ordinary one.
func TestExpressAnswersAsTheRouteDoes(t *testing.T) {
	name := rapid.SampledFrom([]string{"sku", "sku", "sku", "channel", "customer_class", "location", "min_position", "nonsense", ""})
	value := rapid.SampledFrom([]string{"lamp", "sofa", "rug", "web", "cautious", "strict", "south", "1:2", "", "a%20b", "%zz", "la+mp", "l;", strings.Repeat("x", 201)})
	for _, run := range []bool{true, false} { // false: answers are stale
		s := newShop(t, run)
		express := s.edge.Express()
		answered := 0
		rapid.Check(t, func(t *rapid.T) {
			var pairs []string
			if rapid.Bool().Draw(t, "begins well") {
				pairs = append(pairs, "sku=lamp")
			}
			for range rapid.IntRange(0, 4).Draw(t, "pairs") {
				pairs = append(pairs, name.Draw(t, "name")+"="+value.Draw(t, "value"))
			}
			query := strings.Join(pairs, "&")
			w := s.ask(http.MethodGet, express.Path+"?"+query, "")
			body, cacheControl, ok := express.Answer([]byte("before"), query)
			if !ok {
				if query == "sku=lamp" {
					t.Fatalf("%s is left to the route", query)
				}
				return
			}
			answered++
			if w.Code != http.StatusOK || "before"+w.Body.String() != string(body)+"\n" || w.Header().Get("Cache-Control") != cacheControl {
				t.Fatalf("%s is answered %q, %s\nby the route %d %q, %s", query, body, cacheControl, w.Code, w.Body, w.Header())
			}
		})
		if answered == 0 {
			t.Fatal("nothing was answered")
		}
	}
}

func TestExpressLeavesWhatIsNoPlainAnswer(t *testing.T) {
	express := newShop(t, true).edge.Express()
	for _, query := range []string{"", "sku=", "sku=nothing", "sku=lamp&min_position=0:1", "sku=lamp&channel=nobody", "sku=lamp&other=1", "sku=lamp;sku=sofa"} {
		if body, _, ok := express.Answer(nil, query); ok {
			t.Errorf("%q is answered %s", query, body)
		}
	}
}
