package pebblestore

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/storetest"
)

// small makes stores that are cheap enough for thousands of opens.
func small(fs vfs.FS) Options {
	return Options{FS: fs, MemTableBytes: 256 << 10, CacheBytes: 1 << 20}
}

func TestStore(t *testing.T) {
	fs := vfs.NewMem()
	storetest.Run(t, func(tb testing.TB, dir string) store.Store {
		s, err := Open(dir, small(fs))
		if err != nil {
			tb.Fatal(err)
		}
		return s
	})
}
