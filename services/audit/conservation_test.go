package audit_test

import (
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit"
)

// log is what an auditor reads, a minute between two records.
type log struct {
	t       *testing.T
	schemas *codec.Schemas
	auditor *audit.Auditor
	now     time.Time
	next    map[string]int64
}

func newLog(t *testing.T) *log {
	schemas := codec.NewMemory()
	return &log{
		t: t, schemas: schemas, auditor: audit.New(audit.Config{Schema: schemas.Text}),
		now: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), next: make(map[string]int64),
	}
}

func write[V any](l *log, def topic.Def, key string, v *V) {
	l.t.Helper()
	value, err := codec.Of[V](l.schemas, def).Append(nil, v)
	if err == nil {
		err = l.auditor.Observe(&audit.Record{Topic: def.Name, Offset: l.next[def.Name], Key: []byte(key), Value: value, Time: l.now})
	}
	if err != nil {
		l.t.Fatal(err)
	}
	l.next[def.Name]++
	l.now = l.now.Add(time.Minute)
}

// found is what does not hold when an hour has passed.
func (l *log) found() []audit.Violation {
	l.auditor.Advance(l.now.Add(time.Hour))
	return l.auditor.Violations()
}

// moved writes an entry about lamps at north.
func (l *log) moved(id, source string, qty int64) {
	m := &event.InventoryMovement{EntryID: id, Sku: "lamp", Node: "north", Qty: qty, From: event.StockConditionOutside, To: event.StockConditionSellable, Source: source, EffectiveAt: l.now}
	if qty < 0 {
		m.Qty, m.From, m.To = -qty, m.To, m.From
	}
	write(l, topic.InventoryMovement, "lamp", m)
}

// counted writes that a baseline of north is taken.
func (l *log) counted() {
	write(l, topic.InventoryBaseline, "lamp", &event.InventoryBaseline{Source: "node:north", Batch: "1", Sku: "lamp", Node: "north", WatermarkAt: l.now})
	write(l, topic.InventoryCommand, "lamp", &event.InventoryCommand{CommandID: "count", Sku: "lamp", Action: event.StockActionBaselineApply, Mode: event.ReserveModeCommit, Source: "node:north", Batch: "1"})
}

// stands writes a position of the lamp.
func (l *log) stands(version, units int64) {
	write(l, topic.InventoryPosition, "lamp", &event.InventoryPosition{
		Sku: "lamp", Version: version, TotalAvailable: units, Nodes: []event.NodePosition{{Node: "north", OnHand: units, Available: units}}, AsOf: l.now,
	})
}

// What left shortly before a count is gone from our books twice until the node
// says where in its books it stands.
func TestAnAcknowledgementGivesBackWhatACountContained(t *testing.T) {
	for _, c := range []struct {
		name  string
		play  func(l *log)
		holds bool
	}{
		{"it was contained", func(l *log) { l.moved("out", "node:north", -5); l.stands(4, 95) }, true},
		{"it was not", func(l *log) { l.moved("out", "node:north", -5); l.stands(4, 90) }, true},
		{"more comes back than left", func(l *log) { l.moved("out", "node:north", -5); l.stands(4, 96) }, false},
		{"it comes back twice", func(l *log) {
			l.moved("out", "node:north", -5)
			l.stands(4, 95)
			l.moved("out", "node:north", -5)
			l.stands(5, 100)
		}, false},
		{"nobody said anything", func(l *log) { l.stands(4, 95) }, false},
		{"what did not leave comes back", func(l *log) { l.moved("in", "erp", 100); l.moved("other", "erp", -5); l.stands(4, 190) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLog(t)
			l.moved("in", "node:north", 100)
			l.stands(1, 100)
			l.moved("out", "order", -5)
			l.stands(2, 95)
			l.counted()
			l.stands(3, 90)
			l.now = l.now.Add(time.Hour)
			c.play(l)
			if found := l.found(); (len(found) == 0) != c.holds {
				t.Errorf("found %+v, want it to hold: %v", found, c.holds)
			}
		})
	}
}

// Without a count, an acknowledgement changes nothing.
func TestAnAcknowledgementWithoutACountGivesNothingBack(t *testing.T) {
	l := newLog(t)
	l.moved("in", "node:north", 100)
	l.moved("out", "order", -5)
	l.stands(1, 95)
	l.moved("out", "node:north", -5)
	l.stands(2, 100)
	if found := l.found(); len(found) != 1 || found[0].Invariant != audit.Conservation {
		t.Errorf("found %+v, want a violation of %s", found, audit.Conservation)
	}
}
