package changelog_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/trace"
	"pgregory.net/rapid"
)

func anyKey(t *rapid.T) (key []byte, want changelog.Key) {
	want = changelog.Key{Entity: rapid.StringN(1, 20, 40).Draw(t, "entity"), Key: rapid.String().Draw(t, "key")}
	key = changelog.AppendEntity(nil, want.Entity, want.Key)
	want.Kind = rapid.SampledFrom([]changelog.Kind{changelog.State, changelog.Child, changelog.Timer, changelog.Effect}).Draw(t, "kind")
	switch want.Kind {
	case changelog.State:
		key = append(key, byte(changelog.State))
	case changelog.Child:
		want.Collection, want.Sub = rapid.String().Draw(t, "collection"), rapid.String().Draw(t, "child")
		key = changelog.AppendChild(key, want.Collection, want.Sub)
	case changelog.Timer:
		want.Sub = rapid.StringN(1, 20, 40).Draw(t, "timer")
		key = changelog.AppendTimer(key, want.Sub)
	case changelog.Effect:
		want.Collection, want.Seq = rapid.String().Draw(t, "destination"), rapid.Uint64().Draw(t, "seq")
		key = changelog.AppendEffect(key, want.Collection, want.Seq)
	}
	return key, want
}

func TestEveryKeyIsTakenApartAsItWasMade(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key, want := anyKey(t)
		got, err := changelog.Parse(key)
		if err != nil || got != want {
			t.Fatalf("%x: got %+v (%v), want %+v", key, got, err, want)
		}
		if n := changelog.Prefix(key); !bytes.Equal(key[:n], changelog.AppendEntity(nil, want.Entity, want.Key)) {
			t.Fatalf("%x: prefix is %d", key, n)
		}
	})
}

func TestTwoEntitiesNeverShareAPrefix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		pa, pb := changelog.AppendEntity(nil, "e", a), changelog.AppendEntity(nil, "e", b)
		if a != b && (bytes.HasPrefix(pa, pb) || bytes.HasPrefix(pb, pa)) {
			t.Fatalf("%q and %q: %x, %x", a, b, pa, pb)
		}
	})
}

func TestNoEntityHasTheMarksKey(t *testing.T) {
	if _, err := changelog.Parse(changelog.MarkKey); err == nil {
		t.Fatal("the mark's key parses as an entity's row")
	}
	if n := changelog.Prefix(changelog.MarkKey); n != 0 {
		t.Fatalf("the mark has an entity prefix of %d bytes", n)
	}
}

func TestRowsComeBackAsTheyWere(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 891000, time.UTC)
	id := changelog.ID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	timer := changelog.TimerRow{Due: at, Clock: changelog.EventTime, Setting: id}
	if got, err := changelog.ReadTimer(timer.Append(nil)); err != nil || got != timer {
		t.Errorf("timer: %+v (%v)", got, err)
	}
	effect := changelog.EffectRow{ID: id, Name: "sale", AskedAt: at, Request: []byte("{}")}
	if got, err := changelog.ReadEffect(effect.Append(nil)); err != nil || !reflect.DeepEqual(got, effect) {
		t.Errorf("effect: %+v (%v)", got, err)
	}
	traced := trace.Context{Trace: [16]byte{1}, Span: [8]byte{2}, Flags: 1, State: "a=b"}
	timer.Trace = traced
	if got, err := changelog.ReadTimer(timer.Append(nil)); err != nil || got != timer {
		t.Errorf("traced timer: %+v (%v)", got, err)
	}
	for _, e := range []changelog.EffectRow{
		{ID: id, Name: "sale", AskedAt: at, Trace: traced, Request: []byte("{}")},
		{ID: id, Name: "sale", AskedAt: at, Class: "orders", Request: []byte("{}")},
		{ID: id, Name: "sale", AskedAt: at, Class: "orders", Trace: traced, Request: []byte("{}")},
	} {
		if got, err := changelog.ReadEffect(e.Append(nil)); err != nil || !reflect.DeepEqual(got, e) {
			t.Errorf("effect: %+v (%v)", got, err)
		}
	}
	mark := changelog.Mark{Instance: "i", Transaction: 7, EffectSeq: 9, StreamTime: at, Clean: true, Positions: []changelog.Position{{Topic: "a", TopicID: id, Next: 3}, {Topic: "b", Next: 1 << 40}}}
	if got, err := changelog.ReadMark(mark.Append(nil)); err != nil || !reflect.DeepEqual(got, mark) {
		t.Errorf("mark: %+v (%v)", got, err)
	}
}

