package returnsstream_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/returns"
	"github.com/millrace/millrace/services/returns/returnsstream"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

var schemas = codec.NewMemory()

func typed[V any](def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

var (
	accepted  = typed[event.OrderAccepted](topic.OrderAccepted)
	shipments = typed[event.ShipmentConfirmed](topic.ShipmentConfirmed)
	wishes    = typed[event.ReturnRequested](topic.ReturnRequested)
	receipts  = typed[event.ReturnReceived](topic.ReturnReceived)
	verdicts  = typed[event.ReturnDispositioned](topic.ReturnDispositioned)
	words     = typed[event.ReturnResolve](topic.ReturnResolve)
	requests  = typed[event.SettlementRequest](topic.SettlementRequest)
	credited  = typed[event.ReturnCredited](topic.ReturnCredited)
	rulings   = typed[event.ReturnRuled](topic.ReturnRuled)
)

// TestScenarios runs the scripts of testdata/scenarios: each command is something
// that happens around one return, said twice, and what follows it is all that was
// said then and where the return stands. In the scripts erp_* the ERP rules on returns. Run with -rewrite to accept what it says
// now.
//
//	sell ORDER [customer=C1] [days=10]      an order of so many days ago; lines below: ITEM QTY PRICE
//	ship ORDER DOC [days=10]                lines below: LINE QTY
//	request [customer=C1]                   lines below: ITEM QTY PRICE [order=O line=1 shipment=D] [exchange=ITEM]
//	receive DOC [final] [customer=C1]       lines below: ITEM QTY [line=1]
//	judge DOC                               lines below: ITEM QTY DISPOSITION [line=1] [refused] [allowance=50]
//	word ID match|refuse|cancel|lost|ask_again [line=1] [order=O of=1]
//	rule N authorised|declined|info_needed [reason=USED]   the ERP answers its nth question
//	refund ORDER LINE QTY                   the staff refunds units without a return
//	advance 720h
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata/scenarios", func(t *testing.T, path string) {
		policy := returns.Policy{Window: 30 * 24 * time.Hour, Expiry: 20 * 24 * time.Hour, Ruled: map[string]bool{"shop": strings.HasPrefix(filepath.Base(path), "erp_")}}
		room := returnsstream.New(policy, schemas)
		s := &script{
			t: t, room: room, shown: map[string]int{}, lines: map[string][]string{}, names: map[string]string{},
			Driver: streamstest.New(t, streamstest.Options{Partitions: 1, AbortRate: 0.2, CrashRate: 0.1}, room.Topology, till()),
		}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.do(d)
			s.Run()
			return s.report()
		})
		s.NoDeadLetters()
	})
}

// till is a topology that credits each unit of an order line once, as settlement
// does, at 1.00 a unit.
func till() *streams.Topology {
	type account struct {
		Credited map[string]int64 // units by line
		Answers  map[string]event.ReturnCredited
	}
	t := streams.NewTopology("till")
	e := streams.NewEntity(t, "till", streams.JSON[account](), func(ctx streams.Ctx, a *account, in streams.Input) error {
		q := in.(streams.Record[event.SettlementRequest]).Value
		if a.Answers == nil {
			a.Credited, a.Answers = map[string]int64{}, map[string]event.ReturnCredited{}
		}
		answer, known := a.Answers[q.RequestID]
		if !known {
			answer = event.ReturnCredited{RequestID: q.RequestID, ReturnID: q.ReturnID, OrderID: q.OrderID, Currency: "EUR", AnsweredAt: ctx.Now()}
			for _, l := range q.Lines {
				units := min(l.Qty, 3-a.Credited[l.LineID]) // each line of these scripts sells three units
				a.Credited[l.LineID] += units
				answer.Units += units
				answer.Refused += l.Qty - units
				if l.Allowance != nil {
					answer.Total += *l.Allowance
				} else {
					answer.Total += 100 * units
				}
			}
			a.Answers[q.RequestID] = answer
		}
		if q.ReturnID != "" {
			credited.Send(ctx, q.ReturnID, &answer)
		}
		return nil
	})
	streams.Receive(e, requests)
	streams.Send(e, credited)
	return t
}

// script plays one scenario.
type script struct {
	*streamstest.Driver
	t     *testing.T
	room  *returnsstream.Room
	shown map[string]int
	lines map[string][]string // items of the lines of each order
	names map[string]string   // of orders, by id
	out   []string
}

var id = event.ReturnID("shop", "R1")

func orderID(name string) string { return event.OrderID("shop", name) }

// put sends something twice.
func put[V any](s *script, to streams.Topic[V], key string, v *V) {
	streamstest.Send(s.Driver, to, key, v)
	streamstest.Send(s.Driver, to, key, v)
}

// row is a line below a command: bare words, and values by name.
type row struct {
	words  []string
	values map[string]string
}

