package streams_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/millrace/millrace/streams"
)

// An App leaves no goroutine behind, however it ends: a process may open one
// after another, as tests and embedding programs do.
func TestAppLeavesNoGoroutineBehind(t *testing.T) {
	k := newKafka(t, "parcel.booked", "parcel.label", "parcel.zone")
	k.send("parcel.zone", "north", "N1")
	opts := k.options(filepath.Join(t.TempDir(), "state"))
	opts.Metrics = nil
	var calls atomic.Int32
	for _, c := range []struct {
		name string
		use  func(t *testing.T)
	}{
		{"closed without a run", func(t *testing.T) {
			app, err := streams.Open(opts, newParcelTopology(&calls).Topology)
			if err := errors.Join(err, app.Close()); err != nil {
				t.Fatal(err)
			}
		}},
		{"refused at its start", func(t *testing.T) {
			stranger := streams.NewTopology("stranger")
			e := streams.NewEntity(stranger, "e", streams.Text, func(streams.Ctx, *string, streams.Input) error { return nil })
			streams.Receive(e, streams.Topic[string]{Name: "nowhere", Value: streams.Text})
			app, err := streams.Open(opts, stranger)
			if err != nil {
				t.Fatal(err)
			}
			if err := app.Run(t.Context()); err == nil {
				t.Error("it ran without its input")
			}
		}},
		{"ended after work", func(t *testing.T) {
			app, err := streams.Open(opts, newParcelTopology(&calls).Topology)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- app.Run(ctx) }()
			before := calls.Load()
			k.until("the app is ready", func() bool { return app.Ready() == nil })
			k.send("parcel.booked", "p1", "north")
			k.until("the carrier is called", func() bool { return calls.Load() > before })
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}},
		{"ended while it starts", func(t *testing.T) {
			app, err := streams.Open(opts, newParcelTopology(&calls).Topology)
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			stop()
			if err := app.Run(ctx); err != nil {
				t.Error(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			running := goleak.IgnoreCurrent()
			c.use(t)
			// The embedded broker has goroutines for each connection; they end when
			// they notice that the client has gone.
			goleak.VerifyNone(t, running, goleak.IgnoreAnyFunction("github.com/twmb/franz-go/pkg/kfake.(*clientConn).read"),
				goleak.IgnoreAnyFunction("github.com/twmb/franz-go/pkg/kfake.(*clientConn).read.func1"),
				goleak.IgnoreAnyFunction("github.com/twmb/franz-go/pkg/kfake.(*clientConn).write"))
		})
	}
}
