package availabilityhttp_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// listener is one open stream of changes.
type listener struct {
	t     *testing.T
	lines *bufio.Scanner
}

func (s *shop) listen(server *httptest.Server, query, last string) *listener {
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, server.URL+"/v1/availability/changes"+query, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if last != "" {
		r.Header.Set("Last-Event-Id", last)
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { answer.Body.Close() })
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/event-stream" {
		s.t.Fatalf("%s %s", answer.Status, answer.Header)
	}
	l := &listener{s.t, bufio.NewScanner(answer.Body)}
	l.next() // it has begun
	return l
}

// next reads to the end of a burst: its items, and its id.
func (l *listener) next() (data []string, id string) {
	l.t.Helper()
	for l.lines.Scan() {
		line := l.lines.Text()
		if text, ok := strings.CutPrefix(line, "data: "); ok {
			data = append(data, text)
		}
		if text, ok := strings.CutPrefix(line, "id: "); ok {
			id = text
		}
		if line == "" && (id != "" || len(data) == 0) {
			return data, id
		}
	}
	l.t.Fatalf("the stream ended: %v", l.lines.Err())
	return nil, ""
}

func TestChangesAreStreamedAndGoneOnWith(t *testing.T) {
	s := newShop(t, true)
	server := httptest.NewServer(s.mux)
	t.Cleanup(server.Close)
	all := s.listen(server, "?since=start", "")
	data, id := all.next()
	if len(data) != 2 || data[0] != lamp || data[1] != sofa || id != "0:1" {
		t.Fatalf("all there is: %q, id %s", data, id)
	}
	web := s.listen(server, "?channel=web&sku=lamp", "")
	s.position("sofa", 2, 9)
	s.position("lamp", 4, 4, 8)
	if data, _ := web.next(); len(data) != 1 || !strings.Contains(data[0], `"available":8,"locations":[{"location":"south"`) {
		t.Errorf("the web's lamp: %q", data)
	}
	data, _ = s.listen(server, "", id).next()
	if len(data) != 2 || !strings.Contains(data[0], `"available":9`) || !strings.Contains(data[1], `"available":12`) {
		t.Errorf("after %s: %q", id, data)
	}
}
