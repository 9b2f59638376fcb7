//go:build linux

package availabilitybench

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func serve(t *testing.T, handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func TestEveryAnswerIsCounted(t *testing.T) {
	body := strings.Repeat("x", 200<<10) // longer than one read
	o := Options{Items: 200, Connections: 4, Span: 200 * time.Millisecond}
	for _, requests := range [][][]byte{o.single(), o.batch()} {
		var asked atomic.Int64
		o.Server = serve(t, func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			w.Header().Set("Content-Length", "204800")
			_, _ = w.Write([]byte(body))
		})
		got, err := o.load(requests, 0).run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if n := int64(len(got.late)); n == 0 || n > asked.Load() || n < asked.Load()-int64(o.Connections) {
			t.Errorf("%d answers of %d requests", n, asked.Load())
		}
	}
}

func TestWhatIsDueWhileTheServerStallsIsLate(t *testing.T) {
	var first atomic.Bool
	o := Options{Items: 100, Connections: 1, Span: time.Second}
	o.Server = serve(t, func(w http.ResponseWriter, r *http.Request) {
		if first.CompareAndSwap(false, true) {
			pause := time.NewTimer(300 * time.Millisecond)
			<-pause.C
		}
		_, _ = w.Write([]byte("{}"))
	})
	got, err := o.load(o.single(), 100).run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// One request stalls, and those due meanwhile wait behind it.
	if late := got.percentile(0.8); late < 50*time.Millisecond || got.perSec > 110 {
		t.Errorf("four in five wait up to %s, %f a second", late, got.perSec)
	}
}

func TestOtherAnswersThanExpectedEndTheRun(t *testing.T) {
	o := Options{Items: 1, Connections: 1, Span: time.Second}
	o.Server = serve(t, func(w http.ResponseWriter, r *http.Request) { http.Error(w, "gone", http.StatusGone) })
	if _, err := o.load(o.single(), 0).run(t.Context()); err == nil || !strings.Contains(err.Error(), "410") {
		t.Errorf("%v", err)
	}
}

func TestTheTableOfRedisIsRead(t *testing.T) {
	rate, err := rateOf([]byte("\"test\",\"rps\",\"avg_latency_ms\"\n\"GET\",\"61274.51\",\"0.422\"\n"))
	if err != nil || rate != 61274.51 {
		t.Errorf("%f, %v", rate, err)
	}
	if _, err := rateOf(nil); err == nil {
		t.Error("nothing is no table")
	}
}

func TestTargetsAreNamedWhenMissed(t *testing.T) {
	good := Report{RedisGet: 100, HTTPGet: 80, RedisMGet: 100, HTTPBatch: 25, HalfPeakP99: 1.9, Visible: Visible{P99: 49}}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	bad := Report{RedisGet: 100, HTTPGet: 79, RedisMGet: 100, HTTPBatch: 24, HalfPeakP99: 2.1, Visible: Visible{P99: 51}}
	if err := bad.Check(); err == nil || strings.Count(err.Error(), "\n") != 3 {
		t.Errorf("%v", err)
	}
}
