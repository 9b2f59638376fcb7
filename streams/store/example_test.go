package store_test

import (
	"errors"
	"fmt"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
	"github.com/millrace/millrace/streams/store/memstore"
)

// Rows are written in batches with the changelog position behind them, under the
// lease of whoever owns the task at that time.
func ExamplePartition() {
	task := store.Task{App: "bank", Partition: 3}
	rows, err := memstore.New().Open(task.App, task.Partition)
	if err != nil {
		fmt.Println(err)
		return
	}
	key := append(changelog.AppendEntity(nil, "account", "ada"), byte(changelog.State))

	var leases store.Leases
	first := leases.Take(task, store.Active)
	err = rows.Apply(first, store.Batch{
		Rows: []changelog.Row{{Key: key, Value: []byte("500")}}, Cursor: store.Cursor{Next: 17},
	})
	value, _ := rows.Get(key)
	fmt.Printf("%s %v\n", value, err)

	// The task has moved: a write that comes late is refused.
	leases.Take(task, store.Active)
	err = rows.Apply(first, store.Batch{
		Rows: []changelog.Row{{Key: key, Value: []byte("0")}}, Cursor: store.Cursor{Next: 18},
	})
	value, _ = rows.Get(key)
	fmt.Printf("%s %v\n", value, errors.Is(err, store.ErrLeaseLost))
	// Output:
	// 500 <nil>
	// 500 true
}
