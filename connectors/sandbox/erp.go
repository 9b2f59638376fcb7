package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"sync"
	"time"
)

// ERP is the twin of a system of record.
//
//	POST /sales                 {reference, customer, channel, their_number, currency, date, lines[...], freight, total}
//	GET  /sales/{reference}
//	POST /shipments             {reference, sale, from, date, lines[{line, product, quantity}]}
//	POST /invoices              {reference, sale, shipment, currency, date, lines[...], freight, total}
//	POST /sales/{reference}/close  {reason}: cancels what is open
//	GET  /books, GET /calls
//
// Amounts are decimal strings and must add up. A reference is unique: the same
// document again is answered with its number again, another one is refused.
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
	Shipments int               `json:"shipments"`
	Invoices  int               `json:"invoices"`
	Units     SaleUnits         `json:"units"`
	Invoiced  map[string]string `json:"invoiced"` // by currency, decimal
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
	mux.HandleFunc("POST /sales/{reference}/close", post(e, func(r *http.Request, d *closeDoc) (posting, string) {
		d.Sale = r.PathValue("reference")
		return posting{Close: d}, d.Sale
	}))
	for _, kind := range []string{"sales", "shipments", "invoices"} {
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
		answer(w, http.StatusOK, receipt(reference, number))
		return
	}
	if err := e.book.check(p); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	p.At = time.Now().UTC()
	if e.fault == nil {
		e.fault = write(e.journal, p)
	}
	if e.fault != nil {
		refuse(w, http.StatusInternalServerError, e.fault.Error())
		return
	}
	e.book.apply(p)
	number, _, _ := e.find(p, reference)
	answer(w, http.StatusCreated, receipt(reference, number))
}

func receipt(reference, number string) map[string]string {
	return map[string]string{"reference": reference, "number": number}
}

// find looks a document up by its kind and reference. A sale that is closed
// counts as the same closing, whatever its reason.
func (e *ERP) find(p posting, reference string) (number, hash string, known bool) {
	switch s := e.book.sales[reference]; {
	case p.Sale != nil && s != nil:
		return s.number, s.hash, true
	case p.Close != nil && s != nil && s.closed:
		return s.number, p.Hash, true
	case p.Shipment != nil:
		return numberOf(e.book.shipments[reference])
	case p.Invoice != nil:
		return numberOf(e.book.invoices[reference])
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
	probe := map[string]posting{"sales": {Sale: &saleDoc{}}, "shipments": {Shipment: &shipmentDoc{}}, "invoices": {Invoice: &invoiceDoc{}}}[kind]
	number, _, known := e.find(probe, reference)
	if !known {
		refuse(w, http.StatusNotFound, "nothing has the reference "+reference)
		return
	}
	answer(w, http.StatusOK, receipt(reference, number))
}

// Books returns a copy of the twin's books.
func (e *ERP) Books() ERPBooks {
	e.mu.Lock()
	defer e.mu.Unlock()
	b := ERPBooks{
		Twin: e.opts.Name, Sales: len(e.book.sales), Shipments: len(e.book.shipments), Invoices: len(e.book.invoices), Units: e.book.units,
		Invoiced: make(map[string]string), Net: make(map[string]int64, len(e.book.net)), Keys: len(e.book.keys), Repeats: e.book.repeats,
	}
	for currency, sum := range e.book.money {
		b.Invoiced[currency] = sum.String()
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
