package sandbox

import (
	"fmt"
	"time"

	"github.com/govalues/decimal"
)

// ledger is the ERP's book, pure: documents in, numbers out. Stock is kept net
// per product: what is sold and not cancelled is gone, shipped or not. What an
// amendment adds is sold, what it takes off cancelled; units that were taken off and
// leave all the same are sold again.
type ledger struct {
	sales      map[string]*sale // by reference
	amendments map[string]*posted
	shipments  map[string]*posted
	invoices   map[string]*posted
	credits    map[string]*posted
	returns    map[string]*ruling
	net        map[string]int64           // by product: minus what is sold
	money      map[string]decimal.Decimal // invoiced, by currency
	back       map[string]decimal.Decimal // credited, by currency
	units      SaleUnits
	keys       map[string]int
	numbers    map[string]int64
	repeats    int
	unsold     int // credit notes of returns without a sale
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
	At        time.Time     `json:"at"`
	Key       string        `json:"key,omitempty"`
	Hash      string        `json:"hash"` // of the document as it came: tells a repetition from another document
	Sale      *saleDoc      `json:"sale,omitempty"`
	Amendment *amendmentDoc `json:"amendment,omitempty"`
	Shipment  *shipmentDoc  `json:"shipment,omitempty"`
	Invoice   *invoiceDoc   `json:"invoice,omitempty"`
	Credit    *creditDoc    `json:"credit,omitempty"`
	Return    *returnDoc    `json:"return,omitempty"`
	Close     *closeDoc     `json:"close,omitempty"`
}

type saleDoc struct {
	Reference string     `json:"reference"`
	Customer  string     `json:"customer"`
	Channel   string     `json:"channel"`
	Their     string     `json:"their_number"`
	Currency  string     `json:"currency"`
	Date      time.Time  `json:"date"`
	Lines     []SaleLine `json:"lines"`
	Freight   string     `json:"freight"`
	Total     string     `json:"total"`
}

// amendmentDoc puts other lines in place of those of a sale.
type amendmentDoc struct {
	Sale      string     `json:"sale"`
	Reference string     `json:"reference"`
	Number    int64      `json:"number"` // rises with each amendment of a sale
	Reason    string     `json:"reason"`
	Date      time.Time  `json:"date"`
	Lines     []SaleLine `json:"lines"`
	Freight   string     `json:"freight"`
	Total     string     `json:"total"`
}

// SaleLine is a line of a sale or an invoice. Service lines have no stock.
type SaleLine struct {
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
	Lines     []SaleLine `json:"lines"`
	Freight   string     `json:"freight"`
	Total     string     `json:"total"`
}

// creditDoc gives back what an invoice asked for, or credits a customer for a return of
// which no sale is known. It moves no stock.
type creditDoc struct {
	Reference string     `json:"reference"`
	Sale      string     `json:"sale"`
	Invoice   string     `json:"invoice"`  // its number
	Return    string     `json:"return"`   // without a sale alone
	Customer  string     `json:"customer"` // without a sale alone
	Reason    string     `json:"reason"`
	Currency  string     `json:"currency"`
	Date      time.Time  `json:"date"`
	Lines     []SaleLine `json:"lines"`
	Freight   string     `json:"freight"`
	Total     string     `json:"total"`
}

// closeDoc cancels all that a sale still has open.
type closeDoc struct {
	Sale   string `json:"sale"`
	Reason string `json:"reason"`
}

type sale struct {
	number, currency, hash string
	lines                  []SaleLine
	freight, total         string
	amended                int64                 // number of the newest amendment
	amendments             []string              // references, the newest last
	goods                  map[string]*saleGoods // by product
	closed                 bool
	owed                   map[string]decimal.Decimal // by number of the invoice, less its credits
}

// saleGoods is how many units of a product a sale wants, wanted at most, has sold, and
// how many left; what amendments took off that did not leave; and what may come back.
type saleGoods struct{ wanted, most, sold, left, off, back int64 }

