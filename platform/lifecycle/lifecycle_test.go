package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace/millrace/platform/lifecycle"
)

// diary notes what happened in which order.
type diary struct {
	mu      sync.Mutex
	entries []string
}

func (d *diary) note(entry string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.entries = append(d.entries, entry)
}

// part notes its start and end, and is ready at once.
func (d *diary) part(name string) lifecycle.Part {
	return lifecycle.Part{Name: name, Run: func(ctx context.Context, ready func()) error {
		d.note("start " + name)
		ready()
		<-ctx.Done()
		d.note("stop " + name)
		return ctx.Err()
	}}
}

func TestPartsStartInOrderAndStopInReverse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		g := lifecycle.New(d.part("broker"), d.part("streams"), d.part("http"))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- g.Run(ctx) }()
		synctest.Wait()
		if err := g.Ready(ctx); err != nil {
			t.Errorf("all parts are ready, got %v", err)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		want := []string{"start broker", "start streams", "start http", "stop http", "stop streams", "stop broker"}
		if !slices.Equal(d.entries, want) {
			t.Errorf("want %v, got %v", want, d.entries)
		}
	})
}

func TestAPartStartsOnlyWhenTheOneBeforeIsReady(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		restored := make(chan struct{})
		slow := lifecycle.Part{Name: "streams", Run: func(ctx context.Context, ready func()) error {
			<-restored
			ready()
			ready()
			<-ctx.Done()
			return nil
		}}
		g := lifecycle.New(slow, d.part("http"))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- g.Run(ctx) }()
		synctest.Wait()
		if err := g.Ready(ctx); err == nil || err.Error() != "streams: not ready; http: not ready" || len(d.entries) > 0 {
			t.Errorf("got %v after %v", err, d.entries)
		}
		close(restored)
		synctest.Wait()
		if err := g.Ready(ctx); err != nil {
			t.Error(err)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestAPartThatFailsStopsAllAndIsNamed(t *testing.T) {
	for name, ready := range map[string]bool{"before it was ready": false, "while running": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &diary{}
				failing := lifecycle.Part{Name: "registry", Run: func(_ context.Context, ok func()) error {
					if ready {
						ok()
						time.Sleep(time.Minute)
					}
					return errors.New("port taken")
				}}
				err := lifecycle.New(d.part("broker"), failing, d.part("http")).Run(t.Context())
				if err == nil || err.Error() != "running registry: port taken" {
					t.Errorf("got %v", err)
				}
				if !slices.Contains(d.entries, "stop broker") || slices.Contains(d.entries, "start http") != ready {
					t.Errorf("got %v", d.entries)
				}
			})
		})
	}
}

func TestAPartWhoseWorkIsDoneEndsTheGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		once := lifecycle.Part{Name: "import", Run: func(_ context.Context, ready func()) error { ready(); return nil }}
		if err := lifecycle.New(d.part("broker"), once).Run(t.Context()); err != nil {
			t.Error(err)
		}
		if !slices.Contains(d.entries, "stop broker") {
			t.Errorf("got %v", d.entries)
		}
	})
}

func TestAPartThatDoesNotStopIsReportedAndTheOthersStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		release := make(chan struct{})
		stubborn := lifecycle.Part{Name: "sync", StopWithin: time.Second, Run: func(_ context.Context, ready func()) error {
			ready()
			<-release
			return nil
		}}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- lifecycle.New(d.part("broker"), stubborn).Run(ctx) }()
		synctest.Wait()
		stop()
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "stopping sync: it did not end within 1s") {
			t.Errorf("got %v", err)
		}
		if !slices.Contains(d.entries, "stop broker") {
			t.Errorf("got %v", d.entries)
		}
		close(release)
	})
}

func TestReadyAsksTheChecks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		lagging := d.part("orders")
		lagging.Check = func(context.Context) error { return errors.New("12000 records behind") }
		g := lifecycle.New(d.part("broker"), lagging)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- g.Run(ctx) }()
		synctest.Wait()
		if err := g.Ready(ctx); err == nil || err.Error() != "orders: 12000 records behind" {
			t.Errorf("got %v", err)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func TestUntilSignalEndsAtSIGTERM(t *testing.T) {
	ctx, stop := lifecycle.UntilSignal(t.Context())
	defer stop()
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
}
