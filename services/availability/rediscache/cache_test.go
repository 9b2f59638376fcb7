package rediscache_test

import (
	"errors"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/google/uuid"

	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/availability/cachetest"
	"github.com/millrace/millrace/services/availability/rediscache"
	"github.com/millrace/millrace/testenv"
)

func open(t *testing.T, addr, prefix string) *rediscache.Cache {
	c := rediscache.New(rediscache.Config{Addr: addr, Prefix: prefix})
	t.Cleanup(func() { c.Close() })
	return c
}

func TestRedisIsACacheInMemory(t *testing.T) {
	cachetest.Run(t, func(t *testing.T) availability.Cache { return open(t, miniredis.RunT(t).Addr(), "") })
}

func TestRedisIsACache(t *testing.T) {
	addr := testenv.SharedRedis(t)
	cachetest.Run(t, func(t *testing.T) availability.Cache { return open(t, addr, uuid.NewString()+":") })
}

func TestTheLayoutIsAsDocumented(t *testing.T) {
	server := miniredis.RunT(t)
	c := open(t, server.Addr(), "")
	if err := c.Fill(t.Context(), func(yield func(availability.Row) bool) { yield(cachetest.Row("lamp", 4, 7, -2)) }); err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]string{
		"v": "4", "n0": "7", "n1": "-2", ".as_of": "1767600000000004", ".source": "inventory.position.v1 3 40",
	} {
		if got := server.HGet("avail:lamp", field); got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
	if !server.Exists("availability:epoch") || len(server.Keys()) != 2 {
		t.Errorf("keys %q", server.Keys())
	}
}

func TestAFlushIsNoticedAndAFillHealsIt(t *testing.T) {
	server := miniredis.RunT(t)
	c := open(t, server.Addr(), "")
	all := func(yield func(availability.Row) bool) {
		_ = yield(cachetest.Row("lamp", 1, 5)) && yield(cachetest.Row("sofa", 1, 6))
	}
	if err := c.Fill(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	server.FlushAll()
	rows, whole, err := c.Get(t.Context(), "lamp")
	if err != nil || whole || rows[0].Version != 0 {
		t.Fatalf("after a flush: %+v whole %v %v", rows, whole, err)
	}
	if whole, err := c.Put(t.Context(), cachetest.Row("lamp", 2, 4)); err != nil || whole {
		t.Fatalf("a write after a flush says whole %v %v", whole, err)
	}
	if err := c.Fill(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	if rows, whole, err = c.Get(t.Context(), "lamp", "sofa"); err != nil || !whole || rows[0].Version != 2 || rows[1].Version != 1 {
		t.Errorf("after a fill: %+v whole %v %v", rows, whole, err)
	}
}

func TestAFlushInTheMiddleOfAFillDoesNotLookWhole(t *testing.T) {
	server := miniredis.RunT(t)
	c := open(t, server.Addr(), "")
	err := c.Fill(t.Context(), func(yield func(availability.Row) bool) {
		server.FlushAll()
		yield(cachetest.Row("lamp", 1, 5))
	})
	if !errors.Is(err, rediscache.ErrEmptied) {
		t.Errorf("error %v, want ErrEmptied", err)
	}
	if _, whole, err := c.Get(t.Context(), "lamp"); err != nil || whole {
		t.Errorf("whole %v %v", whole, err)
	}
}

func TestARedisThatIsAwayIsAnError(t *testing.T) {
	server := miniredis.RunT(t)
	c := open(t, server.Addr(), "")
	server.Close()
	if _, _, err := c.Get(t.Context(), "lamp"); err == nil {
		t.Error("reading succeeded")
	}
	if _, err := c.Put(t.Context(), cachetest.Row("lamp", 1, 5)); err == nil {
		t.Error("writing succeeded")
	}
}
