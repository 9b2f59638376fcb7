package changelog_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"pgregory.net/rapid"
)

func anyTime(t *rapid.T, label string) time.Time {
	return time.UnixMicro(rapid.Int64Range(-1<<40, 1<<52).Draw(t, label)).UTC()
}

func anyID(t *rapid.T, label string) (id changelog.ID) {
	copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, label))
	return id
}

func anyPlace(t *rapid.T, label string) changelog.Place {
	return changelog.Place{TopicID: anyID(t, label+" topic"), Partition: rapid.Int32().Draw(t, label+" partition"), Offset: rapid.Int64().Draw(t, label+" offset")}
}

// anyBytes are nil, empty or some.
func anyBytes(t *rapid.T, label string) []byte {
	return rapid.OneOf(rapid.Just[[]byte](nil), rapid.SliceOfN(rapid.Byte(), 0, 20)).Draw(t, label)
}

func anyParked(t *rapid.T) changelog.ParkedRow {
	return changelog.ParkedRow{
		Kind:  rapid.SampledFrom([]changelog.InputKind{changelog.RecordInput, changelog.TimerInput, changelog.AnswerInput}).Draw(t, "kind"),
		Topic: rapid.String().Draw(t, "topic"), At: anyPlace(t, "at"), Time: anyTime(t, "time"), Key: anyBytes(t, "key"),
		Headers: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) changelog.Header {
			return changelog.Header{Key: rapid.String().Draw(t, "header"), Value: anyBytes(t, "header value")}
		}), 0, 4).Draw(t, "headers"),
		Sub: rapid.String().Draw(t, "sub"), ID: anyID(t, "id"), Name: rapid.String().Draw(t, "name"),
		Destination: rapid.String().Draw(t, "destination"), Calls: rapid.IntRange(0, 1<<30).Draw(t, "calls"),
		Failed: rapid.Bool().Draw(t, "failed"), Error: rapid.String().Draw(t, "error"), Value: anyBytes(t, "value"),
		Redrives: rapid.IntRange(0, 99).Draw(t, "redrives"), Redriven: anyPlace(t, "redriven"),
	}
}

func TestParkedInputsComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyParked(t)
		b := want.Append(nil)
		got, err := changelog.ReadParked(b)
		if len(want.Headers) == 0 {
			want.Headers = nil
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v (%v), want %+v", got, err, want)
		}
		if cut := b[:rapid.IntRange(0, len(b)-1).Draw(t, "cut")]; refused(func() error { _, err := changelog.ReadParked(cut); return err }) {
			t.Fatalf("%d of %d bytes were read", len(cut), len(b))
		}
	})
}

func TestQueuesComeBackAsTheyWere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := changelog.QueueRow{
			Head: rapid.Uint64Range(0, 1<<40).Draw(t, "head"), Bytes: rapid.IntRange(0, 1<<30).Draw(t, "bytes"),
			Attempts: rapid.IntRange(0, 1<<30).Draw(t, "attempts"), FirstFailed: anyTime(t, "first"), Due: anyTime(t, "due"),
			FirstError: rapid.String().Draw(t, "first error"), LastError: rapid.String().Draw(t, "last error"),
			Quarantined: rapid.Bool().Draw(t, "quarantined"),
		}
		want.Next = want.Head + rapid.Uint64Range(0, 1<<40).Draw(t, "inputs")
		b := want.Append(nil)
		got, err := changelog.ReadQueue(b)
		if err != nil || got != want {
			t.Fatalf("got %+v (%v), want %+v", got, err, want)
		}
		if cut := b[:rapid.IntRange(0, len(b)-1).Draw(t, "cut")]; refused(func() error { _, err := changelog.ReadQueue(cut); return err }) {
			t.Fatalf("%d of %d bytes were read", len(cut), len(b))
		}
	})
}

// refused says that read did not fail as it must.
func refused(read func() error) bool { return !errors.Is(read(), changelog.ErrFormat) }

func TestQueueKeysAreNoRowsOfEntities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entity, key := rapid.StringN(1, 20, 40).Draw(t, "entity"), rapid.String().Draw(t, "key")
		prefix := changelog.AppendEntity(nil, entity, key)
		b := append(bytes.Clone(changelog.QueuePrefix), prefix...)
		e, k, err := changelog.ParseQueue(b)
		if err != nil || e != entity || k != key {
			t.Fatalf("%x: %q, %q (%v)", b, e, k, err)
		}
		if _, err := changelog.Parse(b); err == nil || changelog.Prefix(b) != 0 {
			t.Fatalf("%x is also a row of an entity", b)
		}
		if _, _, err := changelog.ParseQueue(append(b, 1)); err == nil {
			t.Fatal("a queue's key with a byte left over was read")
		}
		parked := changelog.AppendParked(prefix, 7)
		if row, err := changelog.Parse(parked); err != nil || row.Kind != changelog.Parked || row.Seq != 7 {
			t.Fatalf("%x: %+v (%v)", parked, row, err)
		}
	})
}

// Rows of timers and effects that were written before inputs could be parked
// still read, and those that wait keep what they are.
func TestWaitingRowsKeepWhatTheyAre(t *testing.T) {
	timer := changelog.TimerRow{Due: time.UnixMicro(7).UTC(), Clock: changelog.EventTime, Setting: changelog.ID{1}}
	effect := changelog.EffectRow{ID: changelog.ID{2}, Name: "sale", AskedAt: time.UnixMicro(8).UTC(), Request: []byte("{}")}
	if b := timer.Append(nil); b[0] != 1 {
		t.Errorf("a timer's version is %d", b[0])
	}
	waitingTimer, err := changelog.ReadTimer(changelog.Wait(timer.Append(nil)))
	timer.Waiting = true
	if err != nil || waitingTimer != timer {
		t.Errorf("timer: %+v (%v)", waitingTimer, err)
	}
	waitingEffect, err := changelog.ReadEffect(changelog.Wait(effect.Append(nil)))
	effect.Waiting = true
	if err != nil || !reflect.DeepEqual(waitingEffect, effect) {
		t.Errorf("effect: %+v (%v)", waitingEffect, err)
	}
	if got, err := changelog.ReadTimer(timer.Append(nil)); err != nil || got != timer {
		t.Errorf("timer written as waiting: %+v (%v)", got, err)
	}
}
