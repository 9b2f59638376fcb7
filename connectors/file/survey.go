package file

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// survey is what a first look at a drop's rows tells: its products and how many
// of each are wanted on which day.
type survey struct {
	rows  int64 // of the document input
	first time.Time
	last  time.Time
	items map[string]*surveyed
}

// surveyed is one sku of a survey.
type surveyed struct {
	name    string
	priceE6 int64
	demand  map[int]int64 // units ordered by day since the first
	onHand  int64         // from the product file
	onOrder int64
}

const day = 24 * time.Hour

// survey reads all document rows once, and the product file when there is one.
func (s *Script) survey() (*survey, error) {
	v := &survey{items: make(map[string]*surveyed)}
	f := s.partner.File
	fields := f.Fields
	err := s.drop.each(f.Documents, f.Inputs[f.Documents], func(row Row) error {
		v.rows++
		row = joined(row, s.joins)
		class, _ := s.judge.of(row)
		if class == Refused {
			return nil
		}
		date := row.Time(fields.Date)
		if v.first.IsZero() || date.Before(v.first) {
			v.move(date)
		}
		if date.After(v.last) {
			v.last = date
		}
		it, err := v.item(row.Text(fields.SKU))
		if err != nil {
			return err
		}
		if it.name == "" && fields.Name != "" {
			it.name = row.Text(fields.Name)
		}
		if price := row.Int(fields.Price); it.priceE6 == 0 && price > 0 {
			it.priceE6 = price
		}
		if class == Order && s.judge.kind(row.Text(fields.SKU)) == "goods" {
			it.demand[v.day(date)] += row.Int(fields.Quantity)
		}
		return nil
	})
	if err != nil || f.Products == "" {
		return v, err
	}
	return v, s.readProducts(v)
}

// move makes an earlier date the first one.
func (v *survey) move(date time.Time) {
	before := v.first
	v.first = date.Truncate(day)
	if before.IsZero() {
		return
	}
	shift := int(before.Sub(v.first) / day)
	for _, it := range v.items {
		moved := make(map[int]int64, len(it.demand))
		for d, n := range it.demand {
			moved[d+shift] = n
		}
		it.demand = moved
	}
}

func (v *survey) day(date time.Time) int { return int(date.Sub(v.first) / day) }

func (v *survey) item(sku string) (*surveyed, error) {
	it := v.items[sku]
	if it == nil {
		if len(v.items) == maxSKUs {
			return nil, fmt.Errorf("more than %d skus", maxSKUs)
		}
		it = &surveyed{demand: make(map[int]int64)}
		v.items[sku] = it
	}
	return it, nil
}

// readProducts adds what the product file says.
func (s *Script) readProducts(v *survey) error {
	f := s.partner.File
	program, err := compile(f, f.ProductMapping)
	if err != nil {
		return fmt.Errorf("product %w", err)
	}
	return s.drop.each(f.Products, f.Inputs[f.Products], func(row Row) error {
		if row.Fault != nil {
			return fmt.Errorf("row %d: %w", row.Number, row.Fault)
		}
		doc := make(map[string]any, len(row.names))
		cells(row, doc)
		made, err := program.run(doc)
		if err != nil {
			return fmt.Errorf("row %d: %w", row.Number, err)
		}
		for _, one := range made {
			var p product
			if _, err := decode(one, &p); err != nil {
				return fmt.Errorf("row %d: %w", row.Number, err)
			}
			if p.SKU == "" || p.OnHand < 0 || p.OnOrder < 0 {
				return fmt.Errorf("row %d: a product needs a sku and stock of 0 or more", row.Number)
			}
			it, err := v.item(p.SKU)
			if err != nil {
				return err
			}
			it.name, it.priceE6, it.onHand, it.onOrder = p.Name, p.PriceE6, p.OnHand, p.OnOrder
		}
		return nil
	})
}

// skus are the surveyed items in order.
func (v *survey) skus() []string { return slices.Sorted(maps.Keys(v.items)) }
