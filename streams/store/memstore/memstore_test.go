package memstore_test

import (
	"testing"

	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/memstore"
	"github.com/millrace/millrace/streams/store/storetest"
)

func TestStore(t *testing.T) {
	stores := make(map[string]*memstore.Store)
	storetest.Run(t, func(_ testing.TB, dir string) store.Store {
		if stores[dir] == nil {
			stores[dir] = memstore.New()
		}
		return stores[dir]
	})
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := memstore.New().Open("order", 0); err != nil {
			b.Fatal(err)
		}
	}
}
