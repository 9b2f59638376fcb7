package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"sync"
	"time"
)

// Bank is the twin of a payment provider.
//
//	POST /authorizations        {reference, order, shopper, amount, currency}
//	POST /captures, /reversals, /refunds  {reference, authorization, amount, currency}
//	GET  /operations/{reference}
//	GET  /books, GET /calls
//
// Amounts are minor units. What is declined is answered with 201 as well: it is a
// verdict, with a code. A reference is unique: the same document again has the
// same answer, another one is refused with 409. An authorization lapses.
type Bank struct {
	*host
	mu      sync.Mutex
	book    *vault
	journal *journal
	fault   error // of the journal: nothing more is accepted
	closed  bool
}

// BankBooks is what the payment provider believes.
type BankBooks struct {
	Twin      string              `json:"twin"`
	Sums      map[string]BankSums `json:"sums"` // by currency
	Declined  int                 `json:"declined"`
	Documents int                 `json:"documents"`
	Keys      int                 `json:"keys"`
	Repeats   int                 `json:"repeats"`
}

// StartBank opens the books and listens.
func StartBank(opts Options) (*Bank, error) {
	opts = opts.withDefaults()
	b := &Bank{book: newVault()}
	var err error
	b.journal, err = openJournal(opts.Dir, opts.Name, func(o operation) error {
		b.book.apply(&o)
		return nil
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for _, kind := range []string{"authorizations", "captures", "reversals", "refunds"} {
		mux.HandleFunc("POST /"+kind, func(w http.ResponseWriter, r *http.Request) { b.serve(w, r, kind) })
	}
	mux.HandleFunc("GET /operations/{reference}", b.show)
	mux.HandleFunc("GET /books", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, b.Books()) })
	if b.host, err = listen(opts, mux); err != nil {
		_ = b.journal.Close() // the port is what failed
		return nil, err
	}
	return b, nil
}

// serve takes one document.
func (b *Bank) serve(w http.ResponseWriter, r *http.Request, kind string) {
	o := &operation{Kind: kind, Key: r.Header.Get("Idempotency-Key")}
	digest := sha256.New()
	r.Body = io.NopCloser(io.TeeReader(r.Body, digest))
	if !read(w, r, &o.Doc) {
		return
	}
	if o.Doc.Reference == "" {
		refuse(w, http.StatusUnprocessableEntity, "an operation needs a reference")
		return
	}
	o.Hash = kind + " " + hex.EncodeToString(digest.Sum(nil)[:16])
	b.take(w, o)
}

// take books a document once.
func (b *Bank) take(w http.ResponseWriter, o *operation) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if was := b.book.operations[o.Doc.Reference]; was != nil {
		if was.Hash != o.Hash {
			refuse(w, http.StatusConflict, "reference "+o.Doc.Reference+" was used for another operation")
			return
		}
		b.book.repeats++
		w.Header().Set("Idempotent-Replayed", "true")
		answer(w, http.StatusOK, b.slip(was))
		return
	}
	if err := b.book.check(o); err != nil {
		refuse(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	b.decide(o)
	if b.fault == nil {
		b.fault = write(b.journal, o)
	}
	if b.fault != nil {
		refuse(w, http.StatusInternalServerError, b.fault.Error())
		return
	}
	b.book.apply(o)
	answer(w, http.StatusCreated, b.slip(o))
}

// decide approves or declines. Buyers lack money as often as the profile says.
func (b *Bank) decide(o *operation) {
	o.ID, o.At = b.book.number(), b.opts.Now().UTC()
	takes := o.Kind == "authorizations" || o.Kind == "captures"
	if o.Code = b.book.verdict(o); o.Code == "" && takes && b.dice.roll("purse "+o.Doc.Reference, 0) < b.opts.Profile.Declined {
		o.Code = "insufficient_funds"
	}
	if o.Kind == "authorizations" && o.Code == "" {
		expires := o.At.Add(b.opts.Profile.lapse())
		o.Expires = &expires
	}
}

// slip is the answer about an operation.
func (b *Bank) slip(o *operation) any {
	result := map[bool]string{true: "approved", false: "declined"}[o.Code == ""]
	return struct {
		Reference     string     `json:"reference"`
		ID            string     `json:"id"`
		Authorization string     `json:"authorization"`
		Result        string     `json:"result"`
		Code          string     `json:"code,omitempty"`
		Amount        int64      `json:"amount"`
		Currency      string     `json:"currency"`
		Method        string     `json:"method"`
		At            time.Time  `json:"at"`
		Expires       *time.Time `json:"expires,omitempty"`
	}{o.Doc.Reference, o.ID, b.book.authorization(o), result, o.Code, o.Doc.Amount, o.Doc.Currency, "card", o.At, o.Expires}
}

func (b *Bank) show(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o := b.book.operations[r.PathValue("reference")]
	if o == nil {
		refuse(w, http.StatusNotFound, "nothing has the reference "+r.PathValue("reference"))
		return
	}
	answer(w, http.StatusOK, b.slip(o))
}

// Books returns a copy of the twin's books.
func (b *Bank) Books() BankBooks {
	b.mu.Lock()
	defer b.mu.Unlock()
	books := BankBooks{Twin: b.opts.Name, Sums: make(map[string]BankSums), Declined: b.book.declined, Keys: len(b.book.keys), Repeats: b.book.repeats}
	for currency, sums := range b.book.sums {
		books.Sums[currency] = *sums
	}
	for _, n := range b.book.keys {
		books.Documents += n
	}
	return books
}

// Close stops the twin; what it has written stays.
func (b *Bank) Close() error {
	if b.closed {
		return nil
	}
	b.closed = true
	err := b.close()
	b.mu.Lock()
	defer b.mu.Unlock()
	if failed := b.journal.Close(); err == nil {
		err = failed
	}
	return err
}