func TestMarkWithoutTopicIDsIsRead(t *testing.T) {
	// Version 1: not clean, instance "i", transaction 7, sequence 9, time 0, one
	// position: topic "a", offset 3.
	b := []byte{1, 0, 1, 'i', 7, 9, 0, 1, 1, 'a', 6}
	want := changelog.Mark{Instance: "i", Transaction: 7, EffectSeq: 9, StreamTime: time.Unix(0, 0).UTC(), Positions: []changelog.Position{{Topic: "a", Next: 3}}}
	if got, err := changelog.ReadMark(b); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v (%v), want %+v", got, err, want)
	}
}

func TestDamagedRowsAreRefused(t *testing.T) {
	mark := changelog.Mark{Instance: "i", StreamTime: time.Unix(0, 0), Positions: []changelog.Position{{Topic: "topic", Next: 300}}}
	b := mark.Append(nil)
	for n := range b {
		if _, err := changelog.ReadMark(b[:n]); !errors.Is(err, changelog.ErrFormat) {
			t.Errorf("mark cut to %d of %d bytes: %v", n, len(b), err)
		}
	}
	if _, err := changelog.ReadMark(append(b, 0)); !errors.Is(err, changelog.ErrFormat) {
		t.Errorf("mark with a byte left over: %v", err)
	}
	b[0] = 99
	if _, err := changelog.ReadMark(b); !errors.Is(err, changelog.ErrFormat) {
		t.Errorf("mark of a later version: %v", err)
	}
}

// The bytes of version 1, as every release before traces wrote them.
func TestRowsOfTheFirstVersionAreReadAndStillWrittenWithoutATrace(t *testing.T) {
	at := time.UnixMicro(1772600767891000).UTC()
	id := changelog.ID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	const head = "0102030405060708090a0b0c0d0e0f10"
	timer, effect := changelog.TimerRow{Due: at, Clock: changelog.EventTime, Setting: id}, changelog.EffectRow{ID: id, Name: "sale", AskedAt: at, Request: []byte("{}")}
	timerBytes, effectBytes := "0101"+head+"f098caf1f88aa606", "01"+head+"f098caf1f88aa606"+"0473616c65"+"7b7d"
	if got := hex.EncodeToString(timer.Append(nil)); got != timerBytes {
		t.Errorf("timer is written as %s, want %s", got, timerBytes)
	}
	if got := hex.EncodeToString(effect.Append(nil)); got != effectBytes {
		t.Errorf("effect is written as %s, want %s", got, effectBytes)
	}
	b, _ := hex.DecodeString(timerBytes)
	if got, err := changelog.ReadTimer(b); err != nil || got != timer {
		t.Errorf("timer: %+v (%v)", got, err)
	}
	b, _ = hex.DecodeString(effectBytes)
	if got, err := changelog.ReadEffect(b); err != nil || !reflect.DeepEqual(got, effect) {
		t.Errorf("effect: %+v (%v)", got, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(changelog.AppendEffect(changelog.AppendEntity(nil, "e", "k"), "d", 1))
	f.Add(changelog.MarkKey)
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := changelog.Parse(b)
		if err == nil && (k.Entity == "" || changelog.Prefix(b) == 0) {
			t.Fatalf("%x parsed as %+v", b, k)
		}
		_, _ = changelog.ReadTimer(b)
		_, _ = changelog.ReadEffect(b)
		_, _ = changelog.ReadMark(b)
		_, _ = changelog.ReadParked(b)
		_, _ = changelog.ReadQueue(b)
		_, _, _ = changelog.ParseQueue(b)
	})
}
