package connector

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/streams/effect"
	"pgregory.net/rapid"
)

func clientOf(t *testing.T, credentials string, serve http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	return NewClient(partner.Config{ID: "p", BaseURL: server.URL + "/", Credentials: partner.Credentials{Bearer: credentials}})
}

func TestFailuresAreJudged(t *testing.T) {
	for status, want := range map[int]struct {
		permanent bool
		wait      time.Duration
	}{
		400: {permanent: true}, 401: {permanent: true}, 404: {permanent: true}, 422: {permanent: true}, 302: {permanent: true},
		408: {}, 500: {}, 502: {}, 429: {wait: 7 * time.Second}, 503: {wait: 7 * time.Second},
	} {
		c := clientOf(t, "", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "7")
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
		})
		_, err := c.Do(t.Context(), Document{ID: "1", Kind: "sale", Method: "POST", Path: "/sales"})
		if err == nil || effect.IsPermanent(err) != want.permanent || StatusOf(err) != status {
			t.Errorf("%d: %v", status, err)
		}
		if wait, _ := effect.Wait(err); wait != want.wait {
			t.Errorf("%d: wait %s, want %s", status, wait, want.wait)
		}
	}
}

func TestAConflictIsAnAnswer(t *testing.T) {
	c := clientOf(t, "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusConflict) })
	if reply, err := c.Do(t.Context(), Document{Method: "POST", Path: "/x"}); err != nil || reply.Status != http.StatusConflict {
		t.Errorf("%d, %v", reply.Status, err)
	}
}

func TestAfterAnAmbiguousFailureTheDocumentIsSearchedBeforeItIsSentAgain(t *testing.T) {
	var calls []string
	c := clientOf(t, "", func(w http.ResponseWriter, r *http.Request) {
		calls = append(calls, r.Method+" "+r.URL.Path)
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = w.Write([]byte("found"))
	})
	reply, err := c.Do(t.Context(), Document{ID: "1", Kind: "sale", Method: "POST", Path: "/sales", Search: "/sales/1", Note: "n", Body: []byte("{}")})
	if err != nil || string(reply.Answer) != "found" || reply.Kind != "sale" || reply.Note != "n" || reply.Status != 200 {
		t.Errorf("%+v, %v", reply, err)
	}
	if got := strings.Join(calls, ", "); got != "POST /sales, GET /sales/1" {
		t.Errorf("calls %s", got)
	}
}

func TestACallThatTakesTooLongIsTriedAgain(t *testing.T) {
	c := clientOf(t, "", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := c.Do(ctx, Document{ID: "1", Kind: "sale", Method: "POST", Path: "/sales", Search: "/sales/1"})
	if !errors.Is(err, context.DeadlineExceeded) || effect.IsPermanent(err) {
		t.Errorf("error %v", err)
	}
}

func TestAnAnswerBeyondBoundsIsRefusedForGood(t *testing.T) {
	c := clientOf(t, "", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, maxAnswer+1)) })
	if _, err := c.Do(t.Context(), Document{Method: "GET", Path: "/"}); !effect.IsPermanent(err) {
		t.Errorf("error %v", err)
	}
}

func TestCredentialsComeByReferenceAndAreMissedLoudly(t *testing.T) {
	t.Setenv("PARTNER_TOKEN", "secret")
	var got string
	serve := func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Authorization") }
	if _, err := clientOf(t, "env:PARTNER_TOKEN", serve).Do(t.Context(), Document{Method: "GET", Path: "/"}); err != nil || got != "Bearer secret" {
		t.Errorf("%q, %v", got, err)
	}
	_, err := clientOf(t, "env:PARTNER_TOKEN_MISSING", serve).Do(t.Context(), Document{Method: "GET", Path: "/"})
	if err == nil || !strings.Contains(err.Error(), "PARTNER_TOKEN_MISSING") {
		t.Errorf("error %v", err)
	}
}

func TestDocumentsSurviveBeingStored(t *testing.T) {
	text := rapid.StringMatching(`[^\n]{0,40}`)
	rapid.Check(t, func(t *rapid.T) {
		d := Document{
			ID: text.Draw(t, "id"), Kind: text.Draw(t, "kind"), Method: "POST", Path: text.Draw(t, "path"), Search: text.Draw(t, "search"),
			Note: text.Draw(t, "note"), Body: rapid.SliceOf(rapid.Byte()).Draw(t, "body"),
		}
		b, err := DocumentCodec.Append(nil, &d)
		if err != nil {
			t.Fatal(err)
		}
		var back Document
		if err := DocumentCodec.Decode(b, &back); err != nil || string(back.Body) != string(d.Body) {
			t.Fatalf("%v: %q became %q", err, d.Body, back.Body)
		}
		back.Body, d.Body = nil, nil
		if back.ID != d.ID || back.Path != d.Path || back.Search != d.Search || back.Note != d.Note || back.Kind != d.Kind {
			t.Fatalf("%+v became %+v", d, back)
		}
	})
}

func TestALineBreakCannotSmuggleAField(t *testing.T) {
	if _, err := DocumentCodec.Append(nil, &Document{ID: "a\nb"}); err == nil {
		t.Error("an id with a line break was stored")
	}
}

func TestAmountsAreWrittenInTheCurrencysDigits(t *testing.T) {
	for _, c := range []struct {
		minor    int64
		currency string
		want     string
	}{{1230, "GBP", "12.30"}, {-5, "USD", "-0.05"}, {1230, "JPY", "1230"}, {1230, "KWD", "1.230"}, {0, "EUR", "0.00"}} {
		if got, err := Decimal(c.minor, c.currency); err != nil || got != c.want {
			t.Errorf("%d %s is %q (%v), want %q", c.minor, c.currency, got, err, c.want)
		}
	}
	if _, err := Decimal(1, "XQQ"); err == nil {
		t.Error("a currency that does not exist was written")
	}
}
