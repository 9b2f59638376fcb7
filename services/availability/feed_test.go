package availability_test

import (
	"context"
	"fmt"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/availability/cachetest"
)

// A reader who takes changes in bits, and comes back with a cursor now and then,
// knows in the end what a map of the last versions knows.
func TestTheFeedTellsOfEveryItem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m availability.Memory
		model, reader := map[string]int64{}, map[string]int64{}
		cursor, filter, number := availability.Cursor{}, availability.Cursor{}, int64(0)
		read := func(limit int) {
			number = m.Since(number, func(row availability.Row) bool {
				if !filter.Passed(row) {
					reader[row.SKU] = row.Version
					cursor.Pass(row)
					limit--
				}
				return limit > 0
			})
		}
		offsets := map[int32]int64{}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				n := rapid.IntRange(0, 9).Draw(t, "item")
				row := cachetest.Row(fmt.Sprint("sku", n), rapid.Int64Range(1, 50).Draw(t, "version"), 1)
				row.Source.Partition = int32(n % 3)
				row.Source.Offset = offsets[row.Source.Partition]
				offsets[row.Source.Partition]++
				if _, err := m.Put(context.Background(), row); err != nil {
					t.Fatal(err)
				}
				model[row.SKU] = max(model[row.SKU], row.Version)
			},
			"read": func(t *rapid.T) { read(rapid.IntRange(1, 5).Draw(t, "limit")) },
			"come back": func(t *rapid.T) {
				parsed, err := availability.ParseCursor(cursor.String())
				if err != nil {
					t.Fatal(err)
				}
				filter, number = parsed, 0
			},
			"": func(t *rapid.T) {
				if rapid.IntRange(0, 4).Draw(t, "to the end") > 0 {
					return
				}
				for before := int64(-1); before != number; {
					before = number
					read(100)
				}
				if !maps.Equal(model, reader) {
					t.Fatalf("the reader knows %v, there is %v", reader, model)
				}
			},
		})
	})
}

func TestTextThatIsNoCursor(t *testing.T) {
	for _, text := range []string{"1", "a:1", "1:a", "1:-1", "1:1,", ":", "99999999999:1"} {
		if c, err := availability.ParseCursor(text); err == nil {
			t.Errorf("%q is read as %v", text, c)
		}
	}
}
