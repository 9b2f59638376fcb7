package orderhttp

import (
	"net/http"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/order"
)

// Summary adds up orders. Accepted = completed + backordered + cancelled + open.
type Summary struct {
	Orders struct {
		Accepted    int64            `json:"accepted"`
		Completed   int64            `json:"completed"`
		Backordered int64            `json:"backordered"`
		Cancelled   int64            `json:"cancelled"`
		Rejected    map[string]int64 `json:"rejected"` // by the first fault
		Open        int64            `json:"open"`
	} `json:"orders"`
	LinesShort int64             `json:"lines_short"` // lines that stock could not give in full
	Units      Units             `json:"units"`       // of all lines; those of charges count as shipped once billed
	Goods      Units             `json:"goods"`       // of lines that stock gives
	Money      map[string]string `json:"money"`       // ordered, by currency
	Invoiced   map[string]string `json:"invoiced"`    // by currency
}

// summary adds up the orders of this process, all or those of one source.
func (e *Edge) summary(w http.ResponseWriter, r *http.Request) {
	source := r.URL.Query().Get("source")
	sum := Summary{Money: map[string]string{}, Invoiced: map[string]string{}}
	sum.Orders.Rejected = map[string]int64{}
	money, invoiced := make(map[string]int64), make(map[string]int64)
	err := e.Room.Scan(e.Runtime, func(_ string, o *order.Record) bool {
		if o.SubmissionID == "" || source != "" && o.Source != source {
			return true
		}
		if sum.count(o); o.Phase != event.OrderPhaseRejected {
			money[o.Currency] += o.Total
			invoiced[o.Currency] += o.Invoiced
		}
		return true
	})
	if err != nil {
		e.fail(w, r, err)
		return
	}
	for code, minor := range money {
		sum.Money[code] = gateway.FormatAmount(minor, code)
		sum.Invoiced[code] = gateway.FormatAmount(invoiced[code], code)
	}
	httpd.WriteJSON(w, r, http.StatusOK, sum)
}

// count adds one order.
func (s *Summary) count(o *order.Record) {
	switch {
	case o.Phase == event.OrderPhaseRejected:
		s.Orders.Rejected[o.CancelReason]++
		return
	case order.Open(o):
		s.Orders.Open++
	case o.Phase == event.OrderPhaseBackordered:
		s.Orders.Backordered++
	case o.Phase == event.OrderPhaseCancelled:
		s.Orders.Cancelled++
	default:
		s.Orders.Completed++
	}
	s.Orders.Accepted++
	s.LinesShort += o.LinesShort
	s.Goods.Ordered += o.Units
	s.Goods.Shipped += o.Shipped
	s.Goods.Backordered += o.Backordered
	s.Goods.Cancelled += o.Cancelled
	s.Units.Ordered += o.Units + o.Charged
	s.Units.Shipped += o.Shipped
	s.Units.Backordered += o.Backordered
	s.Units.Cancelled += o.Cancelled
	switch {
	case o.Billed > 0:
		s.Units.Shipped += o.Charged
	case o.Phase == event.OrderPhaseCancelled:
		s.Units.Cancelled += o.Charged
	}
}