// posted is a shipment, an invoice or a credit note in the book.
type posted struct{ number, hash string }

func newLedger() *ledger {
	return &ledger{
		sales: make(map[string]*sale), amendments: make(map[string]*posted), returns: make(map[string]*ruling), shipments: make(map[string]*posted), invoices: make(map[string]*posted), credits: make(map[string]*posted),
		net: make(map[string]int64), money: make(map[string]decimal.Decimal), back: make(map[string]decimal.Decimal), keys: make(map[string]int), numbers: make(map[string]int64),
	}
}

// check says what is wrong with a document, for good.
func (l *ledger) check(p posting) error {
	switch {
	case p.Sale != nil:
		return sums(p.Sale.Lines, p.Sale.Freight, p.Sale.Total)
	case p.Amendment != nil:
		return l.amendable(p.Amendment)
	case p.Shipment != nil:
		return l.known(p.Shipment.Sale)
	case p.Invoice != nil:
		if err := l.sold(p.Invoice.Sale, p.Invoice.Currency); err != nil {
			return err
		}
		return sums(p.Invoice.Lines, p.Invoice.Freight, p.Invoice.Total)
	case p.Return != nil:
		return returnable(p.Return)
	case p.Credit != nil:
		if err := l.creditable(p.Credit); err != nil {
			return err
		}
		if err := sums(p.Credit.Lines, p.Credit.Freight, p.Credit.Total); err != nil {
			return err
		}
		return l.owes(p.Credit)
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

// amendable checks that an amendment adds up, and is newer than all of its sale.
func (l *ledger) amendable(a *amendmentDoc) error {
	if err := l.known(a.Sale); err != nil {
		return err
	}
	switch s := l.sales[a.Sale]; {
	case s.closed:
		return fmt.Errorf("sale %q is closed", a.Sale)
	case a.Number <= s.amended:
		return fmt.Errorf("amendment %d of sale %q after amendment %d", a.Number, a.Sale, s.amended)
	}
	return sums(a.Lines, a.Freight, a.Total)
}

// sold checks that a sale is known, in the currency of a document about it.
func (l *ledger) sold(sale, currency string) error {
	if err := l.known(sale); err != nil {
		return err
	}
	if c := l.sales[sale].currency; c != currency {
		return fmt.Errorf("a document in %s for a sale in %s", currency, c)
	}
	return nil
}

// creditable checks that a credit note is of a known sale, or of a return of a customer.
func (l *ledger) creditable(c *creditDoc) error {
	if c.Return == "" {
		return l.sold(c.Sale, c.Currency)
	}
	if c.Sale != "" || c.Invoice != "" || c.Customer == "" {
		return fmt.Errorf("a credit note of return %q names sale %q, invoice %q and customer %q: it names a customer alone", c.Return, c.Sale, c.Invoice, c.Customer)
	}
	return nil
}

// owes checks that a credit note gives something, and no more than its invoice still asks.
func (l *ledger) owes(c *creditDoc) error {
	if c.Return != "" {
		if decimal.MustParse(c.Total).Sign() <= 0 {
			return fmt.Errorf("a credit note of %s for a return", c.Total)
		}
		return nil
	}
	owed, known := l.sales[c.Sale].owed[c.Invoice]
	if !known {
		return fmt.Errorf("sale %q has no invoice %q", c.Sale, c.Invoice)
	}
	if total := decimal.MustParse(c.Total); total.Sign() <= 0 || total.Cmp(owed) > 0 {
		return fmt.Errorf("a credit note of %s for an invoice that still asks %s", total, owed)
	}
	return nil
}

// sums checks that lines and freight make the total, exactly.
func sums(lines []SaleLine, freight, total string) error {
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
	case p.Amendment != nil:
		l.amend(p.Amendment, p.Hash)
	case p.Shipment != nil:
		l.ship(p.Shipment, p.Hash)
	case p.Invoice != nil:
		number, total := l.number("INV"), decimal.MustParse(p.Invoice.Total)
		l.invoices[p.Invoice.Reference] = &posted{number, p.Hash}
		l.sales[p.Invoice.Sale].owed[number] = total
		l.money[p.Invoice.Currency] = plus(l.money[p.Invoice.Currency], total)
	case p.Return != nil:
		l.rule(p.Return, p.Hash)
	case p.Credit != nil:
		total := decimal.MustParse(p.Credit.Total)
		l.credits[p.Credit.Reference] = &posted{l.number("CN"), p.Hash}
		if p.Credit.Return == "" {
			owed := l.sales[p.Credit.Sale].owed
			owed[p.Credit.Invoice] = plus(owed[p.Credit.Invoice], total.Neg())
		} else {
			l.unsold++
		}
		l.back[p.Credit.Currency] = plus(l.back[p.Credit.Currency], total)
	default:
		l.finish(l.sales[p.Close.Sale])
	}
}

// plus adds amounts of at most 19 digits in sum; more is no book of a twin.
func plus(a, b decimal.Decimal) decimal.Decimal {
	sum, err := a.Add(b)
	if err != nil {
		panic(fmt.Sprintf("adding %s and %s: %v", a, b, err))
	}
	return sum
}

func (l *ledger) number(kind string) string {
	l.numbers[kind]++
	return fmt.Sprintf("%s-%07d", kind, l.numbers[kind])
}

func (l *ledger) sell(doc *saleDoc, hash string) {
	s := &sale{number: l.number("SO"), currency: doc.Currency, hash: hash, goods: make(map[string]*saleGoods), owed: make(map[string]decimal.Decimal)}
	l.want(s, doc.Lines, doc.Freight, doc.Total)
	l.sales[doc.Reference] = s
}

func (l *ledger) amend(doc *amendmentDoc, hash string) {
	s := l.sales[doc.Sale]
	l.amendments[doc.Reference] = &posted{l.number("AM"), hash}
	s.amended, s.amendments = doc.Number, append(s.amendments, doc.Reference)
	l.want(s, doc.Lines, doc.Freight, doc.Total)
}

// want puts lines in place of those of a sale.
func (l *ledger) want(s *sale, lines []SaleLine, freight, total string) {
	s.lines, s.freight, s.total = lines, freight, total
	for _, g := range s.goods {
		g.wanted = 0
	}
	for _, line := range lines {
		if !line.Service {
			s.of(line.Product).wanted += line.Quantity
		}
	}
	for product, g := range s.goods {
		g.most = max(g.most, g.wanted)
		l.balance(s, product, g)
	}
}

// of is a product of a sale.
func (s *sale) of(product string) *saleGoods {
	g := s.goods[product]
	if g == nil {
		g = new(saleGoods)
		s.goods[product] = g
	}
	return g
}

// balance sells what is wanted of a product, or what left of it, as far as it was ever
// wanted.
func (l *ledger) balance(s *sale, product string, g *saleGoods) {
	if s.closed {
		return
	}
	change := max(g.wanted, min(g.left, g.most)) - g.sold
	g.sold += change
	again := min(change, g.off) // all of what is taken off, when it is below zero
	g.off -= again
	l.units.Cancelled -= again
	l.units.Ordered += change - again
	l.net[product] -= change
	l.units.Open += change
}

func (l *ledger) ship(doc *shipmentDoc, hash string) {
	s := l.sales[doc.Sale]
	l.shipments[doc.Reference] = &posted{l.number("SHP"), hash}
	for _, line := range doc.Lines {
		g := s.of(line.Product)
		g.left += line.Quantity
		l.units.Shipped += line.Quantity
		l.units.Open -= line.Quantity
		l.balance(s, line.Product, g)
	}
}

// finish gives back to net stock what a sale still has open.
func (l *ledger) finish(s *sale) {
	s.closed = true
	for product, g := range s.goods {
		open := g.sold - g.left
		g.sold -= open
		l.net[product] += open
		l.units.Cancelled += open
		l.units.Open -= open
	}
}
