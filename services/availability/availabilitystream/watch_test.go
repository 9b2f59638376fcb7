package availabilitystream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/availability"
)

// lookout is a watch whose age a test sets, with what it said.
type lookout struct {
	*watch
	clock time.Time
	old   time.Duration
	away  bool // nothing can be written
	said  []event.AlertRaised
}

func newLookout(t *testing.T) *lookout {
	schemas := codec.NewMemory()
	l := &lookout{clock: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	config := Config{
		Now: func() time.Time { return l.clock }, Log: zerolog.Nop(),
		Channels: map[string]availability.Staleness{"web": {}, "patient": {After: time.Minute}},
		Write: func(_ context.Context, name, key string, value []byte) (int32, int64, error) {
			var a event.AlertRaised
			if err := codec.Of[event.AlertRaised](schemas, topic.AlertRaised).Decode(value, &a); err != nil || name != topic.AlertRaised.Name || key != a.Subject {
				t.Errorf("%s %s %+v: %v", name, key, a, err)
			}
			if l.away {
				return 0, 0, errors.New("away")
			}
			l.said = append(l.said, a)
			return 0, 0, nil
		},
	}
	l.watch = newWatch(&config, func() time.Duration { return l.old }, schemas)
	return l
}

// looks lets a second pass with an age, and returns what was said, in order.
func (l *lookout) looks(t *testing.T, age time.Duration, want ...string) {
	t.Helper()
	l.clock, l.old, l.said = l.clock.Add(time.Second), age, nil
	l.look(t.Context())
	var got []string
	for _, a := range l.said {
		got = append(got, fmt.Sprintf("%s %s %v", a.Kind, a.Subject, a.ResolvedAt != nil))
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("at %s, %s old: said %q, want %q", l.clock.Format(time.TimeOnly), age, got, want)
	}
}

func TestAStaleEpisodeIsToldOnceAndThatItIsOver(t *testing.T) {
	l := newLookout(t)
	l.looks(t, 0)
	l.looks(t, 30*time.Second)
	l.looks(t, 31*time.Second, "AVAILABILITY_STALE web false")
	first := l.said[0]
	if !strings.Contains(first.Detail, "31s") || !first.RaisedAt.Equal(l.clock) {
		t.Errorf("%+v", first)
	}
	l.looks(t, 45*time.Second)
	l.looks(t, 61*time.Second, "AVAILABILITY_STALE patient false")
	l.looks(t, 40*time.Second, "AVAILABILITY_STALE patient true")
	l.looks(t, time.Second, "AVAILABILITY_STALE web true")
	if over := l.said[0]; over.AlertID != first.AlertID || !over.ResolvedAt.Equal(l.clock) || !over.RaisedAt.Equal(first.RaisedAt) {
		t.Errorf("%+v is over as %+v", first, over)
	}
	l.looks(t, 0)
	l.looks(t, time.Hour, "AVAILABILITY_STALE patient false", "AVAILABILITY_STALE web false")
	if i := slices.IndexFunc(l.said, func(a event.AlertRaised) bool { return a.Subject == "web" }); l.said[i].AlertID == first.AlertID {
		t.Error("two episodes share an id")
	}
}

// Kafka is mostly the reason, so nothing can be said of it while it lasts.
func TestAnEpisodeThatCannotBeToldIsToldLater(t *testing.T) {
	l := newLookout(t)
	l.away = true
	l.looks(t, 40*time.Second)
	began := l.clock
	l.looks(t, 50*time.Second)
	l.looks(t, 0) // it is read again before it can be written
	over := l.clock
	l.away = false
	l.looks(t, 0, "AVAILABILITY_STALE web false", "AVAILABILITY_STALE web true")
	if !l.said[0].RaisedAt.Equal(began) || l.said[0].ResolvedAt != nil || !l.said[1].ResolvedAt.Equal(over) {
		t.Errorf("it lasted from %s to %s, and %+v is said", began, over, l.said)
	}
	l.looks(t, 0)
}
