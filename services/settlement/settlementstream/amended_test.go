package settlementstream_test

import (
	"testing"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams/streamstest"
)

// More of a line left than is wanted by now, at the price of then. What is wanted of
// the other line stays set aside all the same.
func TestWhatLeftUnwantedDoesNotPayForTheRest(t *testing.T) {
	goods := func(line string, qty int64) event.OrderLine {
		return event.OrderLine{LineID: line, Sku: "s" + line, Kind: event.LineKindGoods, Qty: qty, Amount: 100 * qty}
	}
	s := open(t, event.PaymentTermsPrepaid, goods("1", 5), goods("2", 2))
	s.ship("S1", "1", 5)
	streamstest.Send(s.Driver, typed[event.OrderAmended](topic.OrderAmended), id, &event.OrderAmended{
		OrderID: id, OrderVersion: 7, Revision: 1, Currency: "EUR", Lines: []event.OrderLine{goods("1", 2), goods("2", 2)}, Total: 400,
	})
	s.Run()
	s.said("authorise 700", "capture 500")
	s.ship("S2", "2", 2)
	s.said("authorise 700", "capture 500", "capture 200")
	s.balance(700, 0, 700, 0)
}
