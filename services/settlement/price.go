package settlement

import (
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// Amendments take units off lines while a node may be packing them. What leaves all
// the same the buyer has ordered once, and is billed: the units that are wanted by
// the line as it is now, those beyond by the line as it was when it asked for most.
// Units that were never ordered cost nothing.

// formerOf is the lines of before, the oldest first, that ask for more goods than
// the lines of now: each as it was when it asked for most, the newest of equals.
func formerOf(now []event.OrderLine, before ...event.OrderLine) []event.OrderLine {
	var former []event.OrderLine
	for _, was := range before {
		is := lineIn(now, was.LineID)
		at := slices.IndexFunc(former, func(l event.OrderLine) bool { return l.LineID == was.LineID })
		switch {
		case !ships(was.Kind) || is != nil && (is.Sku != was.Sku || is.Qty >= was.Qty):
		case at < 0:
			former = append(former, was)
		case was.Qty >= former[at].Qty:
			former[at] = was
		}
	}
	return former
}

// everSold is the lines of an order, and with no units those that stand no more.
func everSold(p *Price) []event.OrderLine {
	lines := slices.Clone(p.Lines)
	for _, was := range p.Former {
		if lineIn(lines, was.LineID) == nil {
			was.Qty, was.Amount = 0, 0
			lines = append(lines, was)
		}
	}
	return lines
}

// worth is what units of a line of goods cost that left, in minor units.
func worth(p *Price, l *event.OrderLine, units int64) int64 {
	was := lineIn(p.Former, l.LineID)
	if was == nil || units <= l.Qty {
		return share(l.Amount, units, l.Qty)
	}
	return l.Amount + share(was.Amount, units, was.Qty) - share(was.Amount, l.Qty, was.Qty)
}

// lineIn finds a line, nil when there is none.
func lineIn(lines []event.OrderLine, id string) *event.OrderLine {
	for n := range lines {
		if lines[n].LineID == id {
			return &lines[n]
		}
	}
	return nil
}

// sold finds a line that the order has or had, nil when it never had it.
func (b *Books) sold(lineID string) *event.OrderLine {
	p := b.Price()
	if l := lineIn(p.Lines, lineID); l != nil {
		return l
	}
	return lineIn(p.Former, lineID)
}

// ships says whether a line's units leave a node.
func ships(kind event.LineKind) bool {
	return kind == event.LineKindGoods || kind == event.LineKindKit
}
