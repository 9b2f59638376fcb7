package webhook_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/platform/webhook"
)

// The example of the specification.
const (
	exampleSecret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	exampleID        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	exampleBody      = `{"test": 2432232314}`
	exampleSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

var exampleTime = time.Unix(1614265330, 0)

func secretOf(t *testing.T, text string) webhook.Secret {
	t.Helper()
	s, err := webhook.ParseSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func secrets(all ...webhook.Secret) func() ([]webhook.Secret, error) {
	return func() ([]webhook.Secret, error) { return all, nil }
}

func TestAMessageIsSignedAsTheSpecificationSays(t *testing.T) {
	if got := secretOf(t, exampleSecret).Sign(exampleID, exampleTime, []byte(exampleBody)); got != exampleSignature {
		t.Errorf("the signature is %s, the specification has %s", got, exampleSignature)
	}
}

func TestASecretIsReadStrictlyAndNeverShown(t *testing.T) {
	short := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 23))
	for _, text := range []string{"", strings.TrimPrefix(exampleSecret, "whsec_"), "whsec_%%%", short} {
		if _, err := webhook.ParseSecret(text); err == nil {
			t.Errorf("%q was taken for a secret", text)
		} else if len(text) > 10 && strings.Contains(err.Error(), text[7:]) {
			t.Errorf("the error shows the secret: %v", err)
		}
	}
	s := secretOf(t, exampleSecret)
	for _, shown := range []string{fmt.Sprint(s), fmt.Sprintf("%+v", s), fmt.Sprintf("%#v", s), fmt.Sprintf("%q", s)} {
		if !strings.Contains(shown, "***") || len(shown) > len(`"***"`) {
			t.Errorf("a secret is printed as %s", shown)
		}
	}
}

func TestAnEndpointGetsTheMessageWithASignatureOfEachSecret(t *testing.T) {
	var header http.Header
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	older := secretOf(t, "whsec_"+base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32))))
	c := webhook.NewClient(webhook.Endpoint{URL: server.URL, Private: true, Secrets: secrets(secretOf(t, exampleSecret), older)})
	if err := c.Send(t.Context(), exampleID, exampleTime, []byte(exampleBody)); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"Webhook-Id": exampleID, "Webhook-Timestamp": "1614265330", "Content-Type": "application/json",
		"Webhook-Signature": exampleSignature + " " + older.Sign(exampleID, exampleTime, []byte(exampleBody)),
	}
	for name, value := range want {
		if header.Get(name) != value {
			t.Errorf("%s is %q, want %q", name, header.Get(name), value)
		}
	}
	if string(body) != exampleBody {
		t.Errorf("the body is %s", body)
	}
}

func TestARefusalSaysWhatTheEndpointSaid(t *testing.T) {
	for _, c := range []struct {
		status int
		after  string
		want   time.Duration
	}{
		{http.StatusTooManyRequests, "7", 7 * time.Second},
		{http.StatusServiceUnavailable, exampleTime.Add(time.Minute).UTC().Format(http.TimeFormat), time.Minute},
		{http.StatusGone, "", 0},
		{http.StatusFound, "soon", 0}, // a redirect is not followed
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", c.after)
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(c.status)
			fmt.Fprint(w, strings.Repeat("no ", 1000))
		}))
		client := webhook.NewClient(webhook.Endpoint{URL: server.URL, Private: true, Secrets: secrets(secretOf(t, exampleSecret))})
		err := client.Send(t.Context(), exampleID, exampleTime, []byte(exampleBody))
		server.Close()
		var refused *webhook.Refused
		if !errors.As(err, &refused) || refused.Status != c.status || refused.RetryAfter != c.want || refused.Cause() != fmt.Sprint("HTTP_", c.status) || len(refused.Error()) > 1000 {
			t.Errorf("the answer %d with Retry-After %q is taken for %#v", c.status, c.after, err)
		}
	}
}

