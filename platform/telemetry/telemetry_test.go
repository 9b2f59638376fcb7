package telemetry

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"
)

func TestLogWritesJSONForMachinesAndTextForPeople(t *testing.T) {
	var machine, people bytes.Buffer
	for out, forPeople := range map[*bytes.Buffer]bool{&machine: false, &people: true} {
		log, err := logTo(out, forPeople, "info")
		if err != nil {
			t.Fatal(err)
		}
		log.Debug().Msg("hidden")
		log.Info().Str("order", "o-1").Msg("accepted")
		Slog(log).Warn("from a library", "attempt", 2)
	}
	lines := strings.Split(strings.TrimSpace(machine.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("want two lines, got %q", lines)
	}
	var first, second map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(lines[1]), &second); err != nil {
		t.Fatal(err)
	}
	if first["order"] != "o-1" || first["message"] != "accepted" || second["level"] != "warn" || second["attempt"] != 2.0 {
		t.Errorf("got %v and %v", first, second)
	}
	if at, err := time.Parse(timeFormat, first["time"].(string)); err != nil || at.Location() != time.UTC {
		t.Errorf("time: %v %v", first["time"], err)
	}
	if strings.HasPrefix(people.String(), "{") || !strings.Contains(people.String(), "accepted") {
		t.Errorf("for people: %q", people.String())
	}
}

func TestLogRefusesUnknownLevels(t *testing.T) {
	for _, level := range []string{"", "loud"} {
		if _, err := Log(os.Stderr, level); err == nil {
			t.Errorf("%q: want an error", level)
		}
	}
}

func TestAFileIsNoTerminal(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p := NewProgress(file, "importing", "orders", 3)
	p.Add(3)
	p.Close()
	if info, err := file.Stat(); err != nil || info.Size() != 0 || p.Done() != 3 {
		t.Errorf("want silence, got %d bytes, %v", info.Size(), err)
	}
}

func TestMetricsNameTheBuild(t *testing.T) {
	build := ReadBuild()
	if !strings.HasPrefix(build.Go, "go1.") {
		t.Errorf("got %+v", build)
	}
	registry := Metrics(Build{Version: "v1.2.3", Commit: "abc", Go: "go1.26"})
	want := "# HELP millrace_build_info Always 1; the labels say which build runs.\n# TYPE millrace_build_info gauge\n" +
		`millrace_build_info{commit="abc",go="go1.26",version="v1.2.3"} 1` + "\n"
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "millrace_build_info"); err != nil {
		t.Error(err)
	}
	if n, err := testutil.GatherAndCount(registry, "go_goroutines", "process_start_time_seconds"); err != nil || n != 2 {
		t.Errorf("want the runtime's metrics, got %d %v", n, err)
	}
}

func TestProgressShowsRateAndTimeLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var screen bytes.Buffer
		p := newProgress(&screen, "importing", "orders", 5000)
		for range 3 {
			p.Add(400)
			time.Sleep(time.Second)
		}
		p.Close()
		p.Close()
		frames := strings.Split(screen.String(), clearLine)
		if got := frames[len(frames)-2]; !strings.HasPrefix(got, "importing 1,200 of 5,000 orders (24 %), ") || !strings.HasSuffix(got, " left") {
			t.Errorf("line: %q", got)
		}
		if got := frames[len(frames)-1]; got != "importing 1,200 orders in 3s, 400/s\n" {
			t.Errorf("summary: %q", got)
		}
	})
}

func TestMeterForgetsOldRates(t *testing.T) {
	began := time.Unix(0, 0)
	m := newMeter(10_000, began)
	for second := range 60 {
		done := int64(min(second, 30) * 100) // stalls after half a minute
		m.observe(began.Add(time.Duration(second)*time.Second), done)
	}
	if rate := m.rate(); rate != 0 {
		t.Errorf("a stall must show, got %v/s", rate)
	}
	if _, ok := m.left(); ok {
		t.Error("nobody can tell when a stall ends")
	}
	if got := m.line("importing", "orders"); got != "importing 3,000 of 10,000 orders (30 %), 0/s" {
		t.Errorf("got %q", got)
	}
}

func TestMeterAtASteadyRateIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.Int64Range(1, 1_000_000).Draw(t, "rate")
		seconds := rapid.Int64Range(1, 100).Draw(t, "seconds")
		rest := rapid.Int64Range(0, 1000).Draw(t, "rest")
		m := newMeter(rate*(seconds+rest), time.Unix(0, 0))
		for s := range seconds {
			m.observe(time.Unix(s+1, 0), rate*(s+1))
		}
		if got := m.rate(); got != float64(rate) {
			t.Fatalf("rate: want %d, got %v", rate, got)
		}
		if left, ok := m.left(); !ok || left != time.Duration(rest)*time.Second {
			t.Fatalf("left: want %ds, got %v %v", rest, left, ok)
		}
		if len(m.samples) > 7 {
			t.Fatalf("old samples are kept: %d", len(m.samples))
		}
	})
}

func TestGroupedSeparatesThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := grouped(n); got != want {
			t.Errorf("%d: want %s, got %s", n, want, got)
		}
	}
}
