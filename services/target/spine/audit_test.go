package spine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit"
	"github.com/millrace/millrace/services/target"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// bank is a payment partner that does all it is asked, once.
func bank() *streams.Topology {
	t := streams.NewTopology("bank")
	e := streams.NewEntity(t, "bank", streams.JSON[map[string]bool](), func(ctx streams.Ctx, done *map[string]bool, in streams.Input) error {
		r := in.(streams.Record[event.PaymentRequested]).Value
		if (*done)[r.PaymentID] {
			return nil
		}
		if *done == nil {
			*done = make(map[string]bool)
		}
		(*done)[r.PaymentID] = true
		number := "T " + r.PaymentID
		switch r.Action {
		case event.PaymentActionAuthorise:
			authorised.Send(ctx, ctx.Key(), &event.PaymentAuthorised{PaymentID: r.PaymentID, TransactionID: number, OrderID: r.OrderID, TenderID: "card " + r.PaymentID, Amount: r.Amount, Currency: r.Currency, AuthorisedAt: ctx.Now()})
		case event.PaymentActionCapture:
			captured.Send(ctx, ctx.Key(), &event.PaymentCaptured{PaymentID: r.PaymentID, TransactionID: number, OrderID: r.OrderID, TenderID: r.TenderID, Amount: r.Amount, Currency: r.Currency, CapturedAt: ctx.Now()})
		case event.PaymentActionVoid:
			voided.Send(ctx, ctx.Key(), &event.PaymentVoided{PaymentID: r.PaymentID, TransactionID: number, OrderID: r.OrderID, TenderID: r.TenderID, Amount: r.Amount, Currency: r.Currency, VoidedAt: ctx.Now()})
		case event.PaymentActionRefund:
			refunded.Send(ctx, ctx.Key(), &event.PaymentRefunded{PaymentID: r.PaymentID, TransactionID: number, OrderID: r.OrderID, TenderID: r.TenderID, Amount: r.Amount, Currency: r.Currency, RefundedAt: ctx.Now()})
		}
		return nil
	})
	streams.Receive(e, payments)
	streams.Send(e, authorised)
	streams.Send(e, captured)
	streams.Send(e, voided)
	streams.Send(e, refunded)
	return t
}

// notes is the part of the system of record that posts credit notes.
func notes() *streams.Topology {
	t := streams.NewTopology("notes")
	e := streams.NewEntity(t, "notes", streams.JSON[int](), func(ctx streams.Ctx, n *int, in streams.Input) error {
		*n++
		r := in.(streams.Record[event.RefundApproved]).Value
		loose := ""
		if r.OrderID == "" {
			loose = r.ReturnID
		}
		creditNotes.Send(ctx, ctx.Key(), &event.CreditPosted{
			RefundID: r.RefundID, OrderID: r.OrderID, ReturnID: loose, Number: fmt.Sprintf("C-%s-%d", ctx.Key()[:8], *n), Currency: r.Currency, Total: r.Total, System: "ledger", PostedAt: ctx.Now(),
		})
		return nil
	})
	streams.Receive(e, approved)
	streams.Send(e, creditNotes)
	return t
}

var (
	payments    = typed[event.PaymentRequested](topic.PaymentRequested)
	authorised  = typed[event.PaymentAuthorised](topic.PaymentAuthorised)
	captured    = typed[event.PaymentCaptured](topic.PaymentCaptured)
	voided      = typed[event.PaymentVoided](topic.PaymentVoided)
	refunded    = typed[event.PaymentRefunded](topic.PaymentRefunded)
	creditNotes = typed[event.CreditPosted](topic.CreditPosted)
)

