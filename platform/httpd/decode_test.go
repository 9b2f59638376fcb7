package httpd_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/platform/httpd"
)

type line struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

type note struct {
	Note string `json:"note"`
}

type order struct {
	note
	ID       string            `json:"id"`
	Lines    []line            `json:"lines"`
	Complete bool              `json:"complete"`
	Priority int8              `json:"priority"`
	Weight   float64           `json:"weight"`
	Amount   json.Number       `json:"amount"`
	Ordered  time.Time         `json:"ordered_at"`
	Needed   *time.Time        `json:"needed_by"`
	Labels   map[string]string `json:"labels"`
	Extra    any               `json:"extra"`
	Hash     []byte            `json:"hash"`
	Count    uint32            `json:"count"`
	Raw      json.RawMessage   `json:"raw"`
	Hidden   string            `json:"-"`
}

func decode(text string, dst any) error {
	return httpd.Decode(strings.NewReader(text), 1<<10, 4, dst)
}

func TestDecodePointsAtEachViolation(t *testing.T) {
	cases := []struct {
		name, body string
		want       []httpd.Field // Detail is checked as a substring
	}{
		{
			"text for an integer", `{"lines":[{"sku":"A","quantity":"two"}]}`,
			[]httpd.Field{{Pointer: "/lines/0/quantity", Code: "TYPE", Detail: "want integer, got string"}},
		},
		{
			"2^63", `{"lines":[{"quantity":9223372036854775808}]}`,
			[]httpd.Field{{Pointer: "/lines/0/quantity", Code: "RANGE", Detail: "9223372036854775808 does not fit int64"}},
		},
		{
			"a fraction", `{"lines":[{"quantity":1.0}]}`,
			[]httpd.Field{{Pointer: "/lines/0/quantity", Code: "TYPE", Detail: "want integer, got number 1.0"}},
		},
		{
			"an exponent", `{"lines":[{"quantity":1e3}]}`,
			[]httpd.Field{{Pointer: "/lines/0/quantity", Code: "TYPE", Detail: "1e3"}},
		},
		{"small integer", `{"priority":128}`, []httpd.Field{{Pointer: "/priority", Code: "RANGE", Detail: "int8"}}},
		{"negative count", `{"count":-1}`, []httpd.Field{{Pointer: "/count", Code: "RANGE", Detail: "uint32"}}},
		{"float overflow", `{"weight":1e999}`, []httpd.Field{{Pointer: "/weight", Code: "RANGE", Detail: "float64"}}},
		{"unknown field", `{"lines":[{"Sku":"A"}]}`, []httpd.Field{{Pointer: "/lines/0/Sku", Code: "UNKNOWN"}}},
		{"hidden field", `{"Hidden":"x"}`, []httpd.Field{{Pointer: "/Hidden", Code: "UNKNOWN"}}},
		{"duplicate key", `{"id":"a","id":"b"}`, []httpd.Field{{Pointer: "/id", Code: "DUPLICATE"}}},
		{"duplicate in disguise", `{"id":"a","\u0069d":"b"}`, []httpd.Field{{Pointer: "/id", Code: "DUPLICATE"}}},
		{"null for a text", `{"id":null}`, []httpd.Field{{Pointer: "/id", Code: "TYPE", Detail: "want string, got null"}}},
		{"bad time", `{"needed_by":"tomorrow"}`, []httpd.Field{{Pointer: "/needed_by", Code: "FORMAT"}}},
		{"time as number", `{"ordered_at":5}`, []httpd.Field{{Pointer: "/ordered_at", Code: "TYPE", Detail: "want string"}}},
		{"bad base64", `{"hash":"*"}`, []httpd.Field{{Pointer: "/hash", Code: "FORMAT"}}},
		{"escaped pointer", `{"a/b~c":1}`, []httpd.Field{{Pointer: "/a~1b~0c", Code: "UNKNOWN"}}},
		{"map value", `{"labels":{"colour":7}}`, []httpd.Field{{Pointer: "/labels/colour", Code: "TYPE"}}},
		{"array for an object", `[]`, []httpd.Field{{Pointer: "", Code: "TYPE", Detail: "want object, got array"}}},
		{"several at once", `{"id":1,"complete":"yes","lines":[{"quantity":"x"},{"sku":2}],"nope":0}`, []httpd.Field{
			{Pointer: "/id", Code: "TYPE"},
			{Pointer: "/complete", Code: "TYPE"},
			{Pointer: "/lines/0/quantity", Code: "TYPE"},
			{Pointer: "/lines/1/sku", Code: "TYPE"},
			{Pointer: "/nope", Code: "UNKNOWN"},
		}},
		{"trailing document", `{"id":"a"} {}`, []httpd.Field{{Code: "TRAILING", Detail: "byte 11"}}},
		{"too deep", `{"extra":[[[[1]]]]}`, []httpd.Field{{Pointer: "/extra/0/0/0", Code: "DEPTH"}}},
		{"cut short", `{"lines":[{"sku":"A"`, []httpd.Field{{Pointer: "/lines/0", Code: "SYNTAX", Detail: "ends in the middle"}}},
		{"empty", " \n", []httpd.Field{{Code: "SYNTAX", Detail: "empty"}}},
		{"bare word", `{"id":yes}`, []httpd.Field{{Pointer: "/id", Code: "SYNTAX"}}},
		{"not UTF-8", "{\"id\":\"\xff\"}", []httpd.Field{{Code: "ENCODING"}}},
		{"too large", `{"id":"` + strings.Repeat("x", 1<<10) + `"}`, []httpd.Field{{Code: "TOO_LARGE", Detail: "1024 bytes"}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var got order
			var failed *httpd.DecodeError
			if err := decode(c.body, &got); !errors.As(err, &failed) {
				t.Fatalf("want a DecodeError, got %v and %+v", err, got)
			}
			if len(failed.Fields) != len(c.want) {
				t.Fatalf("want %d violations, got %+v", len(c.want), failed.Fields)
			}
			for i, want := range c.want {
				field := failed.Fields[i]
				if field.Pointer != want.Pointer || field.Code != want.Code || !strings.Contains(field.Detail, want.Detail) {
					t.Errorf("violation %d: want %+v, got %+v", i, want, field)
				}
			}
		})
	}
}

