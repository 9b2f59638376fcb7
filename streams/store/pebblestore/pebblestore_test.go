package pebblestore

import (
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/storetest"
)

// small makes stores that are cheap enough for thousands of opens.
func small(fs vfs.FS) Options {
	return Options{FS: fs, MemTableBytes: 256 << 10, CacheBytes: 1 << 20}
}

// What waits in the layer, what is being written and what is in Pebble look
// alike from outside.
func TestStore(t *testing.T) {
	for name, tune := range map[string]func(*Options){
		"layered":           func(*Options) {},
		"written at once":   func(o *Options) { o.LayerBytes = 1 },
		"written meanwhile": func(o *Options) { o.LayerEvery = 50 * time.Microsecond },
	} {
		t.Run(name, func(t *testing.T) {
			opts := small(vfs.NewMem())
			tune(&opts)
			storetest.Run(t, func(tb testing.TB, dir string) store.Store {
				s, err := Open(dir, opts)
				if err != nil {
					tb.Fatal(err)
				}
				return s
			})
		})
	}
}