// trading plays orders on all terms, cancels and returns, and returns the log.
func trading(t *testing.T, seed uint64) *tape {
	t.Helper()
	h := habits{parts: seed%2 == 0, short: seed%3 == 0, obeys: seed%5 < 3}
	var w *world
	w = newWorld(t, seed, h, bank(), notes(), channels(seed, func() time.Time { return w.Now() }))
	rng := rand.New(rand.NewPCG(seed, 17))
	const skus, count = 4, 14
	for sku := range skus {
		for _, node := range nodes {
			w.receive(fmt.Sprint("sku", sku), node, 1+rng.Int64N(3*count))
		}
	}
	w.Run()
	streamstest.Send(w.Driver, typed[event.InventoryPools](topic.InventoryPools), "sku0", &event.InventoryPools{
		Sku: "sku0", Version: 1, Pools: []event.InventoryPool{{Pool: "spare", Node: nodes[1], Channels: []string{"mute"}, Qty: 1}, {Pool: "club", Node: nodes[0], Classes: []string{"club"}, Qty: 1}},
	})
	limit := int64(30_000)
	streamstest.Send(w.Driver, typed[event.CustomerPublished](topic.CustomerPublished), customer, &event.CustomerPublished{
		Customer: customer, Active: true, Terms: event.PaymentTermsAccount, Currency: "EUR", CreditLimit: &limit, Version: 1,
	})
	terms := []event.PaymentTerms{event.PaymentTermsPrepaid, event.PaymentTermsAccount, event.PaymentTermsPrepaid}
	for n := range count {
		s := draw(rng, n, skus)
		s.Customer, s.ShipTo, s.Terms = buyer, buyer, &terms[n%len(terms)]
		if rng.IntN(12) == 0 {
			s.Total++
		}
		w.submit(s)
		if rng.IntN(6) == 0 {
			streamstest.Send(w.Driver, submits, s.OrderID, s)
		}
		if rng.IntN(7) == 0 {
			streamstest.Send(w.Driver, cancels, s.OrderID, &event.OrderCancel{OrderID: s.OrderID, Reason: "CUSTOMER"})
		}
		w.Advance(time.Duration(rng.IntN(90)) * time.Second)
	}
	w.Settle(24 * time.Hour)
	for n, r := range streamstest.Read(w.Driver, typed[event.ShipmentConfirmed](topic.ShipmentConfirmed)) {
		if n%3 > 0 {
			continue
		}
		id, number := event.ReturnID("shop", fmt.Sprint("R", n)), fmt.Sprint("R", n)
		line, order := r.Value.Lines[0], r.Value.OrderID
		streamstest.Send(w.Driver, wishes, id, &event.ReturnRequested{
			ReturnID: id, Channel: "shop", ExternalID: number, Customer: buyer, Currency: "EUR", RequestedAt: w.Now(),
			Lines: []event.ReturnLine{{LineID: line.LineID, Sku: line.Sku, Kind: event.LineKindGoods, Qty: line.Qty, OrderID: &order}},
		})
		streamstest.Send(w.Driver, arrivals, id, &event.ReturnReceived{ReturnID: id, ReceiptID: "r" + number, Node: r.Value.Node, ReceivedAt: w.Now(), Lines: []event.ReceivedLine{{ReturnLine: "1", Sku: line.Sku, Qty: line.Qty}}})
		streamstest.Send(w.Driver, verdicts, id, &event.ReturnDispositioned{
			ReturnID: id, DispositionID: "v" + number, Node: r.Value.Node, Currency: "EUR", DispositionedAt: w.Now(),
			Lines: []event.DispositionLine{{ReturnLine: "1", Sku: line.Sku, Qty: line.Qty, Disposition: event.DispositionRestock}},
		})
		w.Advance(time.Minute)
		w.unknown("U"+number, 1+rng.Int64N(4), 1+rng.Int64N(999))
	}
	w.Settle(24 * time.Hour)
	w.NoDeadLetters()
	l := record(w.Driver)
	l.endpoints = target.Endpoints(subscribers(seed))
	return l
}

