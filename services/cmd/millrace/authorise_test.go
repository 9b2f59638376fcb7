package main_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/catalog"
	"github.com/millrace/millrace/connectors/erp/erpstream"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/connectors/sandbox"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/cmd/millrace/internal/agreement"
	"github.com/millrace/millrace/services/returns"
	"github.com/millrace/millrace/services/returns/returnsstream"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// desk is returns and the ERP connector at a twin of an ERP, for a channel whose
// returns the ERP rules on.
type desk struct {
	*streamstest.Driver
	t    *testing.T
	room *returnsstream.Room
	erp  *sandbox.ERP

	accepted  streams.Topic[event.OrderAccepted]
	amended   streams.Topic[event.OrderAmended]
	shipped   streams.Topic[event.ShipmentConfirmed]
	wishes    streams.Topic[event.ReturnRequested]
	words     streams.Topic[event.ReturnResolve]
	receipts  streams.Topic[event.ReturnReceived]
	verdicts  streams.Topic[event.ReturnDispositioned]
	decisions streams.Topic[event.ReturnAuthorised]
	requests  streams.Topic[event.SettlementRequest]
}

func newDesk(t *testing.T, opts streamstest.Options, profile sandbox.Profile) *desk {
	t.Helper()
	s := codec.NewMemory()
	x := &desk{
		t: t, accepted: typedBy[event.OrderAccepted](s, topic.OrderAccepted), shipped: typedBy[event.ShipmentConfirmed](s, topic.ShipmentConfirmed),
		wishes: typedBy[event.ReturnRequested](s, topic.ReturnRequested), words: typedBy[event.ReturnResolve](s, topic.ReturnResolve),
		amended: typedBy[event.OrderAmended](s, topic.OrderAmended), receipts: typedBy[event.ReturnReceived](s, topic.ReturnReceived),
		verdicts: typedBy[event.ReturnDispositioned](s, topic.ReturnDispositioned), decisions: typedBy[event.ReturnAuthorised](s, topic.ReturnAuthorised),
		requests: typedBy[event.SettlementRequest](s, topic.SettlementRequest),
	}
	var err error
	if x.erp, err = sandbox.StartERP(sandbox.Options{Name: "erp", Profile: profile, Seed: opts.Seed}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { x.erp.Close() })
	partners := partner.WithBaseURL(partner.Shipped(), "erp", x.erp.URL())
	config, vendor, err := catalog.ERP(partners)
	if err != nil {
		t.Fatal(err)
	}
	x.room = returnsstream.New(agreement.Returns(append(partners, partner.Config{ID: "shop", Sells: &partner.Sells{Returns: partner.ByERP}})), s)
	x.Driver = streamstest.New(t, opts, x.room.Topology, erpstream.New(s, config, vendor).Topology)
	return x
}

// sell sells and ships three units of tea, and one of what nobody has mapped yet.
func (x *desk) sell(order string, unmapped bool) {
	id, buyer := event.OrderID("shop", order), event.PartyRef{PartyID: "C1", Country: "DE"}
	streamstest.Send(x.Driver, x.accepted, id, &event.OrderAccepted{
		OrderID: id, OrderVersion: 1, Channel: "shop", ExternalID: order, Currency: "EUR", Total: 400, Shortage: event.ShortagePolicyCancel, Customer: buyer, OrderedAt: x.Now(), Lines: sold(unmapped),
	})
	streamstest.Send(x.Driver, x.shipped, id, &event.ShipmentConfirmed{
		ShipmentID: "S" + order, OrderID: id, Node: "north", Lines: []event.ShipmentLine{{LineID: "1", Sku: "tea", Qty: 3}}, ShippedAt: x.Now(),
	})
}

func sold(unmapped bool) []event.OrderLine {
	return []event.OrderLine{
		{LineID: "1", Sku: "tea", Kind: event.LineKindGoods, Qty: 3, Uom: "EA", UnitPriceE6: 1_000_000, Amount: 300},
		{LineID: "2", Sku: "coffee", Kind: event.LineKindGoods, Qty: 1, Uom: "EA", UnitPriceE6: 1_000_000, Amount: 100, Unmapped: unmapped},
	}
}