func TestNoSecretNoCall(t *testing.T) {
	client := webhook.NewClient(webhook.Endpoint{URL: "https://example.com", Secrets: func() ([]webhook.Secret, error) { return nil, errors.New("the file is away") }})
	if err := client.Send(t.Context(), "1", exampleTime, nil); err == nil || !strings.Contains(err.Error(), "the file is away") {
		t.Errorf("it says %v", err)
	}
}

// An endpoint that is not private reaches nothing inside, whatever its name is
// resolved to, and nothing that is not encrypted.
func TestAnEndpointThatIsNotPrivateReachesOnlyWhatIsPublic(t *testing.T) {
	called := false
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called = true }))
	defer server.Close()
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	for _, url := range []string{
		server.URL, "https://localhost" + port, "https://2130706433" + port, "https://[::ffff:127.0.0.1]" + port,
		"http://example.com/", "https://169.254.169.254/latest/meta-data",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		err := webhook.NewClient(webhook.Endpoint{URL: url, Secrets: secrets(secretOf(t, exampleSecret))}).Send(ctx, "1", exampleTime, nil)
		cancel()
		if err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v, want it refused at once", url, err)
		}
	}
	if called {
		t.Error("a server on the loopback was called")
	}
}

func TestPublicAddresses(t *testing.T) {
	for _, text := range []string{"9.9.9.9", "2620:fe::fe", "172.32.0.1", "::ffff:9.9.9.9"} {
		if !webhook.Public(netip.MustParseAddr(text)) {
			t.Errorf("%s is taken for private", text)
		}
	}
	for _, text := range []string{
		"127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1",
		"::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1",
	} {
		if webhook.Public(netip.MustParseAddr(text)) {
			t.Errorf("%s is taken for public", text)
		}
	}
}

func TestTheGuardWantsTCPAndThePortsOfHTTPS(t *testing.T) {
	for address, ok := range map[string]bool{"9.9.9.9:443": true, "9.9.9.9:8443": true, "9.9.9.9:22": false, "9.9.9.9:80": false, "10.0.0.1:443": false, "nowhere": false} {
		if err := webhook.Guard(t.Context(), "tcp4", address, nil); (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
	if webhook.Guard(t.Context(), "udp4", "9.9.9.9:443", nil) == nil {
		t.Error("QUIC was let through, which nobody guards")
	}
}

func TestOnlyWhatASecretSignedNotLongAgoIsVerified(t *testing.T) {
	known, other := secretOf(t, exampleSecret), secretOf(t, "whsec_"+base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32))))
	header := func(s webhook.Secret, id string, at time.Time, body string) http.Header {
		return http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {fmt.Sprint(at.Unix())}, "Webhook-Signature": {"v1,c3RhbGU= " + s.Sign(id, at, []byte(body))}}
	}
	now := exampleTime
	for name, c := range map[string]struct {
		header http.Header
		body   string
		want   string
	}{
		"signed":       {header(known, "m1", now, "{}"), "{}", ""},
		"other secret": {header(other, "m1", now, "{}"), "{}", "no signature"},
		"other body":   {header(known, "m1", now, "{}"), "{ }", "no signature"},
		"old":          {header(known, "m1", now.Add(-6*time.Minute), "{}"), "{}", "more than"},
		"ahead":        {header(known, "m1", now.Add(6*time.Minute), "{}"), "{}", "more than"},
		"bare":         {http.Header{}, "{}", "headers"},
		"other id":     {func() http.Header { h := header(known, "m1", now, "{}"); h.Set("Webhook-Id", "m2"); return h }(), "{}", "no signature"},
		"odd time": {func() http.Header {
			h := header(known, "m1", now, "{}")
			h.Set("Webhook-Timestamp", "noon")
			return h
		}(), "{}", "seconds"},
	} {
		err := webhook.Verify([]webhook.Secret{known}, c.header, now, []byte(c.body))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if err := webhook.Verify([]webhook.Secret{other, known}, header(known, "m1", now, "{}"), now, []byte("{}")); err != nil {
		t.Errorf("while one secret takes the place of another: %v", err)
	}
}