// tape is a log as it was recorded, by topic and partition.
type tape struct {
	topics map[string][][]*audit.Record
	serial int
	// endpoints are told of what the log says.
	endpoints []audit.Endpoint
	cached    func(version int64) int64 // what the shared cache shows in place of a version; nil shows it
}

// plain is a codec of bytes as they are.
type plain struct{}

func (plain) Append(dst []byte, v *[]byte) ([]byte, error) { return append(dst, *v...), nil }
func (plain) Decode(b []byte, v *[]byte) error             { *v = b; return nil }

func record(d *streamstest.Driver) *tape {
	l := &tape{topics: make(map[string][][]*audit.Record)}
	for _, def := range topic.All() {
		for _, r := range streamstest.Read(d, streams.Topic[[]byte]{Name: def.Name, Value: plain{}}) {
			out := &audit.Record{Topic: def.Name, Partition: r.Partition, Key: []byte(r.Key), Value: r.Value, Time: r.Timestamp}
			for _, h := range r.Headers {
				out.Headers = append(out.Headers, audit.Header(h))
			}
			l.put(out)
		}
	}
	return l
}

// put adds a record to its partition.
func (l *tape) put(r *audit.Record) {
	parts := l.topics[r.Topic]
	for int(r.Partition) >= len(parts) {
		parts = append(parts, nil)
	}
	r.Offset = int64(len(parts[r.Partition]))
	parts[r.Partition] = append(parts[r.Partition], r)
	l.topics[r.Topic] = parts
}

// copied is a log that may be changed.
func (l *tape) copied() *tape {
	c := &tape{topics: make(map[string][][]*audit.Record), endpoints: l.endpoints}
	for name, parts := range l.topics {
		for _, records := range parts {
			var own []*audit.Record
			for _, r := range records {
				kept := *r
				own = append(own, &kept)
			}
			c.topics[name] = append(c.topics[name], own)
		}
	}
	return c
}

// audited is what the auditor finds in a log whose partitions are read at any pace.
func (l *tape) audited(t *testing.T, seed uint64) (*audit.Auditor, []audit.Violation) {
	t.Helper()
	a := audit.New(audit.Config{Schema: schemas.Text, Endpoints: l.endpoints})
	rng := rand.New(rand.NewPCG(seed, 5))
	var rest [][]*audit.Record
	var last time.Time
	for _, def := range slices.Concat(topicNames(), []string{"stock.dlq"}) {
		for _, records := range l.topics[def] {
			if len(records) > 0 {
				rest = append(rest, records)
			}
		}
	}
	for len(rest) > 0 {
		n := rng.IntN(len(rest))
		for range min(len(rest[n]), 1+rng.IntN(20)) {
			r := rest[n][0]
			rest[n] = rest[n][1:]
			if err := a.Observe(r); err != nil {
				t.Fatal(err)
			}
			if r.Time.After(last) {
				last = r.Time
			}
			if r.Topic == topic.InventoryPosition.Name {
				l.look(a, string(r.Key), r.Time)
			}
		}
		if len(rest[n]) == 0 {
			rest = slices.Delete(rest, n, n+1)
		}
		if rng.IntN(10) == 0 {
			a.Advance(oldest(rest))
		}
	}
	a.Advance(last.Add(100 * 24 * time.Hour))
	return a, a.Violations()
}

// look asks the shared cache for an item whose newest position it had time to take.
func (l *tape) look(a *audit.Auditor, sku string, at time.Time) {
	newest := a.Newest(sku)
	version := newest
	if l.cached != nil {
		version = l.cached(version)
	}
	a.ObserveCache(sku, newest, version, at)
}

func topicNames() []string {
	var names []string
	for _, def := range topic.All() {
		names = append(names, def.Name)
	}
	return names
}

// oldest is the time of the oldest record that is still to be read.
func oldest(rest [][]*audit.Record) (least time.Time) {
	for _, records := range rest {
		for _, r := range records {
			if least.IsZero() || r.Time.Before(least) {
				least = r.Time
			}
		}
	}
	return least
}

