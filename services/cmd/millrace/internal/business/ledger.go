package business

import (
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
)

// ledger is a strict ERP with a book of its own: a document about a sale it does
// not know or that is closed, or that does not add up, is refused for good.
type ledger struct {
	*cabinet
	sales      map[string]*account // by order id
	amendments map[string]string   // number by reference
	shipments  map[string]string   // number by shipment id
	invoices   map[string]string
	credits    map[string]string
	doubled    map[string]bool // sales of which more may leave than was sold
	numbers    int
}

// account is a sale and what became of it.
type account struct {
	number   string
	total    *big.Rat         // and ordered are the most that there were: what an amendment takes off may leave all the same
	ordered  map[string]int64 // by line
	wanted   map[string]int64 // by line, as last amended
	amended  int64            // number of the last amendment
	shipped  map[string]int64
	invoiced *big.Rat
	credited *big.Rat
	closed   bool
}

type priced struct {
	Line     string `json:"line"`
	Quantity int64  `json:"quantity"`
	Amount   string `json:"amount"`
}

// paper is any document that the ERP takes.
type paper struct {
	Reference string   `json:"reference"`
	Number    int64    `json:"number"`
	Sale      string   `json:"sale"`
	Lines     []priced `json:"lines"`
	Freight   string   `json:"freight"`
	Total     string   `json:"total"`
}

func newLedger() *ledger {
	return &ledger{cabinet: newCabinet(), sales: make(map[string]*account), amendments: make(map[string]string), shipments: make(map[string]string), invoices: make(map[string]string), credits: make(map[string]string)}
}

func (l *ledger) call(method, path, key string, _ url.Values, body []byte) (int, any) {
	part := strings.Split(strings.Trim(path, "/"), "/")
	switch {
	case method == http.MethodGet && len(part) == 2:
		return l.find(part[0], part[1])
	case method == http.MethodGet && len(part) == 4:
		return l.find(part[2], part[3])
	}
	p := decode[paper](l.cabinet, body)
	post := map[string]func(paper) (int, any){"sales": l.sell, "shipments": l.ship, "invoices": l.bill, "credits": l.credit}
	switch {
	case len(part) == 1 && post[part[0]] != nil:
		return l.take(key, part[0]+" "+p.Reference, body, func() (int, any) { return post[part[0]](p) })
	case len(part) == 3 && part[2] == "amendments":
		return l.take(key, "amendments "+p.Reference, body, func() (int, any) { return l.amend(part[1], p) })
	case len(part) == 3 && part[2] == "close":
		return l.take(key, "close "+part[1], body, func() (int, any) { return l.close(part[1]) })
	}
	l.complain("%s %s is not served", method, path)
	return http.StatusNotFound, nil
}

func (l *ledger) number(kind string) string {
	l.numbers++
	return fmt.Sprintf("%s-%d", kind, l.numbers)
}

func entered(reference, number string) (int, any) {
	return http.StatusCreated, map[string]string{"reference": reference, "number": number}
}

func (l *ledger) refuse(format string, args ...any) (int, any) {
	l.complain(format, args...)
	return http.StatusUnprocessableEntity, fmt.Sprintf(format, args...)
}

func (l *ledger) find(kind, reference string) (int, any) {
	number := map[string]string{"amendments": l.amendments[reference], "shipments": l.shipments[reference], "invoices": l.invoices[reference], "credits": l.credits[reference]}[kind]
	if s := l.sales[reference]; kind == "sales" && s != nil {
		number = s.number
	}
	if number == "" {
		return http.StatusNotFound, nil
	}
	return http.StatusOK, map[string]string{"reference": reference, "number": number}
}

func (l *ledger) sell(p paper) (int, any) {
	s := &account{number: l.number("SO"), ordered: make(map[string]int64), shipped: make(map[string]int64), invoiced: new(big.Rat), credited: new(big.Rat)}
	var fine bool
	if s.total, fine = sum(p); !fine {
		return l.refuse("sale %s does not add up", p.Reference)
	}
	s.want(p)
	l.sales[p.Reference] = s
	return entered(p.Reference, s.number)
}

