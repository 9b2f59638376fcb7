//go:build unix

package main_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace/millrace/platform/webhook"
	"github.com/millrace/millrace/services/availability/availabilityhook"
)

// inbox is the endpoint of a channel: it checks signatures, takes each message once
// by its id, keeps the newest of each item, and is out of order now and then.
type inbox struct {
	url    string
	secret string // file:PATH

	mu     sync.Mutex
	calls  int
	bodies map[string]string // by webhook-id
	newest map[string]availabilityhook.Item
}

func newInbox(t *testing.T) *inbox {
	t.Helper()
	text := "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("m", 32)))
	secret, err := webhook.ParseSecret(text)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	i := &inbox{secret: "file:" + file, bodies: make(map[string]string), newest: make(map[string]availabilityhook.Item)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i.take(t, secret, r) {
			w.WriteHeader(http.StatusNoContent)
		} else {
			w.WriteHeader(http.StatusBadGateway)
		}
	}))
	t.Cleanup(server.Close)
	i.url = server.URL
	return i
}

// take keeps a message and says whether the sender is told so.
func (i *inbox) take(t *testing.T, secret webhook.Secret, r *http.Request) bool {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return false // it was cut off
	}
	id := r.Header.Get("Webhook-Id")
	seconds, err := strconv.ParseInt(r.Header.Get("Webhook-Timestamp"), 10, 64)
	if at := time.Unix(seconds, 0); err != nil || time.Since(at) > time.Minute || r.Header.Get("Webhook-Signature") != secret.Sign(id, at, body) {
		t.Errorf("webhook %s is not signed as it should be: %v", id, r.Header)
		return false
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if before, again := i.bodies[id]; again && before != string(body) {
		t.Errorf("webhook %s says %s, and said %s before", id, body, before)
	}
	i.bodies[id] = string(body)
	var m availabilityhook.Message
	if err := json.Unmarshal(body, &m); err != nil || m.Type != availabilityhook.Changed {
		t.Errorf("webhook %s says %s: %v", id, body, err)
		return false
	}
	if m.Data.Version >= i.newest[m.Data.SKU].Version {
		i.newest[m.Data.SKU] = m.Data
	}
	i.calls++
	return i.calls%5 != 0 // some answers do not arrive
}

// knows waits until the channel was told what the API answers.
func (i *inbox) knows(t *testing.T, at client, skus ...string) {
	t.Helper()
	until(t, "the channel was told what the API answers", func() error {
		for _, sku := range skus {
			i.mu.Lock()
			item := i.newest[sku]
			i.mu.Unlock()
			told := make(map[string]int64)
			for _, l := range item.Locations {
				told[l.Location] = l.Available
			}
			if shown := at.available(t, sku); len(shown) == 0 || !maps.Equal(told, shown) {
				return fmt.Errorf("of %s it was told %v, the API says %v", sku, told, shown)
			}
		}
		return nil
	})
}
