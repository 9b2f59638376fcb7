package availabilitystream_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/availability/availabilitystream"
	"github.com/millrace/millrace/services/availability/cachetest"
	"github.com/millrace/millrace/services/availability/diskcache"
)

func TestAKitIsSoldAsOftenAsItsPartsGive(t *testing.T) {
	s := newShop(t, nil)
	s.run()
	s.kit("set")
	if got := s.read("set", "ghost").Items; !got[0].Known || got[0].Total(availability.View{}) != 0 || got[1].Known {
		t.Errorf("without any part: %+v", got)
	}
	s.position("lamp", 1, 7)
	s.position("cable", 1, 5)
	got := s.read("cable", "set").Items
	if n := got[1].Total(availability.View{}); n != 2 || got[0].Total(availability.View{}) != 5 || len(got[1].PartRows) != 2 {
		t.Errorf("7 lamps and 5 cables make %d sets of %+v", n, got[1])
	}
}

func TestChangesBringKitsWithTheirParts(t *testing.T) {
	s := newShop(t, nil)
	s.run()
	s.kit("set")
	changes := s.room.Follow(nil)
	s.position("cable", 1, 5)
	if skus := changes.Next(t.Context(), 10); !slices.Equal(skus, []string{"cable", "set"}) {
		t.Errorf("changed: %q", skus)
	}
}

func TestWhoComesBackWithACursorMissesNothingAndGetsEachItemOnce(t *testing.T) {
	s := newShop(t, nil)
	s.run()
	s.position("lamp", 1, 1)
	s.position("sofa", 1, 1)
	first := s.room.Follow(availability.Cursor{})
	if skus := first.Next(t.Context(), 1); !slices.Equal(skus, []string{"lamp"}) {
		t.Fatalf("first %q", skus)
	}
	for version := range int64(5) {
		s.position("lamp", 2+version, version)
	}
	text := first.At().String()
	cursor, err := availability.ParseCursor(text)
	if err != nil {
		t.Fatal(err)
	}
	skus := s.room.Follow(cursor).Next(t.Context(), 10)
	if slices.Sort(skus); !slices.Equal(skus, []string{"lamp", "sofa"}) {
		t.Errorf("after %s: %q", text, skus)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if skus := s.room.Follow(nil).Next(ended, 10); skus != nil {
		t.Errorf("from now on: %q", skus)
	}
}

func TestTheAgeRisesWhileKafkaIsAwayAndWhileTheCopyIsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var away atomic.Bool
		var end, partition atomic.Int64
		end.Store(2) // the record and the marker of its transaction
		s := newShopOf(t, availabilitystream.Config{Ends: func(context.Context) (map[int32]int64, error) {
			if away.Load() {
				return nil, errors.New("no broker")
			}
			return map[int32]int64{int32(partition.Load()): end.Load()}, nil
		}})
		partition.Store(int64(s.position("lamp", 1, 5).Partition))
		s.run()
		after := func(long, low, high time.Duration, why string) {
			t.Helper()
			time.Sleep(long)
			if age := s.read("lamp").Age; age < low || age > high {
				t.Errorf("%s: age %s", why, age)
			}
		}
		after(time.Minute, 0, time.Second, "equal to the topic")
		end.Store(5)
		after(4*time.Second, 3*time.Second, 5*time.Second, "behind")
		after(time.Minute, 0, time.Second, "nothing comes: leftovers of transactions")
		away.Store(true)
		after(time.Minute, 59*time.Second, 61*time.Second, "Kafka is away")
		away.Store(false)
		after(10*time.Second, 0, time.Second, "Kafka is back")
	})
}

func TestAProcessStartsWithTheAnswersOfTheLast(t *testing.T) {
	dir := t.TempDir()
	open := func() *diskcache.Cache {
		disk, err := diskcache.Open(dir, zerolog.Nop())
		if err != nil {
			t.Fatal(err)
		}
		return disk
	}
	last := open()
	if _, err := last.Put(t.Context(), cachetest.Row("lamp", 9, 4), cachetest.Row("gone", 9, 4)); err != nil {
		t.Fatal(err)
	}
	if err := last.Close(); err != nil {
		t.Fatal(err)
	}
	var disk *diskcache.Cache
	s := newShopOf(t, availabilitystream.Config{Disk: func() (availabilitystream.Disk, error) { disk = open(); return disk, nil }})
	s.position("lamp", 1, 7) // the topic was made anew: its versions are low again
	s.run()
	s.eventually("the topic alone counts", func() bool { return s.shows("lamp", 7, false) && !s.read("gone").Items[0].Known })
	s.eventually("the disk follows", func() bool {
		rows, whole, err := disk.Get(t.Context(), "lamp", "gone")
		return err == nil && whole && rows[0].Version == 1 && rows[1].Version == 0
	})
}