// want takes the lines of a sale or an amendment.
func (s *account) want(p paper) {
	s.wanted = make(map[string]int64)
	for _, line := range p.Lines {
		s.wanted[line.Line] += line.Quantity
		s.ordered[line.Line] = max(s.ordered[line.Line], s.wanted[line.Line])
	}
}

// amend puts other lines in place of those of a sale, by amendments that are newer
// each time.
func (l *ledger) amend(sale string, p paper) (int, any) {
	p.Sale = sale
	s, fault := l.open(p)
	total, fine := sum(p)
	switch {
	case s == nil:
		return l.refuse("amendment: %s", fault)
	case !fine || p.Number <= s.amended:
		return l.refuse("amendment %s after %d: adds up %v", p.Reference, s.amended, fine)
	}
	s.amended = p.Number
	if total.Cmp(s.total) > 0 {
		s.total = total
	}
	s.want(p)
	l.amendments[p.Reference] = l.number("AM")
	return entered(p.Reference, l.amendments[p.Reference])
}

// open finds the sale of a document.
func (l *ledger) open(p paper) (*account, string) {
	s := l.sales[p.Sale]
	switch {
	case s == nil:
		return nil, fmt.Sprintf("document %s is about sale %s, which is not known", p.Reference, p.Sale)
	case s.closed:
		return nil, fmt.Sprintf("document %s is about sale %s, which is closed", p.Reference, p.Sale)
	}
	return s, ""
}

func (l *ledger) ship(p paper) (int, any) {
	s, fault := l.open(p)
	if s == nil {
		return l.refuse("shipment: %s", fault)
	}
	for _, line := range p.Lines {
		s.shipped[line.Line] += line.Quantity
		if s.shipped[line.Line] > s.ordered[line.Line] && !l.doubled[p.Sale] {
			return l.refuse("shipment %s: line %s left %d times, %d were ordered", p.Reference, line.Line, s.shipped[line.Line], s.ordered[line.Line])
		}
	}
	l.shipments[p.Reference] = l.number("SH")
	return entered(p.Reference, l.shipments[p.Reference])
}

func (l *ledger) bill(p paper) (int, any) {
	s := l.sales[p.Sale]
	total, fine := sum(p)
	if s == nil || !fine {
		return l.refuse("invoice %s of sale %s: known %v, adds up %v", p.Reference, p.Sale, s != nil, fine)
	}
	s.invoiced.Add(s.invoiced, total)
	if s.invoiced.Cmp(s.total) > 0 {
		return l.refuse("invoice %s: %s are billed of sale %s of %s", p.Reference, s.invoiced, p.Sale, s.total)
	}
	l.invoices[p.Reference] = l.number("IN")
	return entered(p.Reference, l.invoices[p.Reference])
}

// credit posts a credit note about a sale, for no more than it was billed.
func (l *ledger) credit(p paper) (int, any) {
	s := l.sales[p.Sale]
	total, fine := sum(p)
	if s == nil || !fine {
		return l.refuse("credit %s of sale %s: known %v, adds up %v", p.Reference, p.Sale, s != nil, fine)
	}
	s.credited.Add(s.credited, total)
	if s.credited.Cmp(s.invoiced) > 0 {
		return l.refuse("credit %s: %s are credited of sale %s, invoiced are %s", p.Reference, s.credited.FloatString(2), p.Sale, s.invoiced.FloatString(2))
	}
	l.credits[p.Reference] = l.number("CN")
	return entered(p.Reference, l.credits[p.Reference])
}

func (l *ledger) close(sale string) (int, any) {
	s := l.sales[sale]
	if s == nil || s.closed {
		return l.refuse("closing sale %s: known %v", sale, s != nil)
	}
	s.closed = true
	return entered(sale, s.number)
}

// sum adds up a document and says whether its total is right.
func sum(p paper) (*big.Rat, bool) {
	total, fine := new(big.Rat).SetString(p.Total)
	rest, ok := new(big.Rat).SetString(p.Freight)
	fine = fine && ok
	for _, l := range p.Lines {
		amount, ok := new(big.Rat).SetString(l.Amount)
		if fine = fine && ok; !fine {
			return nil, false
		}
		rest.Add(rest, amount)
	}
	return total, fine && rest.Cmp(total) == 0
}
