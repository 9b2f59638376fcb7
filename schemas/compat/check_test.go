package compat_test

import (
	"context"
	"strings"
	"testing"

	"github.com/millrace/millrace/schemas/compat"
	"github.com/millrace/millrace/schemas/topic"
)

// added returns good with one more field.
func added(field string) string {
	return strings.Replace(good, `"fields": [`, `"fields": [`+field+`,`, 1)
}

var (
	withDefault    = added(`{"name": "extra", "type": "long", "default": 0, "doc": "More."}`)
	withoutDefault = added(`{"name": "extra", "type": "long", "doc": "More."}`)
	moreSymbols    = strings.Replace(good, `"loud"]`, `"loud", "louder"]`, 1)
	millis         = strings.Replace(good, "timestamp-micros", "timestamp-millis", 1)
	untagged       = strings.Replace(good, `"pii": true`, `"pii": false`, 1)
	otherDefault   = strings.Replace(good, `"default": "plain"`, `"default": "loud"`, 1)
	otherType      = strings.Replace(good, `"name": "amount", "type": "long"`, `"name": "amount", "type": "string"`, 1)
)

func TestCheckJudgesEachChange(t *testing.T) {
	for _, c := range []struct {
		name     string
		level    compat.Level
		old, now string
		want     string // part of a problem, empty when allowed
	}{
		{"no change", compat.FullTransitive, good, good, ""},
		{"field added with default", compat.FullTransitive, good, withDefault, ""},
		{"field added without default", compat.FullTransitive, good, withoutDefault, "cannot read it"},
		{"field with default removed", compat.FullTransitive, withDefault, good, ""},
		{"field without default removed", compat.FullTransitive, withoutDefault, good, "it cannot read the new schema"},
		{"field without default removed from a command", compat.BackwardTransitive, withoutDefault, good, ""},
		{"symbol added", compat.FullTransitive, good, moreSymbols, ""},
		{"type changed", compat.BackwardTransitive, good, otherType, "amount"},
		{"micros to millis", compat.BackwardTransitive, good, millis, "timestamp-millis"},
		{"pii tag removed", compat.BackwardTransitive, good, untagged, "pii of OrderNoted.note was true and is false"},
		{"pii tag added", compat.BackwardTransitive, untagged, good, "pii of OrderNoted.note was false and is true"},
		{"enum default changed", compat.BackwardTransitive, good, otherDefault, "default of enum NoteKind"},
		{"anything at level none", compat.None, good, otherType, ""},
		{"field added without default, forward", compat.Forward, good, withoutDefault, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			problems, err := compat.Check(c.level, []byte(c.now), []byte(c.old))
			if err != nil {
				t.Fatal(err)
			}
			if c.want != "" {
				mustFind(t, problems, c.want)
			} else if len(problems) > 0 {
				t.Errorf("found %v", problems)
			}
		})
	}
}

func TestTransitiveLevelsLookAtEveryVersion(t *testing.T) {
	// The newest version alone would allow it: extra came back as another type.
	back := added(`{"name": "extra", "type": "string", "default": "", "doc": "More."}`)
	for level, allowed := range map[compat.Level]bool{compat.Full: true, compat.FullTransitive: false} {
		problems, err := compat.Check(level, []byte(back), []byte(withDefault), []byte(good))
		if err != nil {
			t.Fatal(err)
		}
		if (len(problems) == 0) != allowed {
			t.Errorf("%s found %v", level, problems)
		}
	}
}

func TestCheckRefusesWhatIsNoSchema(t *testing.T) {
	if _, err := compat.Check(compat.None, []byte(`{"type": "order"}`)); err == nil {
		t.Error("an unknown type passed")
	}
}

func TestCommandsMayChangeMoreFreelyThanEvents(t *testing.T) {
	for subject, want := range map[string]compat.Level{
		topic.OrderSubmit.Subject():       compat.BackwardTransitive,
		topic.OrderAccepted.Subject():     compat.FullTransitive,
		topic.InventoryPosition.Subject(): compat.FullTransitive,
		"state.order-value":               compat.FullTransitive,
	} {
		if got := compat.LevelOf(subject); got != want {
			t.Errorf("LevelOf(%s) = %s, want %s", subject, got, want)
		}
	}
}

// history is a registry's content by subject.
type history map[string][][]byte

func (h history) Versions(_ context.Context, subject string) ([][]byte, error) {
	return h[subject], nil
}

func TestAgainstNamesTheSubjectAndVersionThatBreak(t *testing.T) {
	text, err := topic.OrderAccepted.Schema()
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(string(text), `"name": "total", "type": "long"`, `"name": "total", "type": "string"`, 1)
	registered := history{topic.OrderAccepted.Subject(): {text, []byte(other)}}
	problems, err := compat.Against(context.Background(), registered)
	if err != nil {
		t.Fatal(err)
	}
	mustFind(t, problems, "order.accepted.v1-value version 2")
	for _, p := range problems {
		if strings.Contains(p.Where, "version 1") {
			t.Errorf("the equal version breaks: %s", p)
		}
	}
}

func TestParseLevelKnowsTheNamesOfRegistries(t *testing.T) {
	if level, err := compat.ParseLevel("FULL_TRANSITIVE"); err != nil || level != compat.FullTransitive {
		t.Errorf("ParseLevel = %s, %v", level, err)
	}
	if _, err := compat.ParseLevel("full"); err == nil {
		t.Error("an unknown level passed")
	}
}
