package audit_test

import (
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit"
)

// A channel that is not sure sends an order again, also long after the answer.
func TestASubmissionThatIsRepeatedLateAsksNothingNew(t *testing.T) {
	schemas := codec.NewMemory()
	a := audit.New(audit.Config{Schema: schemas.Text})
	at := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	id := event.OrderID("shop", "1")
	lines := []event.OrderLine{{LineID: "1", Sku: "lamp", Kind: event.LineKindGoods, Qty: 1, Uom: "EA", Amount: 100}}
	offset := int64(0)
	submit := func() {
		value, err := codec.Of[event.OrderSubmit](schemas, topic.OrderSubmit).Append(nil, &event.OrderSubmit{
			SubmissionID: "s", OrderID: id, Channel: "shop", ExternalID: "1", Currency: "EUR", Lines: lines, Total: 100, OrderedAt: at, Shortage: event.ShortagePolicyCancel, BodyHash: "h", Source: "api",
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Observe(&audit.Record{Topic: topic.OrderSubmit.Name, Offset: offset, Key: []byte(id), Value: value, Time: at}); err != nil {
			t.Fatal(err)
		}
		offset++
	}
	submit()
	value, err := codec.Of[event.OrderAccepted](schemas, topic.OrderAccepted).Append(nil, &event.OrderAccepted{
		OrderID: id, OrderVersion: 1, Channel: "shop", ExternalID: "1", Currency: "EUR", Lines: lines, Total: 100, Shortage: event.ShortagePolicyCancel,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Observe(&audit.Record{Topic: topic.OrderAccepted.Name, Key: []byte(id), Value: value, Time: at}); err != nil {
		t.Fatal(err)
	}
	a.Advance(at.Add(time.Hour))
	at = at.Add(time.Hour)
	submit()
	a.Advance(at.Add(time.Hour))
	for _, v := range a.Violations() {
		if v.Invariant == audit.Accounting {
			t.Errorf("%s: want %s, got %s", v.Key, v.Expected, v.Seen)
		}
	}
}