func (r row) has(word string) bool { return slices.Contains(r.words, word) }

func rowOf(text string) row {
	r := row{values: map[string]string{}}
	for _, word := range strings.Fields(text) {
		if name, value, ok := strings.Cut(word, "="); ok {
			r.values[name] = value
		} else {
			r.words = append(r.words, word)
		}
	}
	return r
}

func (s *script) number(text string) int64 {
	s.t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// maybe is a pointer to a value, nil for an empty one.
func maybe(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func (s *script) do(d *datadriven.TestData) {
	head := row{values: map[string]string{}}
	for _, a := range d.CmdArgs {
		if len(a.Vals) == 0 {
			head.words = append(head.words, a.Key)
		} else {
			head.values[a.Key] = a.Vals[0]
		}
	}
	var rows []row
	for text := range strings.Lines(d.Input) {
		rows = append(rows, rowOf(text))
	}
	buyer := event.PartyRef{PartyID: "C1", Country: "DE"}
	if c := head.values["customer"]; c != "" {
		buyer.PartyID = c
	}
	at := s.Now()
	if days := head.values["days"]; days != "" {
		at = at.AddDate(0, 0, -int(s.number(days)))
	}
	switch d.Cmd {
	case "sell":
		o := &event.OrderAccepted{OrderID: orderID(head.words[0]), Channel: "shop", ExternalID: head.words[0], Customer: buyer, ShipTo: buyer, Currency: "EUR", OrderedAt: at, AcceptedAt: at, Shortage: event.ShortagePolicyBackorder}
		s.names[o.OrderID] = head.words[0]
		for n, r := range rows {
			o.Lines = append(o.Lines, event.OrderLine{LineID: fmt.Sprint(n + 1), Sku: r.words[0], Kind: event.LineKindGoods, Qty: s.number(r.words[1]), UnitPriceE6: 1_000_000 * s.number(r.words[2])})
			s.lines[head.words[0]] = append(s.lines[head.words[0]], r.words[0])
		}
		put(s, accepted, o.OrderID, o)
	case "ship":
		x := &event.ShipmentConfirmed{OrderID: orderID(head.words[0]), ShipmentID: head.words[1], Node: "north", Source: "north", ShippedAt: at}
		for _, r := range rows {
			x.Lines = append(x.Lines, event.ShipmentLine{LineID: r.words[0], Sku: s.skuOf(head.words[0], r.words[0]), Qty: s.number(r.words[1])})
		}
		put(s, shipments, x.OrderID, x)
	case "request":
		q := &event.ReturnRequested{ReturnID: id, Channel: "shop", ExternalID: "R1", Customer: buyer, Currency: "EUR", RequestedAt: at}
		for _, r := range rows {
			l := event.ReturnLine{Sku: r.words[0], Kind: event.LineKindGoods, Qty: s.number(r.words[1]), UnitPriceE6: 1_000_000 * s.number(r.words[2])}
			if o := r.values["order"]; o != "" {
				named := orderID(o)
				l.OrderID, l.LineID, l.ShipmentID = &named, r.values["line"], maybe(r.values["shipment"])
			}
			l.ExchangeSku = maybe(r.values["exchange"])
			q.Lines = append(q.Lines, l)
		}
		put(s, wishes, id, q)
	case "receive":
		x := &event.ReturnReceived{ReturnID: id, ReceiptID: head.words[0], Node: "north", Source: "north", Final: head.has("final"), ReceivedAt: at}
		if head.values["customer"] != "" {
			x.Customer = &buyer
		}
		for _, r := range rows {
			x.Lines = append(x.Lines, event.ReceivedLine{Sku: r.words[0], Qty: s.number(r.words[1]), ReturnLine: r.values["line"]})
		}
		put(s, receipts, id, x)
	case "judge":
		x := &event.ReturnDispositioned{ReturnID: id, DispositionID: head.words[0], Node: "north", Source: "north", Currency: "EUR", DispositionedAt: at}
		for _, r := range rows {
			l := event.DispositionLine{Sku: r.words[0], Qty: s.number(r.words[1]), Disposition: event.Disposition(r.words[2]), ReturnLine: r.values["line"], Refused: r.has("refused")}
			if a := r.values["allowance"]; a != "" {
				l.Allowance = s.number(a)
			}
			x.Lines = append(x.Lines, l)
		}
		put(s, verdicts, id, x)
	case "word":
		w := &event.ReturnResolve{RequestID: head.words[0], ReturnID: id, Action: event.ReturnResolution(head.words[1]), ReturnLine: head.values["line"], AskedBy: "ann", RequestedAt: at}
		if o := head.values["order"]; o != "" {
			w.OrderID, w.LineID = maybe(orderID(o)), maybe(head.values["of"])
		}
		put(s, words, id, w)
	case "rule":
		put(s, rulings, id, &event.ReturnRuled{
			ReturnID: id, Revision: s.number(head.words[0]), Decision: event.ReturnDecision(head.words[1]), Number: "RA-" + head.words[0], Reason: head.values["reason"], Source: "erp", RuledAt: at,
		})
	case "refund":
		put(s, requests, orderID(head.words[0]), &event.SettlementRequest{
			RequestID: "staff", OrderID: orderID(head.words[0]), Action: event.SettlementActionRefund, Cause: "LOST", Currency: "EUR", AskedBy: "ann", RequestedAt: at,
			Lines: []event.SettlementLine{{LineID: head.words[1], Qty: s.number(head.words[2])}},
		})
	case "advance":
		span, err := time.ParseDuration(head.words[0])
		if err != nil {
			s.t.Fatal(err)
		}
		s.Advance(span)
	default:
		s.t.Fatalf("%s: no such command: %s", d.Pos, d.Cmd)
	}
}

// skuOf is the item of a line; of an order that is not sold yet, a.
func (s *script) skuOf(order, line string) string {
	if n := int(s.number(line)) - 1; n < len(s.lines[order]) {
		return s.lines[order][n]
	}
	return "a"
}

func (s *script) line(format string, args ...any) {
	s.out = append(s.out, fmt.Sprintf(format, args...))
}

// say shows what was written to a topic since it was last shown.
func say[V any](s *script, def topic.Def, text func(v *V) string) {
	all := streamstest.Read(s.Driver, typed[V](def))
	for _, r := range all[s.shown[def.Name]:] {
		if t := text(&r.Value); t != "" {
			s.line("%s %s", strings.TrimSuffix(def.Name, ".v1"), t)
		}
	}
	s.shown[def.Name] = len(all)
}

// named is the name of an order, by its id.
func (s *script) named(order string) string {
	if name := s.names[order]; name != "" {
		return name
	}
	return "an order that nobody knows"
}

// report shows all that the room said, and where the return stands.
func (s *script) report() string {
	say(s, topic.OrderReturn, func(v *event.OrderReturn) string {
		l := v.Lines[0]
		return fmt.Sprintf("line %s claims %d of line %s of %s", l.ReturnLine, l.Qty, l.LineID, s.named(v.OrderID))
	})
	say(s, topic.ReturnAuthorise, func(v *event.ReturnAuthorise) string {
		text := fmt.Sprintf("question %d:", v.Revision)
		for _, l := range v.Lines {
			text += fmt.Sprintf(" %d %s of line %s of %s", l.Qty, l.Sku, l.LineID, s.named(l.OrderID))
		}
		return text
	})
	say(s, topic.ReturnAuthorised, func(v *event.ReturnAuthorised) string {
		text := strings.TrimSpace(string(v.Decision) + " " + v.Reason)
		if v.Source != "returns" {
			text += " says " + v.Source + ", " + v.Number
		}
		return text
	})
	say(s, topic.SettlementRequest, func(v *event.SettlementRequest) string {
		l := v.Lines[0]
		text := fmt.Sprintf("%s %d of line %s of %s", v.Cause, l.Qty, l.LineID, s.named(v.OrderID))
		if v.ReturnID == "" {
			return "" // the script said it
		}
		if l.Allowance != nil {
			text += fmt.Sprintf(" for %d", *l.Allowance)
		}
		return text
	})
	say(s, topic.InventoryMovement, func(v *event.InventoryMovement) string {
		return fmt.Sprintf("%d %s from %s to %s", v.Qty, v.Sku, v.From, v.To)
	})
	say(s, topic.OrderSubmit, func(v *event.OrderSubmit) string {
		return fmt.Sprintf("%s: %d %s for %d", v.ExternalID, v.Lines[0].Qty, v.Lines[0].Sku, v.Total)
	})
	say(s, topic.ReturnClosed, func(v *event.ReturnClosed) string {
		return fmt.Sprintf("%s, %d units for %d", v.Outcome, v.Units, v.Total)
	})
	s.stands()
	text := strings.Join(s.out, "\n") + "\n"
	s.out = nil
	return text
}

func (s *script) stands() {
	r, err := s.room.Return(s.Driver, id)
	if err != nil {
		s.t.Fatal(err)
	}
	if r == nil {
		s.line("= nothing is known of it")
		return
	}
	text := fmt.Sprintf("= %s", r.State)
	for _, x := range []struct {
		what string
		qty  int64
	}{
		{"here", r.Here}, {"over", r.Over}, {"unmatched", r.Unmatched}, {"wait for a person", r.Waits}, {"credited", r.Credited}, {"exchanged", r.Exchanged}, {"refused", r.Refused},
	} {
		if x.qty > 0 {
			text += fmt.Sprintf(", %d %s", x.qty, x.what)
		}
	}
	s.line("%s", text)
}
