package sandbox

import (
	"fmt"
	"time"
)

// returnDoc asks whether goods may come back.
type returnDoc struct {
	Reference string       `json:"reference"`
	Channel   string       `json:"channel"`
	Their     string       `json:"their_number"`
	Customer  string       `json:"customer"`
	Reason    string       `json:"reason"`
	Date      time.Time    `json:"date"`
	Lines     []returnLine `json:"lines"`
}

type returnLine struct {
	Sale     string `json:"sale"`
	Line     string `json:"line"`
	Product  string `json:"product"`
	Quantity int64  `json:"quantity"`
}

// ruling is what the ERP decided about a return. Its words are its own.
type ruling struct {
	posted
	decision, reason string
}

// The ERP's words.
const (
	approved = "approved"
	declined = "declined"
	moreInfo = "more_info"
)

// unwanted is the reason for which the ERP takes nothing back.
const unwanted = "USED"

// returnable says what is wrong with a question, for good.
func returnable(doc *returnDoc) error {
	if len(doc.Lines) == 0 {
		return fmt.Errorf("return %q gives nothing back", doc.Reference)
	}
	for n, line := range doc.Lines {
		if line.Quantity < 1 {
			return fmt.Errorf("line %d of return %q gives back %d units", n+1, doc.Reference, line.Quantity)
		}
	}
	return nil
}

// rule decides about a return: used goods stay where they are, and of a sale no more
// comes back than left; approved units count as back.
func (l *ledger) rule(doc *returnDoc, hash string) {
	r := &ruling{posted: posted{l.number("RA"), hash}, decision: approved}
	l.returns[doc.Reference] = r
	if doc.Reason == unwanted {
		r.decision, r.reason = declined, unwanted
		return
	}
	back := make(map[*saleGoods]int64)
	for _, line := range doc.Lines {
		s := l.sales[line.Sale]
		if s == nil || s.goods[line.Product] == nil {
			r.decision, r.reason = moreInfo, "NOT_SOLD"
			return
		}
		g := s.goods[line.Product]
		if back[g] += line.Quantity; g.back+back[g] > g.left {
			r.decision, r.reason = moreInfo, "NOT_SHIPPED"
			return
		}
	}
	for g, units := range back {
		g.back += units
	}
}
