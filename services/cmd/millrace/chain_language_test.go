package main_test

import "time"

// happening is one piece of a depot's news before it is put into words.
type happening struct {
	step   string
	job    *job
	left   []unit // of a shipment
	notice notice
}

// The words of the two kinds of node.
var (
	plainWords = map[string]string{"refused": "cancel_refused", "arrived": "goods_in"}
	firmWords  = map[string]string{
		"received": "Processing", "picked": "Picked", "short": "Exception", "packed": "Labeled", "shipped": "Completed",
		"cancelled": "Cancelled", "refused": "CancelRejected", "arrived": "Received", "adjusted": "Corrected",
	}
)

// tell adds news in the depot's own words.
func (d *depot) tell(h happening) {
	d.seq++
	if d.cases {
		d.news = append(d.news, d.firmNews(h))
		return
	}
	d.news = append(d.news, d.plainNews(h))
}

func (d *depot) plainNews(h happening) map[string]any {
	word := h.step
	if w := plainWords[word]; w != "" {
		word = w
	}
	news := map[string]any{"seq": d.seq, "at": d.now().Format(time.RFC3339Nano), "event": word, "document": d.document()}
	if h.job == nil {
		news["advice_no"], news["item"], news["units"] = h.notice.number, h.notice.item, h.notice.units
		return news
	}
	news["order_no"], news["customer_order"] = h.job.ref, h.job.order
	if h.left != nil {
		lines := make([]map[string]any, len(h.left))
		for n, u := range h.left {
			lines[n] = map[string]any{"line": u.line, "item": u.item, "units": u.qty}
		}
		news["lines"], news["carrier"], news["tracking"] = lines, "Road", "R"+h.job.ref
	}
	return news
}

func (d *depot) firmNews(h happening) map[string]any {
	news := map[string]any{"seq": d.seq, "created_at": d.now().Format(time.RFC3339Nano), "status": firmWords[h.step], "id": d.document()}
	if h.job == nil {
		news["reference_id"], news["sku"], news["quantity"] = h.notice.number, h.notice.item, d.packed(h.notice.item, h.notice.units)
		return news
	}
	news["reference_id"], news["order_id"] = h.job.ref, h.job.order
	if h.left != nil {
		products := make([]map[string]any, len(h.left))
		for n, u := range h.left {
			products[n] = map[string]any{"ref": u.line, "sku": u.item, "quantity": d.packed(u.item, u.qty)}
		}
		news["products"], news["carrier"], news["tracking_number"] = products, "Parcel", "P"+h.job.ref
	}
	return news
}

// packed is a quantity by the firm's own master, which the last inbound set.
func (d *depot) packed(item string, units int64) map[string]int64 {
	per := max(1, d.perCase[item])
	return map[string]int64{"cases": units / per, "eaches": units % per, "per_case": per}
}

// quantity is cases and eaches as they stand in a document.
type quantity struct {
	Cases   int64 `json:"cases"`
	Eaches  int64 `json:"eaches"`
	PerCase int64 `json:"per_case"`
}

func (q quantity) units() int64 { return q.Cases*q.PerCase + q.Eaches }

func (d *depot) readJob(body []byte) *job {
	if d.cases {
		doc := decode[struct {
			ReferenceID string `json:"reference_id"`
			OrderID     string `json:"order_id"`
			Products    []struct {
				Ref      string   `json:"ref"`
				SKU      string   `json:"sku"`
				Quantity quantity `json:"quantity"`
			} `json:"products"`
		}](d.cabinet, body)
		j := &job{ref: doc.ReferenceID, order: doc.OrderID}
		for _, p := range doc.Products {
			j.lines = append(j.lines, unit{p.Ref, p.SKU, p.Quantity.units()})
		}
		return j
	}
	doc := decode[struct {
		OrderNo       string `json:"order_no"`
		CustomerOrder string `json:"customer_order"`
		Lines         []struct {
			Line  string `json:"line"`
			Item  string `json:"item"`
			Units int64  `json:"units"`
		} `json:"lines"`
	}](d.cabinet, body)
	j := &job{ref: doc.OrderNo, order: doc.CustomerOrder}
	for _, l := range doc.Lines {
		j.lines = append(j.lines, unit{l.Line, l.Item, l.Units})
	}
	return j
}

func (d *depot) readAdvice(body []byte) notice {
	if d.cases {
		doc := decode[struct {
			ReferenceID string   `json:"reference_id"`
			SKU         string   `json:"sku"`
			Quantity    quantity `json:"quantity"`
			Kind        string   `json:"kind"`
		}](d.cabinet, body)
		return notice{number: doc.ReferenceID, item: doc.SKU, units: doc.Quantity.units(), perCase: doc.Quantity.PerCase, correct: doc.Kind == "correction"}
	}
	doc := decode[struct {
		AdviceNo string `json:"advice_no"`
		Item     string `json:"item"`
		Units    int64  `json:"units"`
		Adjust   bool   `json:"adjust"`
	}](d.cabinet, body)
	return notice{number: doc.AdviceNo, item: doc.Item, units: doc.Units, correct: doc.Adjust}
}
