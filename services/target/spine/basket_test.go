package spine_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/streams/streamstest"
)

var (
	reserves = typed[event.OrderReserve](topic.OrderReserve)
	commands = typed[event.InventoryCommand](topic.InventoryCommand)
)

// TestBasketScenarios runs the scripts of testdata/basket between all rooms: units
// are kept for baskets, and ordered or not. After each command stands where every
// basket and order is, and what is on each shelf.
//
//	shelf lamp@north=5 [lives=240h]         a lot that expires then
//	supply po1 lamp@north=5 in=72h          announced, or announced anew
//	arrive po1 lamp@north=5
//	keep one lamp=3 [for=15m] [key=k] [lives=240h]
//	extend one 30m
//	release one
//	submit one lamp=3 [complete] [ago=1s] [lives=240h]   as the edge does: the units are kept longer with it
//	plain one lamp=3 [ago=1s] [lives=240h]               as a file does; of lots that do not expire before
//	cancel one
//	wait 10m
func TestBasketScenarios(t *testing.T) { playAll(t, "testdata/basket") }

// playAll runs the scripts of a folder.
func playAll(t *testing.T, folder string) {
	datadriven.Walk(t, folder, func(t *testing.T, path string) {
		s := &stall{world: newWorld(t, 1, habits{obeys: true})}
		s.began = s.Now()
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.play(t, d)
			return s.account(t)
		})
		s.NoDeadLetters()
	})
}

// stall is a world with buyers at the till.
type stall struct {
	*world
	baskets []string
	shelves []string
	began   time.Time
	said    int        // promises that were shown
	came    int        // receipts
	channel string     // of the next orders; shop without one
	lives   *time.Time // date of the command: of a lot, or before which its units must not expire
	hold    string     // of the next orders; none without one
}

// goods are the arguments of the form sku=units, in their order.
func goods(t *testing.T, d *datadriven.TestData) (lines []event.BasketLine, values map[string]string) {
	values = make(map[string]string)
	for _, a := range d.CmdArgs {
		if len(a.Vals) == 0 {
			values[a.Key] = ""
			continue
		}
		values[a.Key] = a.Vals[0]
		if qty, err := strconv.ParseInt(a.Vals[0], 10, 64); err == nil {
			lines = append(lines, event.BasketLine{Sku: a.Key, Qty: qty})
		}
	}
	return lines, values
}

