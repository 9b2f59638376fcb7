package httpd_test

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/millrace/millrace/platform/httpd"
)

func TestStreamedAnswersPassTheMiddlewares(t *testing.T) {
	received := make(chan struct{})
	server := httptest.NewServer(httpd.Standard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "first\n")
		w.(http.Flusher).Flush()
		<-received
		_, _ = io.WriteString(w, "second\n")
	}), zerolog.Nop(), prometheus.NewRegistry()))
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	if first, err := lines.ReadString('\n'); err != nil || first != "first\n" {
		t.Fatalf("the first line must arrive while the answer goes on: %q %v", first, err)
	}
	close(received)
	if second, err := lines.ReadString('\n'); err != nil || second != "second\n" {
		t.Errorf("got %q %v", second, err)
	}
}

func TestAPanicInsideAnAnswerCutsTheConnection(t *testing.T) {
	server := httptest.NewServer(httpd.Standard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic("kaput")
	}), zerolog.Nop(), prometheus.NewRegistry()))
	defer server.Close()
	response, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if body, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("half an answer must not look whole: %q", body)
	}
}
