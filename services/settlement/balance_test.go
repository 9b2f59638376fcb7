package settlement

import (
	"math/big"

	"github.com/millrace/millrace/schemas/event"
)

// halfEven is total x part / whole as exact fractions say.
func halfEven(total, part, whole int64) int64 {
	exact := new(big.Rat).Mul(big.NewRat(total, 1), big.NewRat(part, whole))
	floor := new(big.Int).Div(exact.Num(), exact.Denom())
	rest := new(big.Rat).Sub(exact, new(big.Rat).SetInt(floor))
	if c := rest.Cmp(big.NewRat(1, 2)); c > 0 || c == 0 && floor.Bit(0) == 1 {
		floor.Add(floor, big.NewInt(1))
	}
	return floor.Int64()
}

// checkInvoices: all invoices together are what the units that left cost.
func (w *trade) checkInvoices(seed uint64) {
	asked := int64(0)
	for _, i := range w.invoices {
		asked += i.Total
	}
	shipped := make(map[string]int64)
	for _, lines := range w.left {
		for line, qty := range lines {
			shipped[line] += qty
		}
	}
	var value, goods, services, discount int64
	for _, l := range w.sold.Lines {
		switch {
		case ships(l.Kind):
			goods += l.Amount
			value += halfEven(l.Amount, shipped[l.LineID], l.Qty)
		case l.Amount < 0:
			discount += l.Amount
		default:
			services += l.Amount
		}
	}
	want := int64(0)
	switch {
	case w.Order.Terms == event.PaymentTermsProforma:
		if w.Bills.Get(Whole) != nil {
			want = w.sold.Total
		}
	case len(w.left) > 0 && goods == 0:
		want = w.sold.Total
	case len(w.left) > 0:
		want = value + services + halfEven(w.sold.Shipping, value, goods)
		for _, l := range w.sold.Lines {
			if l.Amount < 0 {
				want += halfEven(l.Amount, value, goods)
			}
		}
	}
	if asked != want {
		w.t.Errorf("seed %d: invoices add up to %d, what left costs %d", seed, asked, want)
	}
}

// checkCredits: no unit is credited twice, none that could be is forgotten, no
// bill is credited beyond its total.
func (w *trade) checkCredits(seed uint64) {
	units, total := make(map[string]int64), make(map[string]int64)
	unsent := int64(0)
	for _, r := range w.refunds {
		sum := r.Shipping
		for _, l := range r.Lines {
			sum += l.Amount
			units[l.LineID] += l.Qty
			if r.RequestID == unshipped {
				unsent += l.Qty
			}
		}
		if sum != r.Total || r.Total <= 0 {
			w.t.Errorf("seed %d: credit %+v does not add up", seed, r)
		}
		total[r.InvoiceID] += r.Total
	}
	for id, sum := range total {
		if sum > max(w.invoices[id].Total+3, w.revised[id]) {
			w.t.Errorf("seed %d: %d is credited of an invoice over %d", seed, sum, w.invoices[id].Total)
		}
	}
	for _, l := range w.sold.Lines {
		shipped := int64(0)
		for _, lines := range w.left {
			shipped += lines[l.LineID]
		}
		most := shipped
		if w.Order.Terms == event.PaymentTermsProforma {
			most = l.Qty
		}
		if units[l.LineID] > most {
			w.t.Errorf("seed %d: %d units of line %s are credited, %d are billed", seed, units[l.LineID], l.LineID, most)
		}
	}
	w.checkFound(seed)
}

// checkFound: each request gets the units that there are.
func (w *trade) checkFound(seed uint64) {
	found := make(map[string]int64)
	for _, id := range w.Requests.Keys() {
		r := w.Requests.Get(id)
		for n := range r.Lines {
			l := &r.Lines[n]
			if l.Claimed+l.Refused != l.Qty {
				w.t.Errorf("seed %d: of %d units %d are found and %d refused at the end", seed, l.Qty, l.Claimed, l.Refused)
			}
			if id != unshipped {
				found[key(l.ShipmentID, l.LineID)] += l.Claimed
			}
		}
	}
	there := make(map[string]int64)
	for shipment, lines := range w.left {
		for line, qty := range lines {
			if w.naming {
				there[key(&shipment, line)] = qty
			} else {
				there[line] += qty
			}
		}
	}
	for k, wanted := range w.wanted {
		if found[k] > min(wanted, there[k]) || !w.tardy && found[k] < min(wanted, there[k]) {
			w.t.Errorf("seed %d: %d units of %s are credited, %d left and %d are asked for", seed, found[k], k, there[k], wanted)
		}
	}
}

// checkBalance: the payment partner's own books agree with the invoices and
// credits of the system of record, and nothing stays set aside.
func (w *trade) checkBalance(seed uint64) {
	owed := int64(0)
	for _, total := range w.revised {
		owed += total
	}
	for _, r := range w.refunds {
		owed -= r.Total
	}
	if w.Owed() != owed {
		w.t.Errorf("seed %d: %d is owed by the books, %d by invoices and credits", seed, w.Owed(), owed)
	}
	if w.Order.Terms == event.PaymentTermsAccount {
		if len(w.partner.cards) > 0 || w.Order.Payments > 0 {
			w.t.Errorf("seed %d: a payment is taken on account", seed)
		}
		return
	}
	net := w.partner.net()
	if w.Order.Terms == event.PaymentTermsProforma && net < owed {
		return // the buyer has not sent enough, and nobody can take it
	}
	if net != max(0, owed) || w.Order.Captured-w.Order.Refunded != net {
		w.t.Errorf("seed %d: the partner has %d, %d is owed, the books say %d less %d", seed, net, owed, w.Order.Captured, w.Order.Refunded)
	}
	if reserved := w.partner.reserved(w.now); reserved != 0 {
		w.t.Errorf("seed %d: %d stays set aside", seed, reserved)
	}
}
