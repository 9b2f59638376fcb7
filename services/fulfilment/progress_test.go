package fulfilment

import (
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

func TestTablesReadWordsInAnyCase(t *testing.T) {
	tables, err := NewTables(map[string]Table{"wms": {Version: "3", Words: map[string]string{"In Picking ": "PICKING", "shipped": "SHIPPED"}}})
	if err != nil {
		t.Fatal(err)
	}
	for word, want := range map[string]event.FulfilmentStatus{"in picking": event.FulfilmentStatusPicking, " SHIPPED": event.FulfilmentStatusShipped, "lost": event.FulfilmentStatusUnmapped} {
		if got, version := tables.Read("wms", word); got != want || version != "3" {
			t.Errorf("%q is %s by version %s", word, got, version)
		}
	}
	if got, version := tables.Read("stranger", "shipped"); got != event.FulfilmentStatusUnmapped || version != "" {
		t.Errorf("a word of a partner without a table is %s by version %q", got, version)
	}
}

func TestTableThatMapsToNothingIsRefused(t *testing.T) {
	_, err := NewTables(map[string]Table{"wms": {Words: map[string]string{"done": "FINISHED"}}})
	if err == nil || !strings.Contains(err.Error(), "wms") || !strings.Contains(err.Error(), "done") || !strings.Contains(err.Error(), "FINISHED") {
		t.Errorf("%v", err)
	}
}

func TestEveryStatusHasItsPlace(t *testing.T) {
	beside := map[event.FulfilmentStatus]bool{event.FulfilmentStatusOnHold: true, event.FulfilmentStatusCancelRequested: true, event.FulfilmentStatusCancelRefused: true}
	for _, s := range statuses {
		if (s.Rank() == 0) != beside[s] {
			t.Errorf("%s has rank %d", s, s.Rank())
		}
	}
}

func TestTheCourseOnlyGoesForward(t *testing.T) {
	p := &Progress{Status: event.FulfilmentStatusUnmapped}
	say := func(seq int64, status event.FulfilmentStatus, units int64) *event.FulfilmentStatusChanged {
		r := &event.FulfilmentReported{FulfilmentID: "f", Word: string(status), SourceSeq: seq, OccurredAt: time.Unix(seq, 0)}
		return Advance(p, r, status, "1", units)
	}
	for n, c := range []struct {
		seq    int64
		status event.FulfilmentStatus
		units  int64
		news   bool
	}{
		{1, event.FulfilmentStatusAccepted, 0, true},
		{1, event.FulfilmentStatusAccepted, 0, false}, // repeated
		{4, event.FulfilmentStatusPacked, 0, true},
		{3, event.FulfilmentStatusPicked, 0, false}, // late
		{5, event.FulfilmentStatusOnHold, 0, true},  // beside
		{5, event.FulfilmentStatusOnHold, 0, false}, // repeated
		{2, event.FulfilmentStatusUnmapped, 0, false},
		{6, event.FulfilmentStatusUnmapped, 0, true}, // unknown, and new
		{7, event.FulfilmentStatusShipped, 3, true},
		{8, event.FulfilmentStatusShipped, 2, true}, // the second part
		{9, event.FulfilmentStatusClosed, 0, true},
		{6, event.FulfilmentStatusShipped, 1, true}, // a document that comes late still counts
	} {
		got := say(c.seq, c.status, c.units)
		if (got != nil) != c.news {
			t.Fatalf("statement %d, %+v: %+v", n, c, got)
		}
	}
	if p.Status != event.FulfilmentStatusClosed || p.Shipped != 6 || !p.Final {
		t.Errorf("%+v", p)
	}
}