// mapItems says what all items of an order are.
func (x *desk) mapItems(order string) {
	id := event.OrderID("shop", order)
	streamstest.Send(x.Driver, x.amended, id, &event.OrderAmended{OrderID: id, OrderVersion: 2, Currency: "EUR", Total: 400, Lines: sold(false)})
	x.Settle(time.Minute)
}

// wish asks to give units of an order back, and returns the id of the return.
func (x *desk) wish(number, order, reason string, units int64) string {
	id, from := event.ReturnID("shop", number), event.OrderID("shop", order)
	streamstest.Send(x.Driver, x.wishes, id, &event.ReturnRequested{
		ReturnID: id, Channel: "shop", ExternalID: number, Customer: event.PartyRef{PartyID: "C1", Country: "DE"}, Currency: "EUR", Reason: reason, RequestedAt: x.Now(),
		Lines: []event.ReturnLine{{LineID: "1", Sku: "tea", Kind: event.LineKindGoods, Qty: units, UnitPriceE6: 1_000_000, OrderID: &from}},
	})
	return id
}

func (x *desk) stands(id string, want event.ReturnState, cause returns.Cause) *returns.Record {
	x.t.Helper()
	r, err := x.room.Return(x.Driver, id)
	if err != nil || r == nil {
		x.t.Fatalf("reading return: %v, %v", r, err)
	}
	if waits, _ := returns.Waits(r); r.State != want || waits != cause {
		x.t.Errorf("the return is %s and waits for %q, want %s and %q: %+v", r.State, waits, want, cause, r)
	}
	return r
}

func (x *desk) word(id, request string, w event.ReturnResolve) {
	w.RequestID, w.ReturnID, w.AskedBy, w.RequestedAt = request, id, "ann", x.Now()
	streamstest.Send(x.Driver, x.words, id, &w)
	x.Settle(time.Minute)
}

func TestTheERPRulesOnReturns(t *testing.T) {
	x := newDesk(t, streamstest.Options{}, sandbox.Quick)
	x.sell("1", false)
	x.Settle(time.Minute)
	yes, no := x.wish("R1", "1", "TOO_MANY", 2), x.wish("R2", "1", "USED", 1)
	x.Settle(time.Minute)
	if r := x.stands(yes, event.ReturnStateAuthorised, returns.WaitGoods); returns.Number(r) == "" {
		t.Errorf("no number of the authorisation: %+v", r)
	}
	x.stands(no, event.ReturnStateDeclined, "")
	d := streamstest.Of(x.Driver, x.decisions, no)
	if len(d) != 1 || d[0].Decision != event.ReturnDecisionDeclined || d[0].Reason != "USED" || d[0].Source != "twinerp" || d[0].Number == "" {
		t.Errorf("the buyer is told %+v", d)
	}
	x.Advance(time.Hour)
	x.word(no, "w1", event.ReturnResolve{Action: event.ReturnResolutionMatch, ReturnLine: "1", OrderID: ptr(event.OrderID("shop", "1")), LineID: ptr("1")})
	x.stands(no, event.ReturnStateAuthorised, returns.WaitGoods) // a person's later word counts more
	x.NoDeadLetters()
}