func span(t *testing.T, text string) time.Duration {
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func (s *stall) play(t *testing.T, d *datadriven.TestData) {
	lines, values := goods(t, d)
	name := d.CmdArgs[0].Key
	ago := s.Now().Add(-span(t, values["ago"]))
	s.lives = nil
	if lives := span(t, values["lives"]); lives > 0 {
		until := s.began.Add(lives)
		s.lives = &until
	}
	switch d.Cmd {
	case "shelf":
		for _, l := range lines {
			sku, node, _ := strings.Cut(l.Sku, "@")
			if s.lives != nil {
				s.receiveLot(sku, node, l.Qty, *s.lives)
			} else {
				s.receive(sku, node, l.Qty)
			}
			if !slices.Contains(s.shelves, sku) {
				s.shelves = append(s.shelves, sku)
			}
		}
	case "supply", "arrive":
		s.supply(d.Cmd, name, lines[0], span(t, values["in"]))
	case "keep":
		length := 15 * time.Minute
		if values["for"] != "" {
			length = span(t, values["for"])
		}
		s.keep(name, values["key"], s.Now().Add(length), lines)
	case "extend":
		until := s.Now().Add(span(t, d.CmdArgs[1].Key))
		s.ask(&event.OrderReserve{OrderID: event.OrderID("shop", name), Action: event.BasketActionExtend, RequestID: "e", Until: &until})
	case "release":
		s.ask(&event.OrderReserve{OrderID: event.OrderID("shop", name), Action: event.BasketActionRelease, RequestID: "r"})
	case "submit", "plain":
		if d.Cmd == "submit" {
			s.confirm(t, name, ago)
		}
		_, complete := values["complete"]
		s.order(name, ago, complete, lines)
	case "cancel":
		id := event.OrderID("shop", name)
		streamstest.Send(s.Driver, cancels, id, &event.OrderCancel{OrderID: id, Reason: "CUSTOMER"})
	case "channel":
		s.channel = name
	case "wait":
		s.Advance(span(t, name))
	default:
		t.Fatalf("%s: no such command: %s", d.Pos, d.Cmd)
	}
	s.Run()
}

func (s *stall) ask(r *event.OrderReserve) {
	r.RequestedAt = s.Now()
	streamstest.Send(s.Driver, reserves, r.OrderID, r)
}

func (s *stall) keep(name, key string, until time.Time, lines []event.BasketLine) {
	if !slices.Contains(s.baskets, name) {
		s.baskets = append(s.baskets, name)
	}
	for n := range lines {
		lines[n].MinExpiry = s.lives
	}
	s.ask(&event.OrderReserve{
		OrderID: event.OrderID("shop", name), Action: event.BasketActionKeep, RequestID: "k" + key, BodyHash: fmt.Sprint(lines), Channel: "shop", ExternalID: name,
		Customer: event.PartyRef{PartyID: customer, Country: "DE"}, ShipTo: event.PartyRef{Country: "DE"}, Lines: lines, Until: &until,
	})
}

// confirm keeps what a basket has longer, at a moment that was before now.
func (s *stall) confirm(t testing.TB, name string, at time.Time) {
	id := event.OrderID("shop", name)
	b, err := s.orders.Basket(s.Driver, id)
	if err != nil {
		t.Fatal(err)
	}
	if b == nil || b.State != event.BasketStateKept {
		return
	}
	until := at.Add(order.ConfirmWithin)
	for _, g := range b.Grants {
		streamstest.SendAt(s.Driver, at, commands, g.Sku, &event.InventoryCommand{
			CommandID: "confirm " + id + g.Node + g.Sku, OrderID: id, Sku: g.Sku, Action: event.StockActionExtend, Mode: event.ReserveModeHold,
			ReservationIds: []string{g.ReservationID}, ExpiresAt: &until, RequestedAt: at,
		})
	}
}

func (s *stall) order(name string, at time.Time, complete bool, lines []event.BasketLine) {
	channel := cmp.Or(s.channel, "shop")
	x := &event.OrderSubmit{
		Channel: channel, ExternalID: name, OrderID: event.OrderID(channel, name), SubmissionID: name, BodyHash: name, Currency: "EUR", Source: "api",
		OrderedAt: at, ShipComplete: complete, Shortage: event.ShortagePolicyBackorder, Hold: s.hold,
	}
	for n, l := range lines {
		x.Lines = append(x.Lines, event.OrderLine{LineID: fmt.Sprint(n + 1), Sku: l.Sku, Kind: event.LineKindGoods, Qty: l.Qty, Uom: "EA", Amount: 100 * l.Qty, MinExpiry: s.lives})
		x.Total += 100 * l.Qty
	}
	s.submitted = append(s.submitted, x)
	streamstest.SendAt(s.Driver, at, submits, x.OrderID, x)
}

// when says how long after the beginning a date is.
func (s *stall) when(at *time.Time) string {
	if at == nil {
		return "no date"
	}
	return "after " + at.Sub(s.began).Round(time.Hour).String()
}

// supply announces units, or receives them.
func (s *stall) supply(how, id string, l event.BasketLine, in time.Duration) {
	sku, node, _ := strings.Cut(l.Sku, "@")
	if how == "supply" {
		streamstest.Send(s.Driver, typed[event.InventorySupply](topic.InventorySupply), sku, &event.InventorySupply{
			SupplyID: id, Sku: sku, Node: node, Qty: l.Qty, Due: s.Now().Add(in), Kind: event.SupplyKindPurchaseOrder, Source: "test",
		})
		return
	}
	s.came++
	streamstest.Send(s.Driver, movements, sku, &event.InventoryMovement{
		EntryID: fmt.Sprint("receipt ", s.came), Sku: sku, Node: node, Owner: "own", Qty: l.Qty, SupplyID: id,
		From: event.StockConditionOutside, To: event.StockConditionSellable, Source: "test", EffectiveAt: s.Now(),
	})
}

// receiveLot puts units of a lot on a shelf that expires at some time.
func (s *stall) receiveLot(sku, node string, qty int64, expires time.Time) {
	s.came++
	streamstest.Send(s.Driver, movements, sku, &event.InventoryMovement{
		EntryID: fmt.Sprint("receipt ", s.came), Sku: sku, Node: node, Owner: "own", Qty: qty, Lot: expires.Format(time.DateOnly), LotExpiresAt: &expires,
		From: event.StockConditionOutside, To: event.StockConditionSellable, Source: "test", EffectiveAt: s.Now(),
	})
}

// account says where baskets and orders are, and what is on the shelves.
func (s *stall) account(t *testing.T) string {
	var out strings.Builder
	for _, name := range s.baskets {
		b, err := s.orders.Basket(s.Driver, event.OrderID("shop", name))
		if err != nil {
			t.Fatal(err)
		}
		if b == nil {
			continue
		}
		fmt.Fprintf(&out, "basket %s: %s", name, b.State)
		for _, g := range b.Grants {
			if b.State == event.BasketStateKept {
				fmt.Fprintf(&out, " %s=%d@%s", g.Sku, g.Qty, g.Node)
			}
		}
		for _, c := range b.Could {
			fmt.Fprintf(&out, ", %d %s could be kept", c.Qty, c.Sku)
		}
		fmt.Fprintln(&out)
	}
	for _, x := range s.submitted {
		f, err := s.orders.Facts(s.Driver, x.OrderID)
		if err != nil || f == nil {
			t.Fatalf("order %s: %v, %v", x.ExternalID, f, err)
		}
		fmt.Fprintf(&out, "order %s: %s\n", x.ExternalID, order.Status(f.Order))
		for _, c := range f.Claims {
			fmt.Fprintf(&out, "  waits for %d %s at %s", c.Qty, c.Sku, c.Node)
			if c.DatesOnly {
				fmt.Fprint(&out, ", holding a date only")
			}
			fmt.Fprintln(&out)
		}
	}
	promises := streamstest.Read(s.Driver, typed[event.OrderPromise](topic.OrderPromise))
	var said []string
	for _, r := range promises[s.said:] {
		p := r.Value
		said = append(said, fmt.Sprintf("promise: %d %s at %s, %s, was %s: %s\n", p.Qty, p.Sku, p.Node, s.when(p.PromisedFor), s.when(p.Previous), p.Cause))
	}
	slices.SortStableFunc(said, func(a, b string) int { // items speak in no order
		return strings.Compare(strings.Fields(a)[2], strings.Fields(b)[2])
	})
	out.WriteString(strings.Join(said, ""))
	s.said = len(promises)
	for _, sku := range s.shelves {
		all := streamstest.Of(s.Driver, positions, sku)
		for _, n := range all[len(all)-1].Nodes {
			fmt.Fprintf(&out, "%s at %s: %d on hand, %d reserved\n", sku, n.Node, n.OnHand, n.Reserved)
		}
	}
	return out.String()
}

// TestBasketsKeepTheirWord: whatever buyers do at one shelf, an order that is
// written before the end of its basket gets all of its units, nothing is ever
// oversold, and what nobody ordered is free again in the end.
func TestBasketsKeepTheirWord(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &stall{world: newWorld(t, rapid.Uint64().Draw(rt, "seed"), habits{obeys: true})}
		skus := []string{"lamp", "rope", "sail"}
		for _, sku := range skus {
			for _, node := range nodes {
				s.receive(sku, node, rapid.Int64Range(1, 5).Draw(rt, "units"))
			}
		}
		s.Run()
		sure := make(map[string]bool) // orders that were written while all was kept
		wants := make(map[string][]event.BasketLine)
		for n := range rapid.IntRange(3, 12).Draw(rt, "buyers") {
			name := fmt.Sprint("B", n)
			for _, sku := range skus[:rapid.IntRange(1, 3).Draw(rt, "items")] {
				wants[name] = append(wants[name], event.BasketLine{Sku: sku, Qty: rapid.Int64Range(1, 6).Draw(rt, "qty")})
			}
			s.keep(name, "", s.Now().Add(time.Duration(rapid.IntRange(1, 20).Draw(rt, "minutes"))*time.Minute), wants[name])
			if rapid.Bool().Draw(rt, "alone") {
				s.Run()
			}
			s.step(rt, t, sure, wants)
		}
		for range 6 {
			s.step(rt, t, sure, wants)
		}
		s.Settle(36 * time.Hour)
		s.NoDeadLetters()
		s.checkStock(t)
		for name := range sure {
			f, err := s.orders.Facts(s.Driver, event.OrderID("shop", name))
			if err != nil || f == nil || f.Order.Phase != event.OrderPhaseCompleted || f.Order.Shipped != f.Order.Units {
				rt.Fatalf("order %s was written while its units were kept and ended as %+v, %v", name, f, err)
			}
		}
		for _, name := range s.baskets {
			b, err := s.orders.Basket(s.Driver, event.OrderID("shop", name))
			if err != nil || b == nil || b.State == event.BasketStateAsking || b.State == event.BasketStateKept {
				rt.Fatalf("basket %s has not ended: %+v, %v", name, b, err)
			}
		}
	})
}