func histories(t *testing.T) uint64 {
	if testing.Short() {
		return 4
	}
	return 20
}

func TestAuditOfWhatTheRoomsWroteFindsNothing(t *testing.T) {
	judged := make(map[audit.Invariant]int64)
	for seed := range histories(t) {
		log := trading(t, seed)
		for pace := range uint64(10) {
			a, found := log.audited(t, pace)
			for _, v := range found[:min(len(found), 5)] {
				t.Errorf("seed %d read at pace %d: %s of %s: want %s, got %s, see %v", seed, pace, v.Invariant, v.Key, v.Expected, v.Seen, v.Records)
			}
			for _, tally := range a.Tallies() {
				judged[tally.Invariant] += tally.Checked
			}
		}
	}
	for _, i := range audit.Invariants {
		if judged[i] < 10 {
			t.Errorf("%s was judged %d times: the histories show too little", i, judged[i])
		}
	}
}

// TestAuditFlagsEveryMutant changes one thing in the log of a real history, and
// the auditor must say which invariant is broken by it.
func TestAuditFlagsEveryMutant(t *testing.T) {
	var logs []*tape
	for seed := range histories(t) {
		logs = append(logs, trading(t, seed))
	}
	for _, m := range slices.Concat(mutants, logMutants, hookMutants) {
		t.Run(string(m.breaks)+" "+m.name, func(t *testing.T) {
			tried := 0
			for seed, log := range logs {
				l := log.copied()
				if !m.make(l) {
					continue
				}
				tried++
				_, found := l.audited(t, uint64(seed))
				if !slices.ContainsFunc(found, func(v audit.Violation) bool { return v.Invariant == m.breaks && len(v.Records) > 0 }) {
					t.Errorf("seed %d: it was not flagged as %s; found %+v", seed, m.breaks, found)
				}
			}
			if tried == 0 {
				t.Error("no history has what it changes")
			}
		})
	}
}

func TestAuditAcceptsAReminder(t *testing.T) {
	for seed := range histories(t) {
		l := trading(t, seed)
		if !reminded(l, func(*event.FulfilmentRequested, *sending) {}) {
			t.Fatalf("seed %d: no node was asked", seed)
		}
		if _, found := l.audited(t, seed); len(found) > 0 {
			t.Errorf("seed %d: a node that was reminded with the same document is %+v", seed, found)
		}
	}
}

func TestAuditAcceptsADeadLetterForAnAnswer(t *testing.T) {
	unanswered := 0
	for seed := range histories(t) {
		l := trading(t, seed)
		if !drop(l, topic.InventoryAnswer, func(a *event.InventoryAnswer) bool {
			return a.Verdict == event.StockVerdictShort || a.Verdict == event.StockVerdictCommitted
		}) {
			continue
		}
		_, found := l.audited(t, seed)
		if len(found) != 1 || found[0].Invariant != audit.Accounting {
			continue // another answer to the same command is there, or it changes more
		}
		p := found[0].Records[0]
		lost := l.topics[p.Topic][p.Partition][p.Offset]
		unanswered++
		l.put(&audit.Record{Topic: "stock.dlq", Key: lost.Key, Value: lost.Value, Time: lost.Time, Headers: []audit.Header{
			{Key: "__streams.errors.topic", Value: []byte(lost.Topic)},
			{Key: "__streams.errors.partition", Value: fmt.Append(nil, lost.Partition)},
			{Key: "__streams.errors.offset", Value: fmt.Append(nil, lost.Offset)},
		}})
		if _, found := l.audited(t, seed); len(found) > 0 {
			t.Errorf("seed %d: with a dead letter of the command, found %+v", seed, found)
		}
	}
	if unanswered == 0 {
		t.Error("no history has a command whose answer can be lost without anything else")
	}
}
