package sandbox

import (
	"net/http"
	"time"
)

// ThreePL is the twin of a logistics firm that ships for others. It counts in
// cases and eaches by its own item master and speaks of shipments.
//
//	POST /shipments                    {reference_id, order_id, products[{ref, sku, quantity{cases, eaches, per_case}, min_expiry}]}
//	POST /shipments/{ref}/cancel       answered 409 once it is labelled
//	GET  /shipments/{ref}
//	POST /inbound                      {reference_id, sku, quantity{...}, expected_at, kind: receiving | correction, note}
//	GET  /events?after=&limit=&wait=
//	GET  /books, GET /calls
//
// Words: Processing, Picked, Exception, Labeled, Completed, Cancelled,
// CancelRejected for shipments; Received, Corrected and Dispatched (what left under a
// shipment, when goods issues are told) for stock. A quantity
// that is said with per_case is taken by that; what the firm says is always by
// its own master, which the last inbound set.
type ThreePL struct{ *yard }

// Packed is a quantity in cases of PerCase units and single eaches, both of the
// same sign.
type Packed struct {
	Cases   int64 `json:"cases"`
	Eaches  int64 `json:"eaches"`
	PerCase int64 `json:"per_case"`
}

func (p Packed) units() int64 { return p.Cases*p.PerCase + p.Eaches }

func pack(units, perCase int64) Packed {
	perCase = max(1, perCase)
	return Packed{Cases: units / perCase, Eaches: units % perCase, PerCase: perCase}
}

// StartThreePL opens the books and listens.
func StartThreePL(opts Options) (*ThreePL, error) {
	mux := http.NewServeMux()
	t := &ThreePL{}
	mux.HandleFunc("POST /shipments", func(w http.ResponseWriter, r *http.Request) { t.ship(w, r) })
	mux.HandleFunc("GET /shipments/{ref}", func(w http.ResponseWriter, r *http.Request) { t.show(w, r) })
	mux.HandleFunc("POST /shipments/{ref}/cancel", func(w http.ResponseWriter, r *http.Request) { t.cancel(w, r) })
	mux.HandleFunc("POST /inbound", func(w http.ResponseWriter, r *http.Request) { t.inbound(w, r) })
	var err error
	t.yard, err = openYard(opts, mux, express, renderThreePL)
	if err != nil {
		return nil, err
	}
	return t, nil
}

type product struct {
	Ref      string `json:"ref"`
	SKU      string `json:"sku"`
	Quantity Packed `json:"quantity"`
	// MinExpiry is the day before which no picked lot may expire.
	MinExpiry string `json:"min_expiry,omitempty"`
}

type threePLShipment struct {
	ReferenceID string    `json:"reference_id"`
	OrderID     string    `json:"order_id"`
	Products    []product `json:"products"`
}

func (t *ThreePL) ship(w http.ResponseWriter, r *http.Request) {
	var doc threePLShipment
	if !read(w, r, &doc) {
		return
	}
	lines := make([]line, len(doc.Products))
	for i, p := range doc.Products {
		lines[i] = line{Line: p.Ref, Item: p.SKU, Units: p.Quantity.units(), BestBefore: p.MinExpiry}
	}
	if doc.ReferenceID == "" || !validLines(lines) {
		refuse(w, http.StatusUnprocessableEntity, "a shipment needs a reference and products with a quantity above 0")
		return
	}
	placeOrder(t.yard, w, r, orderDoc{doc.ReferenceID, doc.OrderID, lines}, t.state)
}

// state is a shipment as the firm shows it. The caller holds the lock.
func (t *ThreePL) state(ref string) any {
	o := t.book.orders[ref]
	return map[string]string{"reference_id": ref, "id": o.number, "status": threePLWords[o.step]}
}

func (t *ThreePL) show(w http.ResponseWriter, r *http.Request) {
	showOrder(t.yard, w, r.PathValue("ref"), "unknown shipment", t.state)
}

func (t *ThreePL) cancel(w http.ResponseWriter, r *http.Request) {
	cancelOrder(t.yard, w, r, r.PathValue("ref"), t.state)
}

type threePLInbound struct {
	ReferenceID string    `json:"reference_id"`
	SKU         string    `json:"sku"`
	Quantity    Packed    `json:"quantity"`
	ExpectedAt  time.Time `json:"expected_at"`
	Kind        string    `json:"kind"`
	Note        string    `json:"note"`
}

func (t *ThreePL) inbound(w http.ResponseWriter, r *http.Request) {
	var doc threePLInbound
	if !read(w, r, &doc) {
		return
	}
	units, correction := doc.Quantity.units(), doc.Kind == "correction"
	if doc.ReferenceID == "" || doc.SKU == "" || units == 0 || (units < 0 && !correction) || (!correction && doc.Kind != "receiving") {
		refuse(w, http.StatusUnprocessableEntity, "an inbound needs a reference, a sku, a kind receiving or correction and a quantity, negative only to correct")
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	adviseDepot(t.yard, w, r, advice{
		Number: doc.ReferenceID, Item: doc.SKU, Units: units, PerCase: doc.Quantity.PerCase, Due: doc.ExpectedAt.UTC(), Adjust: correction, Reason: doc.Note,
	})
}

// threePLEvent is a line of the firm's feed.
type threePLEvent struct {
	Seq         int64     `json:"seq"`
	CreatedAt   time.Time `json:"created_at"`
	Status      string    `json:"status"`
	ReferenceID string    `json:"reference_id"`
	OrderID     string    `json:"order_id,omitempty"`
	ID          string    `json:"id"`
	Products    []product `json:"products,omitempty"`
	Carrier     string    `json:"carrier,omitempty"`
	TrackingNo  string    `json:"tracking_number,omitempty"`
	SKU         string    `json:"sku,omitempty"`
	Quantity    *Packed   `json:"quantity,omitempty"`
}

var threePLWords = map[string]string{
	received: "Processing", picked: "Picked", short: "Exception", packed: "Labeled", shipped: "Completed",
	cancelled: "Cancelled", refused: "CancelRejected", arrived: "Received", adjusted: "Corrected", issued: "Dispatched",
}

func renderThreePL(h happening, items map[string]*Item) any {
	e := threePLEvent{Seq: h.Seq, CreatedAt: h.At, Status: threePLWords[h.Step], ReferenceID: h.Ref, OrderID: h.Customer, ID: h.Document}
	for _, l := range h.Lines {
		e.Products = append(e.Products, product{Ref: l.Line, SKU: l.Item, Quantity: pack(l.Units, items[l.Item].PerCase)})
	}
	if h.Item != "" {
		quantity := pack(h.Units, items[h.Item].PerCase)
		e.ReferenceID, e.SKU, e.Quantity = h.Advice, h.Item, &quantity
	}
	if h.Step == shipped {
		e.Carrier, e.TrackingNo = express.name, express.number(h)
	}
	return e
}
