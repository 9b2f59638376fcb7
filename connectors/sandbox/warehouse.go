package sandbox

import (
	"net/http"
	"slices"
	"time"
)

// Warehouse is the twin of an own warehouse's management system (WMS).
//
//	POST /orders                {order_no, customer_order, lines[{line, item, units, best_before}]}
//	POST /orders/{no}/cancel    answered 409 once the order is packed
//	GET  /orders/{no}
//	POST /advices               {advice_no, item, units, due, adjust, reason}
//	GET  /events?after=&limit=&wait=
//	GET  /books, GET /calls
//
// Words: received, picked, short, packed, shipped, cancelled, cancel_refused
// for orders; goods_in and adjusted for stock. A number says what it is for
// ever: the same document again is answered again, another one is refused.
type Warehouse struct{ *yard }

// StartWarehouse opens the books and listens.
func StartWarehouse(opts Options) (*Warehouse, error) {
	mux := http.NewServeMux()
	w := &Warehouse{}
	mux.HandleFunc("POST /orders", func(rw http.ResponseWriter, r *http.Request) { w.order(rw, r) })
	mux.HandleFunc("GET /orders/{no}", func(rw http.ResponseWriter, r *http.Request) { w.show(rw, r) })
	mux.HandleFunc("POST /orders/{no}/cancel", func(rw http.ResponseWriter, r *http.Request) { w.cancel(rw, r) })
	mux.HandleFunc("POST /advices", func(rw http.ResponseWriter, r *http.Request) { w.advise(rw, r) })
	var err error
	w.yard, err = openYard(opts, mux, road, renderWarehouse)
	if err != nil {
		return nil, err
	}
	return w, nil
}

type warehouseOrder struct {
	OrderNo       string `json:"order_no"`
	CustomerOrder string `json:"customer_order"`
	Lines         []line `json:"lines"`
}

func (t *Warehouse) order(w http.ResponseWriter, r *http.Request) {
	var doc warehouseOrder
	if !read(w, r, &doc) {
		return
	}
	if doc.OrderNo == "" || !validLines(doc.Lines) {
		refuse(w, http.StatusUnprocessableEntity, "an order needs a number and lines with an item and units above 0")
		return
	}
	placeOrder(t.yard, w, r, orderDoc{doc.OrderNo, doc.CustomerOrder, doc.Lines}, t.state)
}

func validLines(lines []line) bool {
	for _, l := range lines {
		if l.Item == "" || l.Units <= 0 {
			return false
		}
	}
	return len(lines) > 0
}

// state is an order as the warehouse shows it. The caller holds the lock.
func (t *Warehouse) state(no string) any {
	o := t.book.orders[no]
	return map[string]string{"order_no": no, "wms_no": o.number, "state": o.step}
}

func (t *Warehouse) show(w http.ResponseWriter, r *http.Request) {
	showOrder(t.yard, w, r.PathValue("no"), "no such order", t.state)
}

func (t *Warehouse) cancel(w http.ResponseWriter, r *http.Request) {
	cancelOrder(t.yard, w, r, r.PathValue("no"), t.state)
}

// placeOrder is the same at every depot: the same again is taken once, another under
// the same number is refused. state shows an order, the lock being held.
func placeOrder(y *yard, w http.ResponseWriter, r *http.Request, doc orderDoc, state func(ref string) any) {
	y.mu.Lock()
	defer y.mu.Unlock()
	was := y.book.orders[doc.Ref]
	same := was != nil && was.Customer == doc.Customer && slices.Equal(was.Lines, doc.Lines)
	y.accept(w, r.Header.Get("Idempotency-Key"), was != nil, same, entry{Order: &doc}, func() any { return state(doc.Ref) })
}

// showOrder is the same at every depot; missing is how it says that it has none.
func showOrder(y *yard, w http.ResponseWriter, ref, missing string, state func(ref string) any) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.book.orders[ref] == nil {
		refuse(w, http.StatusNotFound, missing)
		return
	}
	answer(w, http.StatusOK, state(ref))
}

