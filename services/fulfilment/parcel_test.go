package fulfilment

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
)

// along is how far a parcel is a parcel is, as a person would say it; the model's own.
var along = [][]event.ParcelStatus{
	{event.ParcelStatusLabelCreated, event.ParcelStatusCancelled},
	{event.ParcelStatusManifested},
	{event.ParcelStatusPickedUp},
	{event.ParcelStatusInTransit, event.ParcelStatusDelayed, event.ParcelStatusException},
	{event.ParcelStatusOutForDelivery, event.ParcelStatusAttemptFailed, event.ParcelStatusAvailableForPickup},
	{event.ParcelStatusDelivered, event.ParcelStatusLost, event.ParcelStatusDamaged},
	{event.ParcelStatusReturnToSender},
	{event.ParcelStatusReturned},
}

type stated struct {
	seq, level int
	status     event.ParcelStatus
	corrects   bool
}

// TestParcelStandsWhereItsStatementsSay: all permutations and duplications of a
// carrier's statements end where the model says, and the numbers rise by one.
func TestParcelStandsWhereItsStatementsSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []stated
		for seq := range rapid.IntRange(1, 8).Draw(t, "statements") {
			level := rapid.IntRange(0, len(along)-1).Draw(t, "level")
			all = append(all, stated{seq + 1, level, rapid.SampledFrom(along[level]).Draw(t, "status"), rapid.IntRange(0, 5).Draw(t, "corrects") == 0})
		}
		since := 0
		for _, s := range all {
			if s.corrects {
				since = s.seq
			}
		}
		var want stated
		for _, s := range all {
			if s.seq >= since && (want.seq == 0 || s.level >= want.level) {
				want = s
			}
		}
		p := &Parcel{Status: event.ParcelStatusUnmapped}
		seq := int64(0)
		for _, s := range rapid.Permutation(append(all, all...)).Draw(t, "arrival") {
			news, _ := State(p, s.status, &event.ParcelReported{Source: "dhl", SourceSeq: int64(s.seq), OccurredAt: time.Unix(int64(100-s.seq), 0), Corrects: s.corrects})
			if news {
				seq++
			}
			if p.Seq != seq {
				t.Fatalf("number %d after %d changes", p.Seq, seq)
			}
		}
		if p.Status != want.status {
			t.Fatalf("the parcel is %s, the model says %s: %+v", p.Status, want.status, p.Said)
		}
	})
}

func TestOneNumberOnTwoDaysIsTwoParcels(t *testing.T) {
	if ParcelID("DHL", "jd 01", "2026-01-05") != ParcelID("dhl", "JD01", "2026-01-05") {
		t.Error("the same parcel, written otherwise, has another id")
	}
	if ParcelID("dhl", "JD01", "2026-01-05") == ParcelID("dhl", "JD01", "2026-07-05") {
		t.Error("carriers use numbers again")
	}
}

func TestOnlyACorrectionTakesADeliveryBack(t *testing.T) {
	p := &Parcel{Status: event.ParcelStatusUnmapped}
	say := func(seq int64, status event.ParcelStatus, corrects bool) (bool, bool) {
		return State(p, status, &event.ParcelReported{Source: "ups", SourceSeq: seq, OccurredAt: time.Unix(seq, 0), Corrects: corrects})
	}
	say(1, event.ParcelStatusDelivered, false)
	if news, _ := say(2, event.ParcelStatusInTransit, false); news || p.Status != event.ParcelStatusDelivered {
		t.Errorf("%s", p.Status)
	}
	if news, correction := say(3, event.ParcelStatusInTransit, true); !news || !correction || p.Status != event.ParcelStatusInTransit {
		t.Errorf("%s, %v, %v", p.Status, news, correction)
	}
}
