package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/govalues/decimal"
)

// ledger is the ERP's book, pure: documents in, numbers out. Stock is kept net
// per product: what is sold and not cancelled is gone, shipped or not.
type ledger struct {
	sales     map[string]*sale // by reference
	shipments map[string]*posted
	invoices  map[string]*posted
	net       map[string]int64 // by product: minus what is sold
	money     map[string]decimal.Decimal
	units     SaleUnits
	keys      map[string]int
	numbers   map[string]int64
	repeats   int
}

// SaleUnits counts units of goods over all sales.
type SaleUnits struct {
	Ordered   int64 `json:"ordered"`
	Shipped   int64 `json:"shipped"`
	Cancelled int64 `json:"cancelled"`
	Open      int64 `json:"open"`
}

// posting is a line of the ERP's journal; exactly one document is set.
type posting struct {
	At       time.Time    `json:"at"`
	Key      string       `json:"key,omitempty"`
	Hash     string       `json:"hash"` // of the document as it came: tells a repetition from another document
	Sale     *saleDoc     `json:"sale,omitempty"`
	Shipment *shipmentDoc `json:"shipment,omitempty"`
	Invoice  *invoiceDoc  `json:"invoice,omitempty"`
	Close    *closeDoc    `json:"close,omitempty"`
}

type saleDoc struct {
	Reference string     `json:"reference"`
	Customer  string     `json:"customer"`
	Channel   string     `json:"channel"`
	Their     string     `json:"their_number"`
	Currency  string     `json:"currency"`
	Date      time.Time  `json:"date"`
	Lines     []saleLine `json:"lines"`
	Freight   string     `json:"freight"`
	Total     string     `json:"total"`
}

// saleLine is a line of a sale or an invoice. Service lines have no stock.
type saleLine struct {
	Line     string `json:"line"`
	Product  string `json:"product"`
	Quantity int64  `json:"quantity"`
	Amount   string `json:"amount"`
	Service  bool   `json:"service,omitempty"`
}

type shipmentDoc struct {
	Reference string      `json:"reference"`
	Sale      string      `json:"sale"`
	From      string      `json:"from"`
	Date      time.Time   `json:"date"`
	Lines     []goodsLine `json:"lines"`
}

type goodsLine struct {
	Line     string `json:"line"`
	Product  string `json:"product"`
	Quantity int64  `json:"quantity"`
}

type invoiceDoc struct {
	Reference string     `json:"reference"`
	Sale      string     `json:"sale"`
	Shipment  string     `json:"shipment"`
	Currency  string     `json:"currency"`
	Date      time.Time  `json:"date"`
	Lines     []saleLine `json:"lines"`
	Freight   string     `json:"freight"`
	Total     string     `json:"total"`
}

// closeDoc cancels all that a sale still has open.
type closeDoc struct {
	Sale   string `json:"sale"`
	Reason string `json:"reason"`
}

type sale struct {
	number   string
	currency string
	hash     string
	open     map[string]int64 // units of goods by product
	shipped  int64
	closed   bool
}

// posted is a shipment or an invoice in the book.
type posted struct{ number, hash string }

func newLedger() *ledger {
	return &ledger{
		sales: make(map[string]*sale), shipments: make(map[string]*posted), invoices: make(map[string]*posted),
		net: make(map[string]int64), money: make(map[string]decimal.Decimal), keys: make(map[string]int), numbers: make(map[string]int64),
	}
}

// check says what is wrong with a document, for good.
func (l *ledger) check(p posting) error {
	switch {
	case p.Sale != nil:
		return sums(p.Sale.Lines, p.Sale.Freight, p.Sale.Total)
	case p.Shipment != nil:
		return l.known(p.Shipment.Sale)
	case p.Invoice != nil:
		if err := l.known(p.Invoice.Sale); err != nil {
			return err
		}
		if c := l.sales[p.Invoice.Sale].currency; c != p.Invoice.Currency {
			return fmt.Errorf("invoice in %s for a sale in %s", p.Invoice.Currency, c)
		}
		return sums(p.Invoice.Lines, p.Invoice.Freight, p.Invoice.Total)
	default:
		return l.known(p.Close.Sale)
	}
}

func (l *ledger) known(sale string) error {
	if l.sales[sale] == nil {
		return fmt.Errorf("no sale has the reference %q", sale)
	}
	return nil
}

// sums checks that lines and freight make the total, exactly.
func sums(lines []saleLine, freight, total string) error {
	sum, err := decimal.Parse(freight)
	for i := 0; err == nil && i < len(lines); i++ {
		var amount decimal.Decimal
		if amount, err = decimal.Parse(lines[i].Amount); err == nil {
			sum, err = sum.Add(amount)
		}
	}
	if err != nil {
		return fmt.Errorf("reading amounts: %w", err)
	}
	said, err := decimal.Parse(total)
	if err != nil {
		return fmt.Errorf("reading total: %w", err)
	}
	if sum.Cmp(said) != 0 {
		return fmt.Errorf("lines and freight make %s, the total says %s", sum, said)
	}
	return nil
}

// apply books a checked document.
func (l *ledger) apply(p posting) {
	if p.Key != "" {
		l.keys[p.Key]++
	}
	switch {
	case p.Sale != nil:
		l.sell(p.Sale, p.Hash)
	case p.Shipment != nil:
		l.ship(p.Shipment, p.Hash)
	case p.Invoice != nil:
		l.invoices[p.Invoice.Reference] = &posted{l.number("INV"), p.Hash}
		total, err := decimal.Parse(p.Invoice.Total)
		if sum, e := l.money[p.Invoice.Currency].Add(total); err == nil && e == nil {
			l.money[p.Invoice.Currency] = sum
		}
	default:
		l.finish(l.sales[p.Close.Sale])
	}
}

func (l *ledger) number(kind string) string {
	l.numbers[kind]++
	return fmt.Sprintf("%s-%07d", kind, l.numbers[kind])
}

func (l *ledger) sell(doc *saleDoc, hash string) {
	s := &sale{number: l.number("SO"), currency: doc.Currency, hash: hash, open: make(map[string]int64)}
	for _, line := range doc.Lines {
		if line.Service {
			continue
		}
		s.open[line.Product] += line.Quantity
		l.net[line.Product] -= line.Quantity
		l.units.Ordered += line.Quantity
		l.units.Open += line.Quantity
	}
	l.sales[doc.Reference] = s
}

func (l *ledger) ship(doc *shipmentDoc, hash string) {
	s := l.sales[doc.Sale]
	l.shipments[doc.Reference] = &posted{l.number("SHP"), hash}
	for _, line := range doc.Lines {
		s.open[line.Product] -= line.Quantity
		s.shipped += line.Quantity
		l.units.Shipped += line.Quantity
		l.units.Open -= line.Quantity
	}
}

// finish gives back to net stock what a sale still has open.
func (l *ledger) finish(s *sale) {
	s.closed = true
	for _, product := range slices.Sorted(maps.Keys(s.open)) {
		units := s.open[product]
		l.net[product] += units
		l.units.Cancelled += units
		l.units.Open -= units
		s.open[product] = 0
	}
}
