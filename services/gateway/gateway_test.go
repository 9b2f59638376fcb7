package gateway_test

import (
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"

	"github.com/millrace/millrace/services/gateway"
)

func TestAmountsSurviveTheirText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SampledFrom([]string{"EUR", "GBP", "JPY", "KWD", "USD"}).Draw(t, "currency")
		minor := rapid.Int64Range(-1e14, 1e14).Draw(t, "minor")
		text := gateway.FormatAmount(minor, code)
		if got, err := gateway.ParseAmount(text, code); err != nil || got != minor {
			t.Fatalf("%d %s is written %q and read %d, %v", minor, code, text, got, err)
		}
		text = gateway.FormatPrice(minor, code)
		if got, err := gateway.ParsePrice(text); err != nil || got != minor {
			t.Fatalf("price %d is written %q and read %d, %v", minor, text, got, err)
		}
	})
}

func TestTextThatIsNoAmount(t *testing.T) {
	for _, c := range [][2]string{
		{"", "EUR"},
		{"1.005", "EUR"},
		{"1.0", "XXQ"},
		{"1e3", "EUR"},
		{"Infinity", "EUR"},
		{"NaN", "EUR"},
		{"+1", "EUR"},
		{"01", "EUR"},
		{"1.", "EUR"},
		{".5", "EUR"},
		{"1,5", "EUR"},
		{" 1", "EUR"},
		{"1234567890123456", "EUR"},
		{"0.5", "JPY"},
		{strings.Repeat("9", 5000), "EUR"},
	} {
		if got, err := gateway.ParseAmount(c[0], c[1]); err == nil {
			t.Errorf("%q %s is read as %d", c[0], c[1], got)
		} else if len(err.Error()) > 200 {
			t.Errorf("the error repeats %d bytes of input", len(err.Error()))
		}
	}
	if got, err := gateway.ParseAmount("1.500000", "EUR"); err != nil || got != 150 {
		t.Errorf("zeros behind are no digits: %d, %v", got, err)
	}
}

func TestPricesAreWrittenWithTheDigitsOfTheirCurrency(t *testing.T) {
	for _, c := range []struct {
		e6   int64
		code string
		want string
	}{{1_500_000, "EUR", "1.50"}, {1_115_000, "EUR", "1.115"}, {-250_000, "EUR", "-0.25"}, {7_000_000, "JPY", "7"}, {1, "KWD", "0.000001"}} {
		if got := gateway.FormatPrice(c.e6, c.code); got != c.want {
			t.Errorf("%d in %s is written %s, want %s", c.e6, c.code, got, c.want)
		}
	}
}

func TestLinesAreRoundedOnceHalfToEven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		qty, price := rapid.Int64Range(1, 1e9).Draw(t, "qty"), rapid.Int64Range(0, 1e9).Draw(t, "price")
		got, err := gateway.LineAmount(qty, price, "EUR")
		if err != nil {
			t.Fatal(err)
		}
		off := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(qty), big.NewInt(price)), big.NewInt(10_000))
		off.Sub(off, new(big.Rat).SetInt64(got))
		switch off.Abs(off).Cmp(big.NewRat(1, 2)) {
		case 1:
			t.Fatalf("%d x %d millionths is %d cents", qty, price, got)
		case 0:
			if got%2 != 0 {
				t.Fatalf("%d x %d millionths is %d cents, which is odd", qty, price, got)
			}
		}
	})
	if got, err := gateway.LineAmount(1e9, 999_999_999_999_999_999, "EUR"); err == nil {
		t.Errorf("too large an amount is %d", got)
	}
}

func TestChannelsAreCheckedTogether(t *testing.T) {
	_, err := gateway.NewChannels(
		gateway.Channel{ID: "a", Currencies: []string{"EUR"}}, gateway.Channel{ID: "a", Currencies: []string{"EUR"}},
		gateway.Channel{ID: "b"}, gateway.Channel{ID: "c", Currencies: []string{"XXQ"}, Shortage: "wait"}, gateway.Channel{ID: "d", Currencies: []string{"EUR"}, MinShelfLife: -1},
	)
	for _, word := range []string{`"a"`, "channel b", "XXQ", `"wait"`, "live -1 days"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not say %s: %v", word, err)
		}
	}
	table, err := gateway.NewChannels(gateway.Channel{ID: "a", Currencies: []string{"EUR"}})
	if err != nil || table["a"].Shortage != gateway.ShortageBackorder || !table["a"].Sells("EUR") || table["a"].Sells("USD") {
		t.Errorf("%+v, %v", table, err)
	}
}

func TestIdempotencyKeys(t *testing.T) {
	for header, want := range map[string]string{"abc": "abc", `"abc"`: "abc", "shop:1": "shop:1", "": "", `""`: "", "a b": "", "ä": "", strings.Repeat("x", 256): ""} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set(gateway.IdempotencyKey, header)
		if got, err := gateway.KeyOf(r); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is read as %q, %v", header, got, err)
		}
	}
	if !gateway.Agree("1", "shop", "1") || !gateway.Agree("shop:1", "shop", "1") || gateway.Agree("2", "shop", "1") {
		t.Error("a key agrees with the number, or channel and number, and nothing else")
	}
}

func TestClientsSayHowLongTheyWait(t *testing.T) {
	for header, want := range map[string]time.Duration{
		"": gateway.DefaultWait, "wait=5": 5 * time.Second, "respond-async, wait=0": 0, `Wait="7"`: 7 * time.Second,
		"wait=900": gateway.MaxWait, "wait=-1": gateway.DefaultWait, "wait=soon": gateway.DefaultWait, "wait=99999999999": gateway.MaxWait,
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set("Prefer", header)
		if got := gateway.WaitOf(r); got != want {
			t.Errorf("%q waits %s, want %s", header, got, want)
		}
	}
}

func TestAPIDocumentIsValidAndServed(t *testing.T) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(gateway.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(loader.Context); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	gateway.Routes(mux)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/openapi.yaml", nil))
	if w.Code != http.StatusOK || w.Body.String() != string(gateway.OpenAPI) {
		t.Errorf("%d", w.Code)
	}
	r := httptest.NewRequest(http.MethodGet, "/openapi.yaml", nil)
	r.Header.Set("If-None-Match", w.Header().Get("ETag"))
	w = httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	if w.Code != http.StatusNotModified {
		t.Errorf("%d for a client that has it", w.Code)
	}
}