// What the ERP does not know it wants to know more of; once it does, it is asked again.
func TestTheERPIsAskedAgainWhenAPersonWantsIt(t *testing.T) {
	x := newDesk(t, streamstest.Options{}, sandbox.Quick)
	x.sell("1", true) // an order that the ERP hears of when its other item is known
	id := x.wish("R1", "1", "TOO_MANY", 1)
	x.Settle(time.Minute)
	if r := x.stands(id, event.ReturnStateInfoNeeded, returns.WaitPerson); r.DecisionReason != "NOT_SOLD" {
		t.Errorf("the return asks for %q", r.DecisionReason)
	}
	x.mapItems("1")
	x.word(id, "w1", event.ReturnResolve{Action: event.ReturnResolutionAskAgain})
	x.word(id, "w1", event.ReturnResolve{Action: event.ReturnResolutionAskAgain})
	x.stands(id, event.ReturnStateAuthorised, returns.WaitGoods)
	if b := x.erp.Books(); b.Returns["more_info"] != 1 || b.Returns["approved"] != 1 {
		t.Errorf("the ERP was asked %v", b.Returns)
	}
	x.NoDeadLetters()
}

// While the ERP is away a return waits, says for what, and goes on by itself; goods
// that are here meanwhile wait for nobody else, and nothing is credited.
func TestAReturnWaitsForAnERPThatIsAway(t *testing.T) {
	x := newDesk(t, streamstest.Options{}, sandbox.Quick)
	x.sell("1", false)
	x.Settle(time.Minute)
	x.Hold()
	id := x.wish("R1", "1", "TOO_MANY", 2)
	x.Run()
	r := x.stands(id, event.ReturnStatePending, returns.WaitRuling)
	if _, since := returns.Waits(r); since == nil || len(streamstest.Of(x.Driver, x.decisions, id)) != 0 {
		t.Errorf("it waits since %v, and the buyer is told something: %+v", since, r)
	}
	streamstest.Send(x.Driver, x.receipts, id, &event.ReturnReceived{ReturnID: id, ReceiptID: "r1", Node: "north", Source: "north", Final: true, ReceivedAt: x.Now(), Lines: []event.ReceivedLine{{Sku: "tea", Qty: 2}}})
	streamstest.Send(x.Driver, x.verdicts, id, &event.ReturnDispositioned{
		ReturnID: id, DispositionID: "v1", Node: "north", Source: "north", Currency: "EUR", DispositionedAt: x.Now(), Lines: []event.DispositionLine{{Sku: "tea", Qty: 2, Disposition: event.DispositionRestock}},
	})
	x.Run()
	x.stands(id, event.ReturnStateArrived, returns.WaitRuling)
	if n := len(streamstest.Read(x.Driver, x.requests)); n != 0 {
		t.Errorf("%d requests for money before the ruling", n)
	}
	x.Release()
	x.Settle(time.Minute)
	x.NoDeadLetters()
	if n := len(streamstest.Read(x.Driver, x.requests)); n != 1 {
		t.Errorf("%d requests for money after the ruling, want 1", n)
	}
}

func TestEveryReturnIsRuledOnOnceWhateverHappensToTheCalls(t *testing.T) {
	profile := sandbox.Chaos
	profile.MaxLatency, profile.PerSecond = 0, 0
	x := newDesk(t, streamstest.Options{Seed: 3, AbortRate: 0.2, CrashRate: 0.2}, profile)
	const orders = 40
	for n := range orders {
		x.sell(fmt.Sprint(n), false)
	}
	x.Settle(time.Hour)
	reasons := []string{"TOO_MANY", "USED"}
	var ids []string
	for n := range orders {
		ids = append(ids, x.wish(fmt.Sprint("R", n), fmt.Sprint(n), reasons[n%2], 3))
	}
	x.Settle(time.Hour)
	for n, id := range ids {
		want := []event.ReturnDecision{event.ReturnDecisionAuthorised, event.ReturnDecisionDeclined}[n%2]
		if d := streamstest.Of(x.Driver, x.decisions, id); len(d) != 1 || d[0].Decision != want {
			t.Errorf("return %d is told %+v, want %s once", n, d, want)
		}
	}
	x.NoDeadLetters()
	if b := x.erp.Books(); b.Returns["approved"] != orders/2 || b.Returns["declined"] != orders/2 || b.Documents != b.Keys {
		t.Errorf("the ERP was asked %v: %+v", b.Returns, b)
	}
}

func ptr(text string) *string { return &text }
