package streams_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/store"
)

// balanced keeps its count twice, in its state and in a child, so that a torn
// read shows.
func balanced() (*streams.Topology, *streams.Entity[int], *streams.Children[int]) {
	t := streams.NewTopology("balanced")
	var copies *streams.Children[int]
	e := streams.NewEntity(t, "count", streams.JSON[int](), func(ctx streams.Ctx, n *int, _ streams.Input) error {
		*n++
		copies.Put(ctx, "copy", n)
		return nil
	})
	copies = streams.NewChildren(e, "copy", streams.JSON[int]())
	streams.Receive(e, readings)
	return t, e, copies
}

func at(k *kafka, topic, key, value string) streams.Position {
	r := k.send(topic, key, value)
	return streams.Position{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset}
}

// Under load, a write is read back at once; staged reads see the state and the
// child of one moment; and no record is lost or doubled for it.
func TestReadsUnderLoadAreOfOneMomentAndSeeOnesOwnWrites(t *testing.T) {
	const writers, writes = 4, 60
	k := newKafka(t, readings.Name)
	top, counts, copies := balanced()
	app, _ := k.run(k.options(filepath.Join(t.TempDir(), "state")), top)
	ctx, stop := context.WithCancel(t.Context())
	var writing, reading sync.WaitGroup
	for w := range writers {
		key := fmt.Sprint("key ", w)
		writing.Go(func() {
			for n := 1; n <= writes; n++ {
				own := streams.AtLeast(ctx, app, at(k, readings.Name, key, "1"))
				got, err := counts.Get(own, key)
				if err != nil || got == nil || *got != n {
					t.Errorf("%s reads %v after write %d (%v)", key, got, n, err)
				}
				reflected, err := streams.Reflects(app, "balanced", key)
				if err != nil || reflected[readings.Name] == 0 {
					t.Errorf("rows reflect %v (%v)", reflected, err)
				}
			}
		})
		reading.Go(func() {
			last := 0
			for ctx.Err() == nil {
				err := app.Staged(ctx, "balanced", key, func(rows streams.Committed) error {
					n, err := counts.Get(rows, key)
					if err != nil || n == nil {
						return err
					}
					all, err := copies.Read(rows, key)
					if err != nil {
						return err
					}
					if len(all) != 1 || *all[0] != *n || *n < last {
						return fmt.Errorf("count %d after %d, copies %v", *n, last, all)
					}
					last = *n
					return nil
				})
				if err != nil && ctx.Err() == nil && !errors.Is(err, streams.ErrRestoring) {
					t.Errorf("staged read of %s: %v", key, err)
				}
			}
		})
	}
	writing.Wait()
	stop()
	reading.Wait()
}

func TestStagedReadThatFailsLeavesTheTaskAlone(t *testing.T) {
	k := newKafka(t, readings.Name)
	top, counts, _ := balanced()
	app, _ := k.run(k.options(filepath.Join(t.TempDir(), "state")), top)
	err := app.Staged(t.Context(), "balanced", "k", func(streams.Committed) error { panic("oh") })
	if err == nil || !strings.Contains(err.Error(), "staged read panicked: oh") {
		t.Errorf("a panic came back as %v", err)
	}
	var other string
	for n := 0; app.Partition("balanced", []byte(other)) == app.Partition("balanced", []byte("k")); n++ {
		other = fmt.Sprint(n)
	}
	err = app.Staged(t.Context(), "balanced", "k", func(rows streams.Committed) error {
		_, err := counts.Get(rows, other)
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "of another task") {
		t.Errorf("another task's key was read with %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	called := false
	if err = app.Staged(ended, "balanced", "k", func(streams.Committed) error { called = true; return nil }); err == nil != called {
		t.Errorf("called %v, error %v", called, err)
	}
	if got, err := counts.Get(streams.AtLeast(t.Context(), app, at(k, readings.Name, "k", "1")), "k"); err != nil || *got != 1 {
		t.Errorf("the task went on to %v (%v)", got, err)
	}
}

func TestWaitForAWriteIsBounded(t *testing.T) {
	k := newKafka(t, readings.Name)
	top, counts, _ := balanced()
	app, _ := k.run(k.options(filepath.Join(t.TempDir(), "state")), top)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := counts.Get(streams.AtLeast(ctx, app, streams.Position{Topic: readings.Name, Offset: 1000}), "k"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waited until %v", err)
	}
	if _, err := counts.Get(streams.AtLeast(t.Context(), app, streams.Position{Topic: "elsewhere"}), "k"); err == nil || !strings.Contains(err.Error(), "does not read it") {
		t.Errorf("waited for a topic that is no input with %v", err)
	}
}

func TestErrorsOfReadsHaveAnswers(t *testing.T) {
	for _, c := range []struct {
		err  error
		want streams.Refusal
		ok   bool
	}{
		{&streams.NotOwnerError{Address: "b:1"}, streams.Refusal{Status: http.StatusMisdirectedRequest, Owner: "b:1"}, true},
		{&streams.NotOwnerError{}, streams.Refusal{Status: http.StatusServiceUnavailable, RetryAfter: time.Second}, true},
		{streams.ErrRestoring, streams.Refusal{Status: http.StatusServiceUnavailable, RetryAfter: time.Second}, true},
		{store.ErrLeaseLost, streams.Refusal{Status: http.StatusServiceUnavailable, RetryAfter: time.Second}, true},
		{errors.New("damaged"), streams.Refusal{}, false},
		{nil, streams.Refusal{}, false},
	} {
		for _, err := range []error{c.err, fmt.Errorf("reading: %w", c.err)} {
			if c.err == nil && err != nil {
				continue
			}
			if got, ok := streams.RefusalOf(err); got != c.want || ok != c.ok {
				t.Errorf("%v is answered %+v, %v", err, got, ok)
			}
		}
	}
}

func TestPositionsSurviveTheirText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := streams.Position{
			Topic:     rapid.StringMatching(`[a-zA-Z0-9._-]{1,40}`).Draw(t, "topic"),
			Partition: rapid.Int32Range(0, 1<<31-1).Draw(t, "partition"), Offset: rapid.Int64Range(0, 1<<62).Draw(t, "offset"),
		}
		if got, err := streams.ParsePosition(want.String()); err != nil || got != want {
			t.Fatalf("%s was read as %v (%v)", want, got, err)
		}
	})
	for _, text := range []string{"", "a", "a/1", "a@1", "/1@1", "a/-1@1", "a/1@-1", "a/x@1", "a/1@x", "a/99999999999@1"} {
		if p, err := streams.ParsePosition(text); err == nil {
			t.Errorf("%q was read as %v", text, p)
		}
	}
}