// cancelOrder is the same at every depot: done, done before, or too late.
func cancelOrder(y *yard, w http.ResponseWriter, r *http.Request, ref string, state func(ref string) any) {
	y.mu.Lock()
	defer y.mu.Unlock()
	o := y.book.orders[ref]
	if o == nil {
		refuse(w, http.StatusNotFound, "no such order")
		return
	}
	key := r.Header.Get("Idempotency-Key")
	if again := key != "" && y.book.keys[key] > 0; again {
		y.book.repeats++
	} else if o.step != cancelled {
		if _, err := y.record(time.Now(), entry{Key: key, Cancel: ref}); err != nil {
			refuse(w, http.StatusInternalServerError, err.Error())
			return
		}
	}
	if o.step != cancelled {
		answer(w, http.StatusConflict, state(ref))
		return
	}
	answer(w, http.StatusOK, state(ref))
}

type warehouseAdvice struct {
	AdviceNo string    `json:"advice_no"`
	Item     string    `json:"item"`
	Units    int64     `json:"units"`
	Due      time.Time `json:"due"`
	Adjust   bool      `json:"adjust"`
	Reason   string    `json:"reason"`
}

func (t *Warehouse) advise(w http.ResponseWriter, r *http.Request) {
	var doc warehouseAdvice
	if !read(w, r, &doc) {
		return
	}
	if doc.AdviceNo == "" || doc.Item == "" || doc.Units == 0 || (doc.Units < 0 && !doc.Adjust) {
		refuse(w, http.StatusUnprocessableEntity, "an advice needs a number, an item and units, negative only to adjust")
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	adviseDepot(t.yard, w, r, advice{Number: doc.AdviceNo, Item: doc.Item, Units: doc.Units, Due: doc.Due.UTC(), Adjust: doc.Adjust, Reason: doc.Reason})
}

// adviseDepot is the same at every depot.
func adviseDepot(y *yard, w http.ResponseWriter, r *http.Request, a advice) {
	was := y.book.advices[a.Number]
	same := was != nil && was.Item == a.Item && was.Units == a.Units && was.Adjust == a.Adjust
	y.accept(w, r.Header.Get("Idempotency-Key"), was != nil, same, entry{Advice: &a},
		func() any { return map[string]any{"advice_no": a.Number, "done": y.book.advices[a.Number].done} })
}

// warehouseEvent is a line of the warehouse's feed.
type warehouseEvent struct {
	Seq           int64     `json:"seq"`
	At            time.Time `json:"at"`
	Event         string    `json:"event"`
	OrderNo       string    `json:"order_no,omitempty"`
	CustomerOrder string    `json:"customer_order,omitempty"`
	Document      string    `json:"document,omitempty"`
	Lines         []line    `json:"lines,omitempty"`
	Carrier       string    `json:"carrier,omitempty"`
	Tracking      string    `json:"tracking,omitempty"`
	AdviceNo      string    `json:"advice_no,omitempty"`
	Item          string    `json:"item,omitempty"`
	Units         int64     `json:"units,omitempty"`
}

var warehouseWords = map[string]string{refused: "cancel_refused", arrived: "goods_in", issued: "goods_out"}

func renderWarehouse(h happening, _ map[string]*Item) any {
	e := warehouseEvent{
		Seq: h.Seq, At: h.At, Event: h.Step, OrderNo: h.Ref, CustomerOrder: h.Customer, Document: h.Document,
		Lines: h.Lines, AdviceNo: h.Advice, Item: h.Item, Units: h.Units,
	}
	if word := warehouseWords[h.Step]; word != "" {
		e.Event = word
	}
	if h.Step == shipped {
		e.Carrier, e.Tracking = road.name, road.number(h)
	}
	return e
}
