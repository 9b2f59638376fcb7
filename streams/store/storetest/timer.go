package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

const (
	wall  = changelog.WallClock
	event = changelog.EventTime
)

var timerCases = map[string]func(*testing.T, *bench){
	"due ones come earliest first, each clock by itself": func(t *testing.T, b *bench) {
		b.apply(t, timer("a", "late", wall, 300), timer("b", "soon", wall, 100), timer("c", "past", wall, -5), timer("d", "t", event, 50))
		wantDue(t, b, wall, 299, 300, due(-5, "c", "past"), due(100, "b", "soon"))
		wantDue(t, b, wall, 300, 0, due(-5, "c", "past"), due(100, "b", "soon"), due(300, "a", "late"))
		wantDue(t, b, event, 49, 50)
		wantDue(t, b, event, 50, 0, due(50, "d", "t"))
		wantDue(t, b, wall, -6, -5)
	},
	"a stopped walk tells when the first one left is due": func(t *testing.T, b *bench) {
		b.apply(t, timer("a", "t", wall, 100), timer("b", "t", wall, 200), timer("c", "t", wall, 900))
		var got listing
		next, err := b.DueTimers(wall, time.UnixMicro(500), func(d time.Time, k []byte) bool { got.due(d, k); return false })
		noError(t, err)
		wantListing(t, "due", got, due(100, "a", "t"))
		if next.UnixMicro() != 200 {
			t.Errorf("next is %d, want 200", next.UnixMicro())
		}
	},
	"void entries go, the one whose row stands stays": func(t *testing.T, b *bench) {
		b.apply(t, timer("a", "moved", wall, 100), timer("b", "gone", wall, 100), timer("c", "kept", wall, 100))
		b.apply(t, timer("a", "moved", wall, 700), row(timerKey("b", "gone"), ""))
		var void []store.DueTimer
		for _, key := range [][]byte{timerKey("a", "moved"), timerKey("b", "gone"), timerKey("c", "kept")} {
			void = append(void, store.DueTimer{Due: time.UnixMicro(100), Key: key})
		}
		noError(t, b.DropTimers(wall, void))
		wantDue(t, b, wall, 100, 700, due(100, "c", "kept"))
		wantDue(t, b, wall, 700, 0, due(100, "c", "kept"), due(700, "a", "moved"))
	},
	"a timer set earlier than all known ones is found": func(t *testing.T, b *bench) {
		wantDue(t, b, wall, 1000, 0)
		b.apply(t, timer("a", "t", wall, 500))
		wantDue(t, b, wall, 100, 500)
		b.apply(t, timer("b", "t", wall, 50))
		wantDue(t, b, wall, 100, 500, due(50, "b", "t"))
		b.apply(t, row(timerKey("b", "t"), ""))
		noError(t, b.DropTimers(wall, []store.DueTimer{{Due: time.UnixMicro(50), Key: timerKey("b", "t")}}))
		wantDue(t, b, wall, 10, 500)
		wantDue(t, b, wall, 100, 500)
		b.apply(t, timer("b", "t", wall, 50))
		wantDue(t, b, wall, 100, 500, due(50, "b", "t"))
	},
	"a timer set during a walk is found by the next": func(t *testing.T, b *bench) {
		b.apply(t, timer("a", "t", wall, 100))
		_, err := b.DueTimers(wall, time.UnixMicro(100), func(time.Time, []byte) bool {
			b.apply(t, timer("b", "t", wall, 50))
			return true
		})
		noError(t, err)
		wantDue(t, b, wall, 60, 100, due(50, "b", "t"))
	},
}

func due(micro int64, key, name string) string {
	return fmt.Sprintf("%d %x", micro, timerKey(key, name))
}

// wantDue checks what is due until a time, and when the next one is (0: none),
// passing over entries whose row says otherwise.
func wantDue(t testTB, b *bench, clock changelog.Clock, until, next int64, want ...string) {
	t.Helper()
	var got listing
	n, err := b.DueTimers(clock, time.UnixMicro(until), func(due time.Time, key []byte) bool {
		value, err := b.Get(key)
		noError(t, err)
		if row, err := changelog.ReadTimer(value); err == nil && row.Due.Equal(due) && row.Clock == clock {
			got.due(due, key)
		}
		return true
	})
	noError(t, err)
	wantListing(t, fmt.Sprintf("due until %d", until), got, want...)
	if n.IsZero() != (next == 0) || next != 0 && n.UnixMicro() != next {
		t.Errorf("next after %d is %v, want %d µs", until, n, next)
	}
}