func TestDecodeFillsEveryKindOfField(t *testing.T) {
	body := ` {"note":"n","id":"a","lines":[{"sku":"S","quantity":9223372036854775807}],"complete":true,"priority":-128,
		"weight":1.5,"amount":123456789012345678.25,"ordered_at":"2026-01-02T03:04:05Z","needed_by":null,
		"labels":{"a":"b"},"extra":{"n":[18446744073709551615,null,true,"x"]},"hash":"AQI=","count":4294967295,"raw": [1, {"z":2}] } `
	var got order
	if err := httpd.Decode(strings.NewReader(body), 1<<12, 4, &got); err != nil {
		t.Fatal(err)
	}
	want := order{
		note: note{"n"}, ID: "a", Lines: []line{{"S", 9223372036854775807}}, Complete: true, Priority: -128,
		Weight: 1.5, Amount: "123456789012345678.25", Ordered: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Labels: map[string]string{"a": "b"},
		Extra:  map[string]any{"n": []any{json.Number("18446744073709551615"), nil, true, "x"}},
		Hash:   []byte{1, 2}, Count: 4294967295, Raw: json.RawMessage(`[1, {"z":2}]`),
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\nwant %+v\ngot  %+v", want, got)
	}
}

func TestDecodeReportsAtMostFiftyViolations(t *testing.T) {
	body := `{"extra":0` + strings.Repeat(`,"id":1`, 100) + `}`
	var failed *httpd.DecodeError
	if err := decode(body, &order{}); !errors.As(err, &failed) || len(failed.Fields) != 50 {
		t.Fatalf("want 50 violations, got %v", err)
	}
}

