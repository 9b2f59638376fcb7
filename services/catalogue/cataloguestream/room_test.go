package cataloguestream_test

import (
	"slices"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/catalogue"
	"github.com/millrace/millrace/services/catalogue/cataloguestream"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// office is a room on a driver.
type office struct {
	*streamstest.Driver
	t       *testing.T
	room    *cataloguestream.Room
	schemas *codec.Schemas
}

func newOffice(t *testing.T) *office {
	o := &office{t: t, schemas: codec.NewMemory()}
	o.room = cataloguestream.New(o.schemas)
	o.Driver = streamstest.New(t, streamstest.Options{}, o.room.Topology)
	return o
}

func typed[V any](o *office, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](o.schemas, def)}
}

func lamp(priceE6 int64) *event.ProductPublished {
	return &event.ProductPublished{
		Sku: "lamp", Name: "Lamp", Uom: "EA", UnitsPerCase: 1, MinQty: 1, QtyStep: 1, PriceE6: priceE6, Currency: "EUR", Kind: event.LineKindGoods, Active: true,
	}
}

// submit asks for a product's row to be published.
func (o *office) submit(id string, seq int64, p *event.ProductPublished) {
	row, err := codec.Of[event.ProductPublished](o.schemas, topic.ProductPublished).Append(nil, p)
	if err != nil {
		o.t.Fatal(err)
	}
	o.send(id, seq, row)
}

func (o *office) send(id string, seq int64, row []byte) {
	streamstest.Send(o.Driver, typed[event.CatalogSubmit](o, topic.CatalogSubmit), "product/lamp", &event.CatalogSubmit{
		SubmissionID: id, Kind: event.CatalogKindProduct, RowKey: "lamp", Row: row, Source: "erp", SourceSeq: seq, SubmittedAt: o.Now(),
	})
	o.Run()
}

func (o *office) resolve(id string, approve bool) {
	streamstest.Send(o.Driver, typed[event.CatalogResolve](o, topic.CatalogResolve), "product/lamp", &event.CatalogResolve{
		SubmissionID: id, Kind: event.CatalogKindProduct, RowKey: "lamp", Approve: approve, By: "ann", ResolvedAt: o.Now(),
	})
	o.Run()
}

// verdicts are what became of the submissions so far.
func (o *office) verdicts() (all []event.CatalogVerdict) {
	for _, r := range streamstest.Read(o.Driver, typed[event.CatalogJudged](o, topic.CatalogJudged)) {
		all = append(all, r.Value.Verdict)
	}
	return all
}

func (o *office) published() []event.ProductPublished {
	var all []event.ProductPublished
	for _, r := range streamstest.Read(o.Driver, typed[event.ProductPublished](o, topic.ProductPublished)) {
		all = append(all, r.Value)
	}
	return all
}

func (o *office) expect(want ...event.CatalogVerdict) {
	o.t.Helper()
	if got := o.verdicts(); !slices.Equal(got, want) {
		o.t.Fatalf("verdicts %v, want %v", got, want)
	}
}

const (
	published   = event.CatalogVerdictPublished
	quarantined = event.CatalogVerdictQuarantined
)

func TestOnlyWhatDiffersIsPublished(t *testing.T) {
	o := newOffice(t)
	o.submit("1", 1, lamp(5e6))
	o.submit("1", 1, lamp(5e6)) // sent twice
	o.submit("2", 2, lamp(5e6))
	o.submit("3", 1, lamp(6e6)) // overtaken
	o.submit("4", 3, lamp(6e6))
	o.expect(published, event.CatalogVerdictUnchanged, event.CatalogVerdictStale, published)
	rows := o.published()
	if len(rows) != 2 || rows[0].Version != 1 || rows[1].Version != 2 || rows[1].PriceE6 != 6e6 ||
		len(rows[0].Changed) != 0 || !slices.Equal(rows[1].Changed, []string{"price_e6"}) || !rows[1].PublishedAt.Equal(o.Now()) {
		t.Errorf("published %+v", rows)
	}
	if row := o.room.Product("lamp"); row == nil || row.Value.Version != 2 || !o.room.Ready() {
		t.Errorf("the room reads %+v", row)
	}
}

func TestAnOddRowWaitsForAPerson(t *testing.T) {
	o := newOffice(t)
	o.submit("1", 1, lamp(5e6))
	o.submit("2", 2, lamp(50e6))
	o.expect(published, quarantined)
	var waiting []cataloguestream.Waiting
	if err := o.room.Quarantine(o.Driver, func(w cataloguestream.Waiting) bool { waiting = append(waiting, w); return true }); err != nil {
		t.Fatal(err)
	}
	if len(waiting) != 1 || waiting[0].Kind != event.CatalogKindProduct || waiting[0].Key != "lamp" || waiting[0].Findings[0].Code != catalogue.PriceJump {
		t.Fatalf("waiting %+v", waiting)
	}
	o.resolve("1", true) // nothing of that name waits
	o.resolve("2", true)
	o.resolve("2", true) // said twice
	o.expect(published, quarantined, published)
	o.submit("3", 3, lamp(500e6))
	o.resolve("3", false)
	o.expect(published, quarantined, published, quarantined, event.CatalogVerdictRejected)
	if rows := o.published(); len(rows) != 2 || rows[1].PriceE6 != 50e6 || rows[1].Version != 2 {
		t.Errorf("published %+v", rows)
	}
}

func TestWhatCannotBeIsNeverPublished(t *testing.T) {
	o := newOffice(t)
	wrong := lamp(5e6)
	wrong.QtyStep = 0
	o.submit("1", 1, wrong)
	o.resolve("1", true)
	o.send("2", 2, []byte("no row"))
	o.resolve("2", true)
	o.submit("3", 3, lamp(5e6))
	o.expect(quarantined, event.CatalogVerdictSuperseded, quarantined, event.CatalogVerdictSuperseded, published)
}

func TestPricesFollowTheListsOfACustomer(t *testing.T) {
	o := newOffice(t)
	o.submit("1", 1, lamp(5e6))
	streamstest.Send(o.Driver, typed[event.PricePublished](o, topic.PricePublished), "wholesale/lamp", &event.PricePublished{
		PriceList: "wholesale", Sku: "lamp", Currency: "EUR", Version: 1,
		Periods: []event.PricePeriod{{ValidFrom: o.Now(), Breaks: []event.PriceBreak{{MinQty: 10, UnitPriceE6: 4e6}}}},
	})
	o.Run()
	customer := &event.CustomerPublished{PriceLists: []string{"none", "wholesale"}}
	for qty, want := range map[int64]int64{9: 5e6, 10: 4e6} {
		if p, ok := o.room.Price(customer, "lamp", qty, "EUR", o.Now()); !ok || p.UnitPriceE6 != want {
			t.Errorf("%d cost %+v %t", qty, p, ok)
		}
	}
	if _, ok := o.room.Price(customer, "ghost", 1, "", time.Time{}); ok {
		t.Error("what is not there has a price")
	}
}
