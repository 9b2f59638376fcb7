package storetest_test

import (
	"testing"

	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/memstore"
	"github.com/millrace/millrace/streams/store/storetest"
)

// Whoever writes a store runs the contract on it. This one keeps rows in memory,
// so a directory is a store that is remembered.
func ExampleRun() {
	_ = func(t *testing.T) { // func TestMyStoreKeepsTheContract(t *testing.T)
		stores := make(map[string]store.Store)
		storetest.Run(t, func(_ testing.TB, dir string) store.Store {
			if stores[dir] == nil {
				stores[dir] = memstore.New()
			}
			return stores[dir]
		})
	}
}
