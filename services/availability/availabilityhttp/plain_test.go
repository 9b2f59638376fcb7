package availabilityhttp

import (
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/platform/httpd"
)

// What is read directly is what the strict decoder reads.
func TestPlainBodiesAreReadAsTheStrictDecoderDoes(t *testing.T) {
	text := rapid.StringOfN(rapid.SampledFrom([]rune("aB1-\"\\,[]{} é\x01")), 0, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		skus := rapid.SliceOfN(text, 0, 4).Draw(t, "skus")
		quoted, err := json.Marshal(skus)
		if err != nil {
			t.Fatal(err)
		}
		body := `{"skus":` + string(quoted) + `}`
		if rapid.Bool().Draw(t, "broken") {
			body = `{"skus":["` + strings.Join(skus, `","`) + `"]}`
		}
		got, plain := plainSKUs([]byte(body))
		var strict query
		err = httpd.Decode(strings.NewReader(body), 1<<10, 4, &strict)
		if plain && (err != nil || !slices.Equal(got, strict.SKUs)) {
			t.Fatalf("%s is read as %q, strictly as %q, %v", body, got, strict.SKUs, err)
		}
	})
	many := `{"skus":["` + strings.Repeat(`a","`, maxSKUs) + `a"]}`
	if _, plain := plainSKUs([]byte(many)); plain {
		t.Error("more skus than may be asked for are not the strict decoder's")
	}
	if skus, plain := plainSKUs([]byte(`{"skus":["a b","c"]}`)); !plain || !slices.Equal(skus, []string{"a b", "c"}) {
		t.Errorf("a plain body is read as %q", skus)
	}
}

func TestABodyThatIsTooLargeIsRefused(t *testing.T) {
	r := httptest.NewRequest("POST", "/v1/availability:batchGet", strings.NewReader(`{"skus":["`+strings.Repeat("a", httpd.DefaultBodyLimit)+`"]}`))
	r.Header.Set("Content-Type", "application/json")
	var q query
	if err := decode(r, &q); err == nil || httpd.ProblemOf(err).Status != 413 {
		t.Errorf("%v, %d bytes were read", err, len(q.SKUs))
	}
}
