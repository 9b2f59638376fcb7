package storetest

import (
	"testing"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/store"
)

var rowCases = map[string]func(*testing.T, *bench){
	"the last row of a key wins, also inside one batch": func(t *testing.T, b *bench) {
		b.apply(t, state("a", "1"), state("b", "1"), state("a", "2"))
		b.apply(t, state("b", ""), state("c", ""), state("d", "1"), state("d", ""))
		for key, want := range map[string]string{"a": "2", "b": "", "c": "", "d": ""} {
			wantRow(t, b, state(key, "").Key, want)
		}
	},
	"keys and the slice of a batch are not kept and Get gives a copy": func(t *testing.T, b *bench) {
		rows := []changelog.Row{clone(state("a", "value"))}
		key := clone(rows[0]).Key
		b.apply(t, rows...)
		clear(rows[0].Key)
		clear(rows)
		wantRow(t, b, key, "value")
		got, _ := b.Get(key)
		clear(got)
		wantRow(t, b, key, "value")
	},
	"Scan gives one entity in key order, from a key on": func(t *testing.T, b *bench) {
		rows := []changelog.Row{child("a", "line", "1", "x"), child("a", "line", "2", "y"), child("a", "line", "3", "z"), state("a", "s")}
		b.apply(t, rows[2], rows[0], rows[3], rows[1], state("aa", "no"), state("", "no"), state("b", "no"))
		var all, tail, first, none listing
		noError(t, b.Scan(entity("a"), nil, all.row))
		wantListing(t, "entity a", all, shown(rows[0]), shown(rows[1]), shown(rows[2]), shown(rows[3]))
		noError(t, b.Scan(changelog.AppendChild(entity("a"), "line", ""), rows[1].Key, tail.row))
		wantListing(t, "lines from 2", tail, shown(rows[1]), shown(rows[2]))
		noError(t, b.Scan(entity("a"), nil, func(k, v []byte) bool { first.row(k, v); return false }))
		wantListing(t, "stopped scan", first, shown(rows[0]))
		noError(t, b.Scan(entity("a"), entity("b"), none.row))
		wantListing(t, "scan from behind the prefix", none)
	},
	"Scan sees the rows as they were while fn writes": func(t *testing.T, b *bench) {
		rows := []changelog.Row{child("a", "line", "1", "x"), child("a", "line", "2", "y")}
		b.apply(t, rows...)
		var seen listing
		noError(t, b.Scan(entity("a"), nil, func(k, v []byte) bool {
			b.apply(t, child("a", "line", "2", ""), child("a", "line", "3", "new"))
			wantRow(t, b, rows[1].Key, "")
			return seen.row(k, v)
		}))
		wantListing(t, "scan", seen, shown(rows[0]), shown(rows[1]))
	},
	"a batch with a row that cannot be read writes nothing": func(t *testing.T, b *bench) {
		b.apply(t, state("a", "1"))
		for name, bad := range map[string]changelog.Row{
			"empty key":     row(nil, "x"),
			"entity only":   row(entity("a"), "x"),
			"unknown kind":  row(append(entity("a"), 'Z'), "x"),
			"damaged timer": row(timerKey("a", "t"), "x"),
			"unknown clock": timer("a", "t", 7, 1),
		} {
			err := b.Apply(b.lease, store.Batch{Rows: []changelog.Row{state("a", "2"), bad}, Cursor: cursor(99)})
			if wantError(t, err, changelog.ErrFormat); t.Failed() {
				t.Fatalf("for %s", name)
			}
		}
		wantRow(t, b, state("a", "").Key, "1")
		if c, _, _ := b.Cursor(); c.Next != 1 {
			t.Errorf("cursor is %d, want 1", c.Next)
		}
	},
	"reserved keys are plain rows": func(t *testing.T, b *bench) {
		b.apply(t, row(changelog.MarkKey, "mark"), row([]byte{0, 'X'}, "x"))
		wantRow(t, b, changelog.MarkKey, "mark")
		var effects listing
		noError(t, b.Effects(effects.row))
		wantListing(t, "effects", effects)
	},
	"Effects gives the unanswered ones in key order": func(t *testing.T, b *bench) {
		b.apply(t, effect("b", 4, "b4"), effect("a", 300, "a300"), effect("a", 2, "a2"), state("a", "s"), effect("c", 9, "c9"))
		b.apply(t, effect("c", 9, ""), effect("a", 2, ""), effect("a", 2, "again"))
		var all, first listing
		noError(t, b.Effects(all.row))
		wantListing(t, "effects", all, shown(effect("a", 2, "again")), shown(effect("a", 300, "a300")), shown(effect("b", 4, "b4")))
		noError(t, b.Effects(func(k, v []byte) bool { first.row(k, v); return false }))
		wantListing(t, "stopped listing", first, all[0])
	},
}
