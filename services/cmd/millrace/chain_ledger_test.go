package main_test

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
	sales     map[string]*account // by order id
	shipments map[string]string   // number by shipment id
	invoices  map[string]string
	numbers   int
}

// account is a sale and what became of it.
type account struct {
	number   string
	total    *big.Rat
	ordered  map[string]int64 // by line
	shipped  map[string]int64
	invoiced *big.Rat
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
	Sale      string   `json:"sale"`
	Lines     []priced `json:"lines"`
	Freight   string   `json:"freight"`
	Total     string   `json:"total"`
}

func newLedger() *ledger {
	return &ledger{cabinet: newCabinet(), sales: make(map[string]*account), shipments: make(map[string]string), invoices: make(map[string]string)}
}

func (l *ledger) call(method, path, key string, _ url.Values, body []byte) (int, any) {
	part := strings.Split(strings.Trim(path, "/"), "/")
	if method == http.MethodGet && len(part) == 2 {
		return l.find(part[0], part[1])
	}
	p := decode[paper](l.cabinet, body)
	post := map[string]func(paper) (int, any){"sales": l.sell, "shipments": l.ship, "invoices": l.bill}
	switch {
	case len(part) == 1 && post[part[0]] != nil:
		return l.take(key, part[0]+" "+p.Reference, body, func() (int, any) { return post[part[0]](p) })
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
	number := map[string]string{"shipments": l.shipments[reference], "invoices": l.invoices[reference]}[kind]
	if s := l.sales[reference]; kind == "sales" && s != nil {
		number = s.number
	}
	if number == "" {
		return http.StatusNotFound, nil
	}
	return http.StatusOK, map[string]string{"reference": reference, "number": number}
}

func (l *ledger) sell(p paper) (int, any) {
	s := &account{number: l.number("SO"), ordered: make(map[string]int64), shipped: make(map[string]int64), invoiced: new(big.Rat)}
	var fine bool
	if s.total, fine = sum(p); !fine {
		return l.refuse("sale %s does not add up", p.Reference)
	}
	for _, line := range p.Lines {
		s.ordered[line.Line] += line.Quantity
	}
	l.sales[p.Reference] = s
	return entered(p.Reference, s.number)
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
		if s.shipped[line.Line] > s.ordered[line.Line] {
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
