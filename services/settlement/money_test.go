package settlement

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// trade is the life of one order between a payment partner and a system of
// record. What is expected is worked out from the facts alone, by other
// formulas than those of the package.
type trade struct {
	*Books
	t       testing.TB
	rng     *rand.Rand
	now     time.Time
	partner *partner
	mail    []any // facts on their way, in no order

	sold     *event.OrderAccepted
	left     map[string]map[string]int64 // units by shipment and line
	wanted   map[string]int64            // units asked back by line
	naming   bool                        // requests name shipments
	plain    bool                        // no allowance, freight always
	revised  map[string]int64            // totals of corrected invoices
	advance  int64
	invoices map[string]*event.InvoiceRequested
	refunds  map[string]*event.RefundApproved
	wake     *time.Time
	tardy    bool // facts came after requests had waited long enough
}

var start = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func newTrade(t testing.TB, seed uint64) *trade {
	rng := rand.New(rand.NewPCG(seed, 7))
	w := &trade{
		Books: &Books{
			ID: "order", Order: &Record{Terms: event.PaymentTermsAccount}, Bills: NewRows[Bill](nil), Tenders: NewRows[Tender](nil), Payments: NewRows[Payment](nil),
			Transactions: NewRows[Transaction](nil), Requests: NewRows[Request](nil), Credits: NewRows[Credit](nil),
		},
		t: t, rng: rng, now: start, partner: newPartner(rng),
		left: make(map[string]map[string]int64), wanted: make(map[string]int64), revised: make(map[string]int64),
		invoices: make(map[string]*event.InvoiceRequested), refunds: make(map[string]*event.RefundApproved),
		naming: rng.IntN(2) == 0, plain: rng.IntN(2) == 0,
	}
	if rng.IntN(3) == 0 {
		w.partner.life = time.Duration(1+rng.IntN(100)) * time.Hour
	}
	w.draw()
	return w
}

// draw makes the order and all facts about it.
func (w *trade) draw() {
	terms := []event.PaymentTerms{event.PaymentTermsAccount, event.PaymentTermsPrepaid, event.PaymentTermsProforma}[w.rng.IntN(3)]
	w.sold = &event.OrderAccepted{OrderID: w.ID, Currency: "EUR", Customer: event.PartyRef{PartyID: "C1"}, Shipping: w.rng.Int64N(1000), Terms: &terms}
	open := make(map[string]int64)
	for n := range 1 + w.rng.IntN(4) {
		l := event.OrderLine{LineID: fmt.Sprint(n), Sku: fmt.Sprint("s", n), Kind: event.LineKindGoods, Qty: 1 + w.rng.Int64N(7), Amount: w.rng.Int64N(9999)}
		switch {
		case n > 0 && w.rng.IntN(5) == 0:
			l.Kind, l.Qty = event.LineKindService, 1
		case n > 0 && w.rng.IntN(5) == 0:
			l.Kind, l.Qty, l.Amount = event.LineKindCharge, 1, -w.rng.Int64N(1+w.sold.Lines[0].Amount/4)
		default:
			open[l.LineID] = l.Qty
		}
		w.sold.Lines = append(w.sold.Lines, l)
		w.sold.Total += l.Amount
	}
	w.sold.Total += w.sold.Shipping
	w.mail = append(w.mail, w.sold, &event.OrderReleased{Fulfilments: []event.FulfilmentRef{{Node: "north"}}})
	units := w.ship(open)
	if units > 0 || w.rng.IntN(2) == 0 {
		w.mail = append(w.mail, &event.OrderCompleted{OrderID: w.ID, UnitsShipped: units})
	} else {
		w.mail = append(w.mail, &event.OrderCancelled{OrderID: w.ID})
	}
	w.askBack()
	if terms == event.PaymentTermsProforma {
		for range 1 + w.rng.IntN(3) {
			w.mail = append(w.mail, w.partner.transfer(w.ID, 1+w.rng.Int64N(w.sold.Total+1)))
		}
	}
	if w.rng.IntN(4) == 0 {
		w.advance = w.rng.Int64N(w.sold.Total + 1)
		w.mail = append(w.mail, &event.SettlementRequest{RequestID: "advance", Action: event.SettlementActionCapture, Amount: w.advance})
	}
}

