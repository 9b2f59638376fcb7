package file

import "errors"

// entries makes the entries of a complete document: its rows by class, in the
// order in which the classes first appear.
func (s *Script) entries(d *document) []Entry {
	byClass := make(map[Class][]judged)
	var order []Class
	for _, row := range d.rows {
		if byClass[row.class] == nil {
			order = append(order, row.class)
		}
		byClass[row.class] = append(byClass[row.class], row)
	}
	var all []Entry
	for _, class := range order {
		rows := byClass[class]
		made, err := s.make(d, class, rows)
		if err != nil {
			made = []Entry{refuse(rows, err)}
		}
		for i := range made {
			made[i].Date = d.date
		}
		all = append(all, made...)
	}
	return all
}

// refuse counts rows that a document could not be made of.
func refuse(rows []judged, err error) Entry {
	e := Entry{}
	reason := Unmapped
	if errors.Is(err, errRange) {
		reason = OutOfBounds
	}
	for _, row := range rows {
		e.Refused = append(e.Refused, Refusal{Row: row.Number, Reason: reason, Detail: err.Error(), Text: row.JSON()})
	}
	return e
}

// make maps rows of one class of a document.
func (s *Script) make(d *document, class Class, rows []judged) ([]Entry, error) {
	kind := func(sku string) string { return string(s.judge.kind(sku)) }
	made, err := s.program.run(input(d, class, rows, kind, s.partner.File.Fields.SKU))
	if err != nil {
		return nil, err
	}
	var all []Entry
	for _, one := range made {
		var c canonical
		text, err := decode(one, &c)
		if err != nil {
			return nil, err
		}
		entries, err := s.canonical(c, text)
		if err != nil {
			return nil, err
		}
		all = append(all, entries...)
	}
	if len(all) == 0 {
		all = []Entry{{}} // rows that nothing follows of are counted all the same
	}
	all[0].Rows = map[Class]int64{class: int64(len(rows))}
	if class == Order {
		for _, row := range rows {
			all[0].Units += row.Int(s.partner.File.Fields.Quantity)
		}
	}
	return all, nil
}

// canonical makes the entries of one canonical document.
func (s *Script) canonical(c canonical, text []byte) ([]Entry, error) {
	switch {
	case c.Order != nil && c.Return == nil && c.Adjustment == nil:
		if err := c.Order.check(); err != nil {
			return nil, err
		}
		o, exact, err := s.maker.order(c.Order, text)
		if err != nil {
			return nil, err
		}
		return []Entry{{Order: o, Money: o.Total - o.Shipping, MoneyE6: exact}}, nil
	case c.Return != nil && c.Order == nil && c.Adjustment == nil:
		if err := c.Return.check(); err != nil {
			return nil, err
		}
		r, err := s.maker.giveBack(c.Return)
		return []Entry{{Return: r}}, err
	case c.Adjustment != nil && c.Order == nil && c.Return == nil:
		if err := c.Adjustment.check(); err != nil {
			return nil, err
		}
		return s.adjustments(c.Adjustment), nil
	}
	return nil, errors.New("the mapping must make an order, a return or an adjustment")
}

// adjustments takes units off, and lets generated stock receive them first.
func (s *Script) adjustments(doc *sheet) []Entry {
	var all []Entry
	for _, m := range s.maker.adjust(doc) {
		if s.partner.Sells.OpeningStock != "file" {
			all = append(all, Entry{Supply: cover(m, s.drop.Run, s.maker.source())})
		}
		all = append(all, Entry{Adjustment: m})
	}
	return all
}
