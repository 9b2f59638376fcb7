package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"sync"
)

// ERP is the twin of a system of record.
//
//	POST /sales                 {reference, customer, channel, their_number, currency, date, lines[...], freight, total}
//	POST /sales/{reference}/amendments  {reference, number, reason, date, lines[...], freight, total}: all lines as they are from here on
//	GET  /sales/{reference}     as it is with its amendments
//	POST /shipments             {reference, sale, from, date, lines[{line, product, quantity}]}
//	POST /invoices              {reference, sale, shipment, currency, date, lines[...], freight, total}
//	POST /credits               {reference, sale, invoice, reason, currency, date, lines[...], freight, total};
//	                            {return, customer} in place of sale and invoice for goods of which no sale is known
//	POST /returns               {reference, channel, their_number, customer, reason, date, lines[{sale, line, product, quantity}]}:
//	                            may goods come back? The answer has decision, approved, declined or more_info, and reason
//	POST /sales/{reference}/close  {reason}: cancels what is open
//	GET  /books, GET /calls
//
// Amounts are decimal strings and must add up. A reference is unique: the same
// document again is answered with its number again, another one is refused, and so is
// an amendment with a lower number than the sale has seen, or of a closed sale. A credit
// note gives back no more than its invoice asks; it moves no stock.
type ERP struct {
	*host
	mu      sync.Mutex
	book    *ledger
	journal *journal
	fault   error // of the journal: nothing more is accepted
	closed  bool
}

// ERPBooks is what the ERP believes.
type ERPBooks struct {
	Twin      string            `json:"twin"`
	Sales     int               `json:"sales"`
	Amended   int               `json:"amended"` // amendments of sales
	Shipments int               `json:"shipments"`
	Invoices  int               `json:"invoices"`
	Credits   int               `json:"credits"`
	Unsold    int               `json:"credits_without_sale"` // of them, for returns of which no sale is known
	Returns   map[string]int    `json:"returns"`              // questions whether goods may come back, by what was decided
	Units     SaleUnits         `json:"units"`
	Invoiced  map[string]string `json:"invoiced"` // by currency, decimal
	Credited  map[string]string `json:"credited"` // by currency, decimal
	Net       map[string]int64  `json:"net"`      // by product: change of free stock since the beginning
	Documents int               `json:"documents"`
	Keys      int               `json:"keys"`
	Repeats   int               `json:"repeats"`
}

// StartERP opens the books and listens.
func StartERP(opts Options) (*ERP, error) {
	opts = opts.withDefaults()
	e := &ERP{book: newLedger()}
	var err error
	e.journal, err = openJournal(opts.Dir, opts.Name, func(p posting) error {
		e.book.apply(p)
		return nil
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /sales", post(e, func(r *http.Request, d *saleDoc) (posting, string) { return posting{Sale: d}, d.Reference }))
	mux.HandleFunc("POST /shipments", post(e, func(r *http.Request, d *shipmentDoc) (posting, string) { return posting{Shipment: d}, d.Reference }))
	mux.HandleFunc("POST /invoices", post(e, func(r *http.Request, d *invoiceDoc) (posting, string) { return posting{Invoice: d}, d.Reference }))
	mux.HandleFunc("POST /credits", post(e, func(r *http.Request, d *creditDoc) (posting, string) { return posting{Credit: d}, d.Reference }))
	mux.HandleFunc("POST /returns", post(e, func(r *http.Request, d *returnDoc) (posting, string) { return posting{Return: d}, d.Reference }))
	mux.HandleFunc("POST /sales/{reference}/amendments", post(e, func(r *http.Request, d *amendmentDoc) (posting, string) {
		d.Sale = r.PathValue("reference")
		return posting{Amendment: d}, d.Reference
	}))
	mux.HandleFunc("GET /sales/{reference}/amendments/{amendment}", func(w http.ResponseWriter, r *http.Request) { e.show(w, "amendments", r.PathValue("amendment")) })
	mux.HandleFunc("GET /sales/{reference}", e.showSale)
	mux.HandleFunc("POST /sales/{reference}/close", post(e, func(r *http.Request, d *closeDoc) (posting, string) {
		d.Sale = r.PathValue("reference")
		return posting{Close: d}, d.Sale
	}))
	for _, kind := range []string{"shipments", "invoices", "credits", "returns"} {
		mux.HandleFunc("GET /"+kind+"/{reference}", func(w http.ResponseWriter, r *http.Request) { e.show(w, kind, r.PathValue("reference")) })
	}
	mux.HandleFunc("GET /books", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, e.Books()) })
	if e.host, err = listen(opts, mux); err != nil {
		_ = e.journal.Close() // the port is what failed
		return nil, err
	}
	return e, nil
}

// post makes a route that takes one kind of document.
func post[D any](e *ERP, document func(*http.Request, *D) (posting, string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var d D
		digest := sha256.New()
		r.Body = io.NopCloser(io.TeeReader(r.Body, digest))
		if !read(w, r, &d) {
			return
		}
		p, reference := document(r, &d)
		p.Hash = hex.EncodeToString(digest.Sum(nil)[:16])
		p.Key = r.Header.Get("Idempotency-Key")
		if reference == "" {
			refuse(w, http.StatusUnprocessableEntity, "a document needs a reference")
			return
		}
		e.take(w, p, reference)
	}
}

