package sandbox

import (
	"maps"
	"net/http"
	"slices"
	"time"
)

// Supplier is the twin of a supplier that ships its own goods for us, and sells them
// to others as well. It decides about each purchase by what it has free then.
//
//	POST /purchase-orders               {po_number, customer_reference, items[{position, article, pieces, best_before}]}
//	POST /purchase-orders/{no}/cancel   answered 409 once it is packed
//	GET  /purchase-orders/{no}
//	POST /stock-changes                 {number, article, pieces, reason}; negative when somebody else bought
//	GET  /stock                         {seq, time, articles[{article, free}]}
//	GET  /events?after=&limit=&wait=
//	GET  /books, GET /calls
//
// Words: Received; Confirmed, PartlyConfirmed or Declined with the pieces of each
// position; Packed, Dispatched, Withdrawn, WithdrawalRefused. GET /stock leaves out
// what was confirmed up to its seq, which counts the same events.
type Supplier struct{ *yard }

// StartSupplier opens the books and listens.
func StartSupplier(opts Options) (*Supplier, error) {
	mux := http.NewServeMux()
	s := &Supplier{}
	mux.HandleFunc("POST /purchase-orders", func(w http.ResponseWriter, r *http.Request) { s.order(w, r) })
	mux.HandleFunc("GET /purchase-orders/{no}", func(w http.ResponseWriter, r *http.Request) { s.show(w, r) })
	mux.HandleFunc("POST /purchase-orders/{no}/cancel", func(w http.ResponseWriter, r *http.Request) { s.cancel(w, r) })
	mux.HandleFunc("POST /stock-changes", func(w http.ResponseWriter, r *http.Request) { s.change(w, r) })
	mux.HandleFunc("GET /stock", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, s.Free()) })
	var err error
	s.yard, err = openYard(opts, mux, express, renderSupplier)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Make adds pieces of an article to what the supplier has, once a number.
func (s *Supplier) Make(number, article string, pieces int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.book.advices[number] != nil {
		return nil
	}
	_, err := s.record(time.Now(), entry{Advice: &advice{Number: number, Item: article, Units: pieces, Adjust: true, Reason: "MADE"}})
	return err
}

// FreeStock is what a supplier can still sell, up to an event of its feed.
type FreeStock struct {
	Seq      int64         `json:"seq"`
	Time     time.Time     `json:"time"`
	Articles []FreeArticle `json:"articles"`
}

// FreeArticle is what a supplier can still sell of an article.
type FreeArticle struct {
	Article string `json:"article"`
	Free    int64  `json:"free"`
}

// Free is what the supplier can still sell.
func (s *Supplier) Free() FreeStock {
	s.mu.Lock()
	defer s.mu.Unlock()
	free := FreeStock{Seq: s.book.seq, Time: s.opts.Now(), Articles: []FreeArticle{}}
	for _, name := range slices.Sorted(maps.Keys(s.book.items)) {
		it := s.book.items[name]
		free.Articles = append(free.Articles, FreeArticle{name, max(0, it.OnHand-it.picked)})
	}
	return free
}

type supplierPosition struct {
	Position string `json:"position"`
	Article  string `json:"article"`
	Pieces   int64  `json:"pieces"`
	Declined int64  `json:"declined,omitempty"`
	// BestBefore is the day before which no lot that is sold may expire.
	BestBefore string `json:"best_before,omitempty"`
	Reason     string `json:"reason,omitempty"`
}

type supplierOrder struct {
	PONumber string             `json:"po_number"`
	Customer string             `json:"customer_reference"`
	Items    []supplierPosition `json:"items"`
}

func (s *Supplier) order(w http.ResponseWriter, r *http.Request) {
	var doc supplierOrder
	if !read(w, r, &doc) {
		return
	}
	lines := make([]line, len(doc.Items))
	for i, p := range doc.Items {
		lines[i] = line{Line: p.Position, Item: p.Article, Units: p.Pieces, BestBefore: p.BestBefore}
	}
	if doc.PONumber == "" || !validLines(lines) {
		refuse(w, http.StatusUnprocessableEntity, "a purchase order needs a number and items with an article and pieces above 0")
		return
	}
	placeOrder(s.yard, w, r, orderDoc{doc.PONumber, doc.Customer, lines}, s.state)
}

// state is a purchase order as the supplier shows it. The caller holds the lock.
func (s *Supplier) state(no string) any {
	o := s.book.orders[no]
	return map[string]string{"po_number": no, "number": o.number, "state": supplierWords[o.step]}
}

func (s *Supplier) show(w http.ResponseWriter, r *http.Request) {
	showOrder(s.yard, w, r.PathValue("no"), "no such purchase order", s.state)
}

func (s *Supplier) cancel(w http.ResponseWriter, r *http.Request) {
	cancelOrder(s.yard, w, r, r.PathValue("no"), s.state)
}

type supplierChange struct {
	Number  string `json:"number"`
	Article string `json:"article"`
	Pieces  int64  `json:"pieces"`
	Reason  string `json:"reason"`
}

func (s *Supplier) change(w http.ResponseWriter, r *http.Request) {
	var doc supplierChange
	if !read(w, r, &doc) {
		return
	}
	if doc.Number == "" || doc.Article == "" || doc.Pieces == 0 {
		refuse(w, http.StatusUnprocessableEntity, "a change of stock needs a number, an article and pieces")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	adviseDepot(s.yard, w, r, advice{Number: doc.Number, Item: doc.Article, Units: doc.Pieces, Adjust: true, Reason: doc.Reason})
}

// supplierEvent is a line of the supplier's feed.
type supplierEvent struct {
	Seq      int64              `json:"seq"`
	Time     time.Time          `json:"time"`
	Type     string             `json:"type"`
	PONumber string             `json:"po_number,omitempty"`
	Customer string             `json:"customer_reference,omitempty"`
	Number   string             `json:"number"`
	Items    []supplierPosition `json:"items,omitempty"`
	Carrier  string             `json:"carrier,omitempty"`
	Tracking string             `json:"tracking,omitempty"`
}

var supplierWords = map[string]string{
	received: "Received", picked: "Confirmed", short: "PartlyConfirmed", packed: "Packed", shipped: "Dispatched",
	cancelled: "Withdrawn", refused: "WithdrawalRefused", arrived: "StockChanged", adjusted: "StockChanged",
}

func renderSupplier(h happening, _ map[string]*Item) any {
	e := supplierEvent{Seq: h.Seq, Time: h.At, Type: supplierWords[h.Step], PONumber: h.Ref, Customer: h.Customer, Number: h.Document}
	for _, l := range h.Lines {
		e.Items = append(e.Items, supplierPosition{Position: l.Line, Article: l.Item, Pieces: l.Units})
	}
	declined := len(h.Decided) > 0
	for _, d := range h.Decided {
		p := supplierPosition{Position: d.Line, Article: d.Item, Pieces: d.Units, Declined: d.Missing}
		if d.Missing > 0 {
			p.Reason = "NOT_IN_STOCK"
		}
		declined = declined && d.Units == 0
		e.Items = append(e.Items, p)
	}
	if declined {
		e.Type = "Declined"
	}
	if h.Step == shipped {
		e.Carrier, e.Tracking = express.name, express.number(h)
	}
	return e
}