func TestDecodeRequestRefusesOtherMediaTypes(t *testing.T) {
	for contentType, wantStatus := range map[string]int{
		"application/json; charset=utf-8": 0,
		"application/merge-patch+json":    0,
		"text/plain":                      http.StatusUnsupportedMediaType,
		"":                                http.StatusUnsupportedMediaType,
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"sku":"A"}`))
		r.Header.Set("Content-Type", contentType)
		var got line
		err := httpd.DecodeRequest(r, &got)
		var problem *httpd.Problem
		switch {
		case wantStatus == 0 && (err != nil || got.SKU != "A"):
			t.Errorf("%q: want it decoded, got %v", contentType, err)
		case wantStatus != 0 && (!errors.As(err, &problem) || problem.Status != wantStatus):
			t.Errorf("%q: want status %d, got %v", contentType, wantStatus, err)
		}
	}
}

func TestDecodedEqualsWhatWasEncoded(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := order{
			ID:       rapid.String().Draw(t, "id"),
			Complete: rapid.Bool().Draw(t, "complete"),
			Priority: rapid.Int8().Draw(t, "priority"),
			Amount:   "1",
			Ordered:  time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "ordered")).UTC(),
			Labels:   rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "labels"),
			Count:    rapid.Uint32().Draw(t, "count"),
			Hash:     rapid.SliceOf(rapid.Byte()).Draw(t, "hash"),
			Raw:      json.RawMessage("null"),
		}
		for _, quantity := range rapid.SliceOf(rapid.Int64()).Draw(t, "quantities") {
			want.Lines = append(want.Lines, line{"S", quantity})
		}
		body, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got order
		if err := httpd.Decode(strings.NewReader(string(body)), 1<<20, 4, &got); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		again, _ := json.Marshal(got)
		if string(again) != string(body) {
			t.Fatalf("\nwant %s\ngot  %s", body, again)
		}
	})
}

// FuzzDecode compares with encoding/json: Decode accepts a subset of what it
// accepts, and then both hold the same value.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"id":"a","lines":[{"sku":"S","quantity":1}]}`, `{"lines":[{"quantity":"two"}]}`, `{"lines":[{"quantity":9223372036854775808}]}`,
		`{"id":"a","id":"b"}`, `{"a":{"b":[1,2,{"c":null}]}}`, `[1}`, `{"a":}`, `[1,]`, `{,}`, `{"id" "a"}`, `{1:2}`, `"x" y`, `-0`, `1e400`, "\"\xff\"", ``, `{"weight":0.1e-2}`, `{"id":"\ud800"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var strict order
		err := httpd.Decode(strings.NewReader(string(body)), 1<<16, 16, &strict)
		var loose order
		looseErr := json.Unmarshal(body, &loose)
		if err == nil {
			compare(t, body, strict, loose, looseErr)
			return
		}
		var failed *httpd.DecodeError
		if !errors.As(err, &failed) || len(failed.Fields) == 0 {
			t.Fatalf("%q: an error without fields: %v", body, err)
		}
		broken := failed.Problem().Status == http.StatusBadRequest
		if failed.Fields[0].Code == "SYNTAX" && broken && json.Valid(body) {
			t.Fatalf("%q is JSON, but: %v", body, err)
		}
	})
}

func compare(t *testing.T, body []byte, strict, loose order, looseErr error) {
	t.Helper()
	if looseErr != nil {
		t.Fatalf("%q: accepted, but encoding/json says %v", body, looseErr)
	}
	loose.Extra, strict.Extra = nil, nil // numbers differ by design
	if !reflect.DeepEqual(strict, loose) {
		t.Fatalf("%q:\nstrict %+v\nloose  %+v", body, strict, loose)
	}
}
