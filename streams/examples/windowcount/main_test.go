package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/streams/examples/internal/stage"
	"github.com/millrace/millrace/streams/streamstest"
)

func TestViewsAreCountedInTheirMinuteHoweverLateTheyCome(t *testing.T) {
	top := topology()
	d := streamstest.New(t, streamstest.Options{Seed: 1, Start: on("12:00:00"), AbortRate: 0.3, CrashRate: 0.3}, top)
	for _, view := range sample {
		streamstest.SendAt(d, on(view.at), views, "/home", &view.who)
	}
	d.Run()
	if got, want := streamstest.Of(d, counts, "/home"), []Views{{"09:00", 3}, {"09:01", 2}}; !slices.Equal(got, want) {
		t.Errorf("counts are %v, want %v", got, want)
	}
	if got, want := streamstest.Of(d, late, "/home"), []string{"barbara"}; !slices.Equal(got, want) {
		t.Errorf("too late are %q, want %q", got, want)
	}
	d.NoDeadLetters()
}

// The time of a task does not go on by itself: a window of a page that nobody
// visits any more stays open.
func TestAWindowStaysOpenWhileNothingComes(t *testing.T) {
	d := streamstest.New(t, streamstest.Options{Start: on("12:00:00")}, topology())
	for _, view := range sample[:4] {
		streamstest.SendAt(d, on(view.at), views, "/home", &view.who)
	}
	d.Advance(24 * time.Hour)
	if got := streamstest.Of(d, counts, "/home"); len(got) > 0 {
		t.Errorf("counts are %v before the windows closed", got)
	}
}

func TestTheProgramRuns(t *testing.T) {
	var out bytes.Buffer
	if err := stage.Perform(t.Context(), stage.Options{Topics: topics, Out: &out, Log: t.Output()}, play); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	slices.Sort(got) // the two topics are independent of each other
	want := []string{
		`windowcount-counts /home {"minute":"09:00","count":3}`,
		`windowcount-counts /home {"minute":"09:01","count":2}`,
		`windowcount-late /home barbara`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
