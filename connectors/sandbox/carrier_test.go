package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"
)

// shelf is a place that shipped some parcels.
type shelf struct {
	Place
	left []Parcel
}

func (s *shelf) Parcels(after int64, _ int) (left []Parcel, read int64) {
	read = after
	for _, p := range s.left {
		if p.Seq > after {
			left, read = append(left, p), p.Seq
		}
	}
	return left, read
}

func TestCarriersBringEachParcelAndSayAgainWhatWasNotTaken(t *testing.T) {
	began := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	place := &shelf{left: []Parcel{{Seq: 3, Carrier: road.name, Number: "RH1", At: began}, {Seq: 7, Carrier: road.name, Number: "RH2", At: began.Add(time.Second)}}}
	said, refuse := make(map[string][]string), false
	tell := func(_ context.Context, _ string, body []byte) error {
		if refuse = !refuse; refuse {
			return errors.New("not now")
		}
		var doc struct{ Events []scan }
		if err := json.Unmarshal(body, &doc); err != nil {
			t.Fatal(err)
		}
		for _, s := range doc.Events {
			said[s.Number] = append(said[s.Number], s.Status)
		}
		return nil
	}
	dir := t.TempDir()
	open := func() *Carrier {
		c, err := NewCarrier(CarrierOptions{Places: map[string]Place{"north": place}, Dir: dir, Profile: Quick, Tell: tell})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	drive := func(c *Carrier, until time.Time) {
		for now := began; now.Before(until); now = now.Add(20 * time.Millisecond) {
			c.collect()
			if err := c.tell(t.Context(), now); err != nil {
				t.Fatal(err)
			}
		}
	}
	drive(open(), began.Add(time.Second)) // killed before the second parcel is due
	if len(said["RH1"]) != len(course) || said["RH1"][3] != "delivered" || len(said["RH2"]) != 0 {
		t.Fatalf("said %v", said)
	}
	drive(open(), began.Add(3*time.Second))
	if len(said["RH1"]) != len(course) || len(said["RH2"]) != len(course) {
		t.Errorf("after a restart said %v", said)
	}
}
