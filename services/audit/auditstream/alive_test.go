package auditstream

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit"
)

var noon = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

func TestAnAuditorThatStandsStillOrIsBlindIsNotReady(t *testing.T) {
	var l alive
	if err := l.err(noon); err != nil {
		t.Errorf("before it begins: %v", err)
	}
	l.further(noon)
	l.looked(noon, nil)
	if err := l.err(noon.Add(stuckAfter)); err != nil {
		t.Errorf("while it reads: %v", err)
	}
	if err := l.err(noon.Add(stuckAfter + time.Second)); err == nil || !strings.Contains(err.Error(), "read nothing for 5m1s") {
		t.Errorf("when it stands still: %v", err)
	}
	l.further(noon.Add(time.Hour))
	l.looked(noon.Add(time.Hour), errors.New("blind"))
	if err := l.err(noon.Add(time.Hour)); err == nil || l.found() != noon {
		t.Errorf("when it does not see: %v, seen last at %s", err, l.found())
	}
	l.looked(noon.Add(2*time.Hour), nil)
	if err := l.err(noon.Add(time.Hour)); err != nil || l.found() != noon.Add(2*time.Hour) {
		t.Errorf("when it sees again: %v", err)
	}
}

func TestTheCanaryIsSeen(t *testing.T) {
	r := New(Config{Schemas: codec.NewMemory(), Logger: zerolog.Nop()})
	r.lookAtCanary(noon)
	if err := r.Check(t.Context()); err != nil || r.alive.found() != noon {
		t.Errorf("%v, seen at %s", err, r.alive.found())
	}
}

// The cache has what was published a look ago; what is published since it may have.
func TestTheSharedCacheIsHeldAgainstTheBooks(t *testing.T) {
	schemas := codec.NewMemory()
	away := errors.New("away")
	for _, c := range []struct {
		name   string
		shows  int64
		whole  bool
		err    error
		breaks bool
	}{
		{"what was published then", 1, true, nil, false},
		{"what was published since", 2, true, nil, false},
		{"less than what was published", 0, true, nil, true},
		{"more than was published", 3, true, nil, true},
		{"less, while it is filled", 0, false, nil, false},
		{"nothing, since it is away", 0, true, away, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := audit.New(audit.Config{Schema: schemas.Text})
			asked := 0
			s := shelf{ask: func(_ context.Context, skus ...string) ([]int64, bool, error) {
				asked += len(skus)
				return []int64{c.shows}, c.whole, c.err
			}}
			publish := func(version int64) {
				value, err := codec.Of[event.InventoryPosition](schemas, topic.InventoryPosition).Append(nil, &event.InventoryPosition{Sku: "lamp", Version: version, AsOf: noon})
				if err == nil {
					err = a.Observe(&audit.Record{Topic: topic.InventoryPosition.Name, Offset: version, Key: []byte("lamp"), Value: value, Time: noon})
				}
				if err != nil {
					t.Fatal(err)
				}
				s.noted("lamp")
			}
			publish(1)
			if err := s.look(t.Context(), a, noon); err != nil || asked != 0 {
				t.Errorf("the first look asked %d times: %v", asked, err)
			}
			publish(2)
			if err := s.look(t.Context(), a, noon.Add(lookEach)); !errors.Is(err, c.err) || asked != 1 {
				t.Errorf("the second look asked %d times: %v", asked, err)
			}
			a.Advance(noon.Add(time.Hour))
			broken := false
			for _, v := range a.Violations() {
				broken = broken || v.Invariant == audit.Cache && v.Key == "lamp" && len(v.Records) == 1
			}
			if broken != c.breaks {
				t.Errorf("found %v, want %v", broken, c.breaks)
			}
		})
	}
}
