package cataloguestream_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/catalogue/cataloguestream"
	"github.com/millrace/millrace/streams/streamstest"
)

const numberRow = "shop/item/B/7" // an id of a partner may hold a slash

// want says that an order waits for what B/7 of the shop means, or no more.
func (o *office) want(order string, gone bool) {
	streamstest.Send(o.Driver, typed[event.CrossrefWanted](o, topic.CrossrefWanted), "crossref/"+numberRow, &event.CrossrefWanted{
		Partner: "shop", Kind: event.CrossrefKindItem, TheirID: "B/7", OrderID: order, Name: "Lamp", Currency: "EUR", Amount: 250, Gone: gone, WantedAt: o.Now(),
	})
	o.Run()
}

// mean publishes what B/7 of the shop means.
func (o *office) mean(ours string, from *time.Time) {
	row, err := codec.Of[event.CrossrefPublished](o.schemas, topic.CrossrefPublished).Append(nil, &event.CrossrefPublished{
		Partner: "shop", Kind: event.CrossrefKindItem, TheirID: "B/7", OurID: ours, ValidFrom: from, Author: "ann",
	})
	if err != nil {
		o.t.Fatal(err)
	}
	streamstest.Send(o.Driver, typed[event.CatalogSubmit](o, topic.CatalogSubmit), "crossref/"+numberRow, &event.CatalogSubmit{
		SubmissionID: fmt.Sprint(o.Now().UnixNano(), ours), Kind: event.CatalogKindCrossref, RowKey: numberRow, Row: row, Source: "edge", SubmittedAt: o.Now(),
	})
	o.Run()
}

// told is what each order was told, and how often.
func (o *office) told() map[string][]string {
	all := make(map[string][]string)
	for _, r := range streamstest.Read(o.Driver, typed[event.CrossrefFound](o, topic.CrossrefFound)) {
		all[r.Value.OrderID] = append(all[r.Value.OrderID], r.Value.OurID)
	}
	return all
}

func (o *office) unmapped() []cataloguestream.Unmapped {
	var all []cataloguestream.Unmapped
	if err := o.room.Unmapped(o.Driver, func(u cataloguestream.Unmapped) bool { all = append(all, u); return true }); err != nil {
		o.t.Fatal(err)
	}
	return all
}

func TestOneMappingFreesAllOrders(t *testing.T) {
	const orders = 1200 // more than are told in one go
	o := newOffice(t)
	for n := range orders {
		o.want(fmt.Sprint("order ", n), false)
	}
	o.want("order 1", false) // said twice
	o.want("order 0", true)
	queue := o.unmapped()
	if len(queue) != 1 || queue[0].TheirID != "B/7" || queue[0].WantedBy != orders-1 || queue[0].WantedName != "Lamp" ||
		len(queue[0].WantedWorth) != 1 || queue[0].WantedWorth[0].MinorUnits != 250*(orders-1) {
		t.Fatalf("waiting: %+v", queue)
	}
	if alerts := streamstest.Read(o.Driver, typed[event.AlertRaised](o, topic.AlertRaised)); len(alerts) != 1 || alerts[0].Value.Subject != numberRow {
		t.Errorf("%d alerts, want one for the number", len(alerts))
	}
	o.mean("lamp", nil)
	o.Advance(time.Minute)
	told := o.told()
	if len(told) != orders-1 || len(o.unmapped()) != 0 {
		t.Errorf("%d orders were told, %d numbers wait", len(told), len(o.unmapped()))
	}
	o.want("late", false)
	if got := o.told()["late"]; len(got) != 1 || got[0] != "lamp" {
		t.Errorf("an order that comes late was told %v", got)
	}
}

func TestAnItemOfThatNumberIsItsMeaning(t *testing.T) {
	o := newOffice(t)
	streamstest.Send(o.Driver, typed[event.CrossrefWanted](o, topic.CrossrefWanted), "crossref/shop/item/lamp", &event.CrossrefWanted{
		Partner: "shop", Kind: event.CrossrefKindItem, TheirID: "lamp", OrderID: "order", WantedAt: o.Now(),
	})
	o.Run()
	o.submit("1", 1, lamp(5e6))
	if told := o.told(); len(told) != 0 {
		t.Fatalf("told %v at once", told)
	}
	o.Advance(time.Minute)
	if got := o.told()["order"]; len(got) != 1 || got[0] != "lamp" {
		t.Errorf("told %v", got)
	}
}

func TestAMappingCountsFromItsDay(t *testing.T) {
	o := newOffice(t)
	o.want("order", false)
	from := o.Now().Add(time.Hour)
	o.mean("lamp", &from)
	o.Advance(59 * time.Minute)
	if told := o.told(); len(told) != 0 {
		t.Fatalf("told %v before its day", told)
	}
	o.Advance(2 * time.Minute)
	if got := o.told()["order"]; len(got) != 1 {
		t.Errorf("told %v", got)
	}
}

// Whatever comes when, once a number is mapped each order that waits for it was told
// exactly once, and none that is gone waits.
func TestNoOrderIsForgottenOrToldTwice(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := newOffice(t)
		waits, told := make(map[string]bool), make(map[string]int)
		mapped := false
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			order := fmt.Sprint(rapid.IntRange(0, 5).Draw(rt, "order"))
			switch rapid.IntRange(0, 5).Draw(rt, "what") {
			case 0:
				o.want(order, true)
				delete(waits, order)
			case 1:
				o.mean("lamp", nil)
				mapped = true
			default:
				o.want(order, false)
				waits[order] = true
			}
			if mapped {
				for id := range waits {
					told[id]++
				}
				clear(waits)
			}
			for id, got := range o.told() {
				if len(got) != told[id] {
					rt.Fatalf("%s was told %d times, want %d", id, len(got), told[id])
				}
			}
			if queue := o.unmapped(); len(waits) == 0 && len(queue) > 0 || len(waits) > 0 && queue[0].WantedBy != int64(len(waits)) {
				rt.Fatalf("%v wait, the queue says %+v", waits, queue)
			}
		}
	})
}
