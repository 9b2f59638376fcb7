package cataloguehttp

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/catalogue"
	"github.com/millrace/millrace/services/gateway"
)

// Bounds of one request.
const (
	maxSKUs  = 100
	maxLines = 1000
	maxText  = 200 // bytes
	maxQty   = 1_000_000_000
)

// Product is the body of GET /v1/products/{sku}.
type Product struct {
	SKU             string    `json:"sku"`
	Name            string    `json:"name"`
	Kind            string    `json:"kind"`
	Unit            string    `json:"unit"`
	UnitsPerCase    int64     `json:"units_per_case"`
	MinQty          int64     `json:"min_quantity"`
	QtyStep         int64     `json:"quantity_step"`
	ListPrice       string    `json:"list_price,omitempty"`
	Currency        string    `json:"currency,omitempty"`
	Parts           []Part    `json:"parts,omitempty"`
	WeightG         int64     `json:"weight_g,omitempty"`
	VolumeCm3       int64     `json:"volume_cm3,omitempty"`
	Hazard          string    `json:"hazard,omitempty"`
	Temperature     string    `json:"temperature,omitempty"`
	Licence         string    `json:"licence,omitempty"`
	BarredCountries []string  `json:"barred_countries,omitempty"`
	Barcodes        []string  `json:"barcodes,omitempty"`
	Category        string    `json:"category,omitempty"`
	Active          bool      `json:"active"`
	Version         int64     `json:"version"`
	AsOf            time.Time `json:"as_of"`
	Source          Source    `json:"source"`
}

// Part is what a kit is made of.
type Part struct {
	SKU      string `json:"sku"`
	Quantity int64  `json:"quantity"`
}

// Source is the record an answer was made from.
type Source struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

func (e *Edge) product(w http.ResponseWriter, r *http.Request) {
	sku := r.PathValue("sku")
	row := e.Room.Product(sku)
	if row == nil {
		httpd.WriteProblem(w, r, e.missing(catalogue.NoSuchItem, fmt.Sprintf("There is no item %q.", clipped(sku))))
		return
	}
	p := &row.Value
	shown := Product{
		SKU: p.Sku, Name: p.Name, Kind: string(p.Kind), Unit: p.Uom, UnitsPerCase: p.UnitsPerCase, MinQty: p.MinQty, QtyStep: p.QtyStep,
		WeightG: p.WeightG, VolumeCm3: p.VolumeCm3, Hazard: p.Hazard, Temperature: p.Temperature, Licence: p.Licence,
		BarredCountries: p.BarredCountries, Barcodes: p.Barcodes, Category: p.Category, Active: p.Active, Version: p.Version,
		AsOf: p.PublishedAt, Source: Source(row.Position),
	}
	if p.Currency != "" {
		shown.ListPrice, shown.Currency = gateway.FormatPrice(p.PriceE6, p.Currency), p.Currency
	}
	for _, part := range p.Parts {
		shown.Parts = append(shown.Parts, Part{part.Sku, part.Qty})
	}
	httpd.WriteCached(w, r, cacheControl, shown)
}

func clipped(text string) string { return text[:min(len(text), maxText)] }

// Price is what a customer pays for a unit of an item.
type Price struct {
	SKU         string     `json:"sku"`
	Quantity    int64      `json:"quantity"`
	Known       bool       `json:"known"` // false: all that follows is absent
	UnitPrice   string     `json:"unit_price,omitempty"`
	Currency    string     `json:"currency,omitempty"`
	TaxIncluded bool       `json:"tax_included,omitempty"`
	PriceList   string     `json:"price_list,omitempty"` // absent: the list price of the product
	MinQty      int64      `json:"min_quantity,omitempty"`
	ValidUntil  *time.Time `json:"valid_until,omitempty"`
	NextBreak   *Break     `json:"next_break,omitempty"`
}

// Break is a better price from a quantity on.
type Break struct {
	MinQty    int64  `json:"min_quantity"`
	UnitPrice string `json:"unit_price"`
}

func (e *Edge) prices(w http.ResponseWriter, r *http.Request) {
	q, err := pricesOf(r.URL.Query())
	if err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	var customer *event.CustomerPublished
	if q.customer != "" {
		c, ok := e.Room.Customer(q.customer)
		if !ok {
			httpd.WriteProblem(w, r, e.missing("CUSTOMER_UNKNOWN", fmt.Sprintf("There is no customer %q.", q.customer)))
			return
		}
		customer = &c
	}
	answer := struct {
		Prices []Price `json:"prices"` // in the order asked for
	}{make([]Price, len(q.skus))}
	for i, sku := range q.skus {
		p, ok := e.Room.Price(customer, sku, q.qty, q.currency, e.Now())
		answer.Prices[i] = priceOf(sku, q.qty, p, ok)
	}
	httpd.WriteCached(w, r, cacheControl, answer)
}

func priceOf(sku string, qty int64, p catalogue.Price, known bool) Price {
	shown := Price{SKU: sku, Quantity: qty, Known: known}
	if !known {
		return shown
	}
	shown.UnitPrice, shown.Currency, shown.TaxIncluded = gateway.FormatPrice(p.UnitPriceE6, p.Currency), p.Currency, p.TaxIncluded
	shown.PriceList, shown.MinQty, shown.ValidUntil = p.PriceList, p.MinQty, p.ValidUntil
	if p.Next != nil {
		shown.NextBreak = &Break{p.Next.MinQty, gateway.FormatPrice(p.Next.UnitPriceE6, p.Currency)}
	}
	return shown
}

// priceQuery is what GET /v1/prices is asked.
type priceQuery struct {
	customer, currency string
	skus               []string
	qty                int64
}

func pricesOf(values url.Values) (*priceQuery, error) {
	q := &priceQuery{qty: 1}
	var wrong []httpd.Field
	add := func(pointer, code, format string, args ...any) {
		wrong = append(wrong, httpd.Field{Pointer: pointer, Code: code, Detail: fmt.Sprintf(format, args...)})
	}
	for name, given := range values {
		switch last := given[len(given)-1]; name {
		case "customer":
			q.customer = clipped(last)
		case "currency":
			q.currency = clipped(last)
		case "sku":
			q.skus = given
		case "qty":
			var err error
			if q.qty, err = strconv.ParseInt(last, 10, 64); err != nil || q.qty < 1 || q.qty > maxQty {
				add(name, httpd.CodeRange, "A quantity is a whole number from 1 to %d.", maxQty)
			}
		default:
			add(name, httpd.CodeUnknown, "There is no such parameter; customer, currency, sku and qty are.")
		}
	}
	if len(q.skus) < 1 || len(q.skus) > maxSKUs {
		add("sku", httpd.CodeRange, "1 to %d skus can be asked for, got %d.", maxSKUs, len(q.skus))
	}
	for i, sku := range q.skus[:min(len(q.skus), maxSKUs)] {
		if sku == "" || len(sku) > maxText {
			add(fmt.Sprint("sku/", i), httpd.CodeRange, "A sku has 1 to %d bytes, got %d.", maxText, len(sku))
		}
	}
	if len(wrong) > 0 {
		return nil, unprocessable(wrong...)
	}
	return q, nil
}