// step is what one buyer does next.
func (s *stall) step(rt *rapid.T, t *testing.T, sure map[string]bool, wants map[string][]event.BasketLine) {
	name := rapid.SampledFrom(s.baskets).Draw(rt, "who")
	id := event.OrderID("shop", name)
	submitted := slices.ContainsFunc(s.submitted, func(x *event.OrderSubmit) bool { return x.ExternalID == name })
	switch rapid.IntRange(0, 5).Draw(rt, "does") {
	case 0:
		s.Advance(time.Duration(rapid.IntRange(1, 600).Draw(rt, "seconds")) * time.Second)
	case 1:
		if submitted {
			return // of two requests in two topics either may be read first
		}
		s.ask(&event.OrderReserve{OrderID: id, Action: event.BasketActionRelease, RequestID: "r"})
	case 2:
		until := s.Now().Add(time.Duration(rapid.IntRange(1, 40).Draw(rt, "longer")) * time.Minute)
		s.ask(&event.OrderReserve{OrderID: id, Action: event.BasketActionExtend, RequestID: "e", Until: &until})
	default:
		if submitted {
			return
		}
		s.Run()
		b, err := s.orders.Basket(s.Driver, id)
		if err != nil {
			rt.Fatal(err)
		}
		kept := b != nil && b.State == event.BasketStateKept && b.Until.After(s.Now())
		s.confirm(t, name, s.Now())
		lines := wants[name]
		if rapid.IntRange(0, 4).Draw(rt, "other") == 0 {
			lines, kept = []event.BasketLine{{Sku: lines[0].Sku, Qty: lines[0].Qty + 1}}, false
		}
		s.order(name, s.Now(), rapid.Bool().Draw(rt, "complete"), lines)
		sure[name] = kept
		if !kept {
			delete(sure, name)
		}
	}
}