// ship draws the shipments of some of the units and returns how many left.
func (w *trade) ship(open map[string]int64) (units int64) {
	for n := range w.rng.IntN(4) {
		s := &event.ShipmentConfirmed{ShipmentID: fmt.Sprint("S", n), OrderID: w.ID}
		w.left[s.ShipmentID] = make(map[string]int64)
		for _, l := range w.sold.Lines {
			if qty := w.rng.Int64N(open[l.LineID] + 1); qty > 0 {
				open[l.LineID] -= qty
				units += qty
				w.left[s.ShipmentID][l.LineID] = qty
				s.Lines = append(s.Lines, event.ShipmentLine{LineID: l.LineID, Sku: l.Sku, Qty: qty})
			}
		}
		if len(s.Lines) > 0 {
			w.mail = append(w.mail, s)
		} else {
			delete(w.left, s.ShipmentID)
		}
	}
	return units
}

// askBack draws requests for credits: lost, returned, or both, and too much.
func (w *trade) askBack() {
	for n := range w.rng.IntN(5) {
		r := &event.SettlementRequest{
			RequestID: fmt.Sprint("R", n), OrderID: w.ID, Action: event.SettlementActionRefund, Cause: "RETURN", Currency: "EUR", ReturnID: fmt.Sprint("return", n),
			Shipping: w.plain || w.rng.IntN(2) == 0,
		}
		for _, l := range w.sold.Lines {
			if !ships(l.Kind) || w.rng.IntN(3) == 0 {
				continue
			}
			line := event.SettlementLine{LineID: l.LineID, Qty: 1 + w.rng.Int64N(l.Qty)}
			if w.naming {
				id := fmt.Sprint("S", w.rng.IntN(3))
				line.ShipmentID = &id
			}
			if !w.plain && w.rng.IntN(4) == 0 {
				some := w.rng.Int64N(500)
				line.Allowance = &some
			}
			w.wanted[key(line.ShipmentID, l.LineID)] += line.Qty
			r.Lines = append(r.Lines, line)
		}
		w.mail = append(w.mail, r)
	}
}

func key(shipment *string, line string) string {
	if shipment == nil {
		return line
	}
	return *shipment + "/" + line
}

// deliver books a fact and lets the world react to what follows.
func (w *trade) deliver(fact any) {
	out := &Out{}
	var err error
	switch f := fact.(type) {
	case *event.OrderAccepted:
		w.Accepted(f)
	case *event.OrderReleased:
		w.Released(f)
	case *event.OrderCompleted:
		w.Ended(f.UnitsShipped)
	case *event.OrderCancelled:
		w.Ended(0)
	case *event.ShipmentConfirmed:
		w.Shipped(f)
	case *event.InvoicePosted:
		w.Posted(out, f)
	case *event.InvoiceCorrected:
		w.Corrected(out, f)
	case *event.CreditPosted:
		w.CreditPosted(out, f)
	case *event.SettlementRequest:
		err = w.Requested(f, w.now)
	case *event.PaymentAuthorised:
		err = w.Authorised(f, w.now)
	case *event.PaymentCaptured:
		err = w.Captured(f, w.now)
	case *event.PaymentVoided:
		err = w.Voided(f, w.now)
	case *event.PaymentRefunded:
		err = w.Refunded(f, w.now)
	case *event.PaymentDeclined:
		w.Declined(f, w.now)
	}
	if err != nil {
		w.t.Fatalf("%T: %v", fact, err)
	}
	w.react()
}

