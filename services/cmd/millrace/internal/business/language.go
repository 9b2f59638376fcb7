package business

import "time"

// happening is one piece of a depot's news before it is put into words.
type happening struct {
	step   string
	job    *job
	left   []unit // of a shipment
	notice notice
	// document is the paper that it is about; empty makes a new one.
	document string
}

// The words of the kinds of node.
var (
	makerWords = map[string]string{
		"received": "Received", "picked": "Confirmed", "short": "PartlyConfirmed", "packed": "Packed", "shipped": "Dispatched",
		"cancelled": "Withdrawn", "refused": "WithdrawalRefused", "adjusted": "StockChanged",
	}
	plainWords = map[string]string{"refused": "cancel_refused", "arrived": "goods_in", "issued": "goods_out"}
	firmWords  = map[string]string{
		"received": "Processing", "picked": "Picked", "short": "Exception", "packed": "Labeled", "shipped": "Completed",
		"cancelled": "Cancelled", "refused": "CancelRejected", "arrived": "Received", "adjusted": "Corrected",
	}
)

// tell adds news in the depot's own words, and returns the paper that they name.
func (d *depot) tell(h happening) (document string) {
	d.seq++
	if document = h.document; document == "" {
		document = d.document()
	}
	d.mark(document, h)
	d.news = append(d.news, d.put(h, document))
	return document
}

// put says what happened in the words of the depot's kind.
func (d *depot) put(h happening, document string) map[string]any {
	switch {
	case d.supplies:
		return d.makerNews(h, document)
	case d.cases:
		return d.firmNews(h, document)
	}
	return d.plainNews(h, document)
}

func (d *depot) plainNews(h happening, document string) map[string]any {
	word := h.step
	if w := plainWords[word]; w != "" {
		word = w
	}
	news := map[string]any{"seq": d.seq, "at": d.now().Format(time.RFC3339Nano), "event": word, "document": document}
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

func (d *depot) firmNews(h happening, document string) map[string]any {
	news := map[string]any{"seq": d.seq, "created_at": d.now().Format(time.RFC3339Nano), "status": firmWords[h.step], "id": document}
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

// makerNews is what a supplier says. It decides about a purchase when it looks for the
// goods: what it does not find it declines.
func (d *depot) makerNews(h happening, document string) map[string]any {
	news := map[string]any{"seq": d.seq, "time": d.now().Format(time.RFC3339Nano), "type": makerWords[h.step], "number": document}
	if h.job == nil {
		return news
	}
	news["po_number"], news["customer_reference"] = h.job.ref, h.job.order
	var items []map[string]any
	for _, u := range h.left {
		items = append(items, map[string]any{"position": u.line, "article": u.item, "pieces": u.qty})
	}
	if h.left != nil {
		news["carrier"], news["tracking"] = "Works", "W"+h.job.ref
	}
	if h.step == "picked" || h.step == "short" {
		found := int64(0)
		for n, u := range h.job.lines {
			item := map[string]any{"position": u.line, "article": u.item, "pieces": h.job.found[n], "declined": u.qty - h.job.found[n]}
			if found += h.job.found[n]; h.job.found[n] < u.qty {
				item["reason"] = "NOT_IN_STOCK"
			}
			items = append(items, item)
		}
		if found == 0 {
			news["type"] = "Declined"
		}
	}
	news["items"] = items
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
	if d.supplies {
		doc := decode[struct {
			PONumber string `json:"po_number"`
			Customer string `json:"customer_reference"`
			Items    []struct {
				Position string `json:"position"`
				Article  string `json:"article"`
				Pieces   int64  `json:"pieces"`
			} `json:"items"`
		}](d.cabinet, body)
		j := &job{ref: doc.PONumber, order: doc.Customer}
		for _, i := range doc.Items {
			j.lines = append(j.lines, unit{i.Position, i.Article, i.Pieces})
		}
		return j
	}
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