// take books a document once.
func (e *ERP) take(w http.ResponseWriter, p posting, reference string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if number, was, known := e.find(p, reference); known {
		if was != p.Hash {
			refuse(w, http.StatusConflict, "reference "+reference+" was used for another document")
			return
		}
		e.book.repeats++
		w.Header().Set("Idempotent-Replayed", "true")
		answer(w, http.StatusOK, e.receipt(p, reference, number))
		return
	}
	if err := e.book.check(p); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	p.At = e.opts.Now().UTC()
	if e.fault == nil {
		e.fault = write(e.journal, p)
	}
	if e.fault != nil {
		refuse(w, http.StatusInternalServerError, e.fault.Error())
		return
	}
	e.book.apply(p)
	number, _, _ := e.find(p, reference)
	answer(w, http.StatusCreated, e.receipt(p, reference, number))
}

// receipt answers a document with its number, and a question with what was decided.
func (e *ERP) receipt(p posting, reference, number string) map[string]string {
	text := map[string]string{"reference": reference, "number": number}
	if p.Return != nil {
		r := e.book.returns[reference]
		text["decision"], text["reason"] = r.decision, r.reason
	}
	return text
}

// find looks a document up by its kind and reference. A sale that is closed
// counts as the same closing, whatever its reason.
func (e *ERP) find(p posting, reference string) (number, hash string, known bool) {
	switch s := e.book.sales[reference]; {
	case p.Sale != nil && s != nil:
		return s.number, s.hash, true
	case p.Close != nil && s != nil && s.closed:
		return s.number, p.Hash, true
	case p.Amendment != nil:
		return numberOf(e.book.amendments[reference])
	case p.Shipment != nil:
		return numberOf(e.book.shipments[reference])
	case p.Invoice != nil:
		return numberOf(e.book.invoices[reference])
	case p.Credit != nil:
		return numberOf(e.book.credits[reference])
	case p.Return != nil && e.book.returns[reference] != nil:
		return numberOf(&e.book.returns[reference].posted)
	}
	return "", "", false
}

func numberOf(p *posted) (number, hash string, known bool) {
	if p == nil {
		return "", "", false
	}
	return p.number, p.hash, true
}

func (e *ERP) show(w http.ResponseWriter, kind, reference string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	probe := map[string]posting{"amendments": {Amendment: &amendmentDoc{}}, "shipments": {Shipment: &shipmentDoc{}}, "invoices": {Invoice: &invoiceDoc{}}, "credits": {Credit: &creditDoc{}}, "returns": {Return: &returnDoc{}}}[kind]
	number, _, known := e.find(probe, reference)
	if !known {
		refuse(w, http.StatusNotFound, "nothing has the reference "+reference)
		return
	}
	answer(w, http.StatusOK, e.receipt(probe, reference, number))
}

// SaleView is a sale as it is with its amendments.
type SaleView struct {
	Reference  string           `json:"reference"`
	Number     string           `json:"number"`
	Currency   string           `json:"currency"`
	Lines      []SaleLine       `json:"lines"`
	Freight    string           `json:"freight"`
	Total      string           `json:"total"`
	Amendments []string         `json:"amendments"` // their references, the newest last
	Open       map[string]int64 `json:"open"`       // units of goods by product
	Closed     bool             `json:"closed"`
}

// Sale returns a sale, false when it is not known.
func (e *ERP) Sale(reference string) (SaleView, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.book.sales[reference]
	if s == nil {
		return SaleView{}, false
	}
	open := make(map[string]int64)
	for product, g := range s.goods {
		open[product] = g.sold - g.left
	}
	return SaleView{
		Reference: reference, Number: s.number, Currency: s.currency, Lines: slices.Clone(s.lines), Freight: s.freight, Total: s.total,
		Amendments: slices.Clone(s.amendments), Open: open, Closed: s.closed,
	}, true
}

func (e *ERP) showSale(w http.ResponseWriter, r *http.Request) {
	s, known := e.Sale(r.PathValue("reference"))
	if !known {
		refuse(w, http.StatusNotFound, "no sale has the reference "+r.PathValue("reference"))
		return
	}
	answer(w, http.StatusOK, s)
}

// Books returns a copy of the twin's books.
func (e *ERP) Books() ERPBooks {
	e.mu.Lock()
	defer e.mu.Unlock()
	b := ERPBooks{
		Twin: e.opts.Name, Sales: len(e.book.sales), Amended: len(e.book.amendments), Shipments: len(e.book.shipments), Invoices: len(e.book.invoices), Credits: len(e.book.credits), Unsold: e.book.unsold, Units: e.book.units,
		Returns: make(map[string]int), Invoiced: make(map[string]string), Credited: make(map[string]string), Net: make(map[string]int64, len(e.book.net)), Keys: len(e.book.keys), Repeats: e.book.repeats,
	}
	for _, r := range e.book.returns {
		b.Returns[r.decision]++
	}
	for currency, sum := range e.book.money {
		b.Invoiced[currency] = sum.String()
	}
	for currency, sum := range e.book.back {
		b.Credited[currency] = sum.String()
	}
	for product, units := range e.book.net {
		b.Net[product] = units
	}
	for _, n := range e.book.keys {
		b.Documents += n
	}
	return b
}

// Close stops the twin; what it has written stays.
func (e *ERP) Close() error {
	if e.closed {
		return nil
	}
	e.closed = true
	err := e.close()
	e.mu.Lock()
	defer e.mu.Unlock()
	if failed := e.journal.Close(); err == nil {
		err = failed
	}
	return err
}