// react answers what settlement asks.
func (w *trade) react() {
	out := w.Settle(w.now)
	if again := w.Settle(w.now); len(again.Invoices)+len(again.Payments)+len(again.Refunds)+len(again.Answers)+len(again.Exposure) > 0 {
		w.t.Fatalf("settling twice says something new: %+v", again)
	}
	w.wake = out.Wake
	for _, i := range out.Invoices {
		if w.invoices[i.InvoiceID] != nil {
			w.t.Fatalf("invoice %s is asked for twice", i.InvoiceID)
		}
		w.invoices[i.InvoiceID] = i
		total := i.Total
		if w.rng.IntN(8) == 0 { // the system of record rounds otherwise
			total = max(0, total+w.rng.Int64N(7)-3)
		}
		w.mail = append(w.mail, &event.InvoicePosted{InvoiceID: i.InvoiceID, ShipmentID: i.ShipmentID, Number: "I" + i.InvoiceID[:6], Total: total})
		w.revised[i.InvoiceID] = total
		if w.rng.IntN(8) == 0 {
			for revision := range int64(2) {
				to := w.rng.Int64N(total + 1)
				w.mail = append(w.mail, &event.InvoiceCorrected{InvoiceID: i.InvoiceID, ShipmentID: i.ShipmentID, Revision: revision + 1, Total: to})
				w.revised[i.InvoiceID] = to
			}
		}
	}
	for _, r := range out.Refunds {
		if w.refunds[r.RefundID] != nil {
			w.t.Fatalf("credit %s is approved twice", r.RefundID)
		}
		w.refunds[r.RefundID] = r
		w.mail = append(w.mail, &event.CreditPosted{RefundID: r.RefundID, OrderID: w.ID, Number: "G" + r.RefundID[:6], Currency: "EUR", Total: r.Total})
	}
	for _, p := range out.Payments {
		w.mail = append(w.mail, w.partner.asked(p, w.now)...)
		w.checkNeverTooMuch()
	}
}

// checkNeverTooMuch: at no time has more been taken than invoices, payments in
// advance and transfers account for.
func (w *trade) checkNeverTooMuch() {
	most := w.advance
	billed := int64(0)
	for _, i := range w.invoices {
		billed += max(i.Total, w.revised[i.InvoiceID], i.Total+3)
	}
	for _, c := range w.partner.cards {
		if c.authorised == 0 {
			billed += c.captured
		}
	}
	if net := w.partner.net(); net > max(most, billed) {
		w.t.Fatalf("%d is taken, %d invoiced, %d in advance", net, billed, most)
	}
}

// step delivers one fact, twice now and then, or lets time pass.
func (w *trade) step() {
	if len(w.mail) == 0 || w.rng.IntN(6) == 0 {
		w.pass()
		return
	}
	n := w.rng.IntN(len(w.mail))
	fact := w.mail[n]
	if w.rng.IntN(4) > 0 {
		w.mail = append(w.mail[:n], w.mail[n+1:]...)
	}
	w.deliver(fact)
}

// pass lets time pass until something is due, or a little.
func (w *trade) pass() {
	if w.wake != nil && w.rng.IntN(2) == 0 {
		w.now = *w.wake
	} else {
		w.now = w.now.Add(time.Duration(w.rng.Int64N(int64(time.Hour))))
	}
	w.react()
}

// heal ends all faults and lets everything come to its end.
func (w *trade) heal() {
	w.partner.faulty, w.partner.life = false, 0
	w.tardy = !w.now.Before(start.Add(claimLimit))
	for range 10_000 {
		switch {
		case len(w.mail) > 0:
			fact := w.mail[0]
			w.mail = w.mail[1:]
			w.deliver(fact)
		case w.wake != nil:
			w.now = *w.wake
			w.react()
		case w.Order.Stopped: // the buyer has found another card
			w.deliver(&event.SettlementRequest{RequestID: "pay", Action: event.SettlementActionCapture})
		default:
			return
		}
	}
	w.t.Fatal("the order never comes to rest")
}

func TestMoneyIsConservedWhateverComesWhenAndHowOften(t *testing.T) {
	seeds := uint64(20_000)
	if testing.Short() {
		seeds = 1_500
	}
	for seed := range seeds {
		w := newTrade(t, seed)
		for range w.rng.IntN(80) {
			w.step()
		}
		w.heal()
		w.checkInvoices(seed)
		w.checkCredits(seed)
		w.checkBalance(seed)
		if t.Failed() {
			t.Fatalf("seed %d: %+v\nsold %+v\nleft %+v", seed, w.Order, w.sold, w.left)
		}
	}
}
