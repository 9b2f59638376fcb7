package streams_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/store/memstore"
)

var errSpoilt = errors.New("spoilt")

// spoilt is a store whose disk can be damaged.
type spoilt struct {
	*memstore.Store
	damaged chan struct{}
}

func (s spoilt) Damaged() <-chan struct{} { return s.damaged }
func (s spoilt) Err() error               { return errSpoilt }

// Each call on a damaged store fails for good: a process that stays would look
// alive and handle nothing.
func TestDamagedStoreEndsTheApp(t *testing.T) {
	k := newKafka(t, "parcel.booked", "parcel.label", "parcel.zone")
	s := spoilt{Store: memstore.New(), damaged: make(chan struct{})}
	opts := k.options("")
	opts.Store, opts.Instance = s, "a"
	app, err := streams.Open(opts, newParcelTopology(nil).Topology)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- app.Run(context.Background()) }()
	k.until("the app is ready", func() bool { return app.Ready() == nil })
	close(s.damaged)
	select {
	case err := <-ended:
		if !errors.Is(err, errSpoilt) {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(time.Minute):
		t.Fatal("it goes on")
	}
}
