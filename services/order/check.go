package order

import (
	"fmt"
	"strconv"

	"github.com/millrace/millrace/schemas/event"
)

// Bounds of a submission. Edges may be stricter.
const (
	MaxLines = 10_000
	MaxQty   = 1_000_000_000
)

// Codes of faults in a submission.
const (
	FaultID       = "ORDER_ID"  // the order id is not that of channel and external id
	FaultRequired = "REQUIRED"  // a field is empty
	FaultRange    = "RANGE"     // a number is outside its bounds
	FaultRepeated = "DUPLICATE" // a line id stands twice
	FaultSum      = "SUM"       // the total is not the sum of lines and freight
)

// Check lists everything wrong with a submission under an order id; none means
// that it can be accepted.
func Check(orderID string, s *event.OrderSubmit) []event.OrderFault {
	var faults []event.OrderFault
	report := func(pointer, code, format string, args ...any) {
		faults = append(faults, event.OrderFault{Pointer: pointer, Code: code, Detail: fmt.Sprintf(format, args...)})
	}
	if s.Channel == "" {
		report("/channel", FaultRequired, "the order names no channel")
	}
	if s.ExternalID == "" {
		report("/external_id", FaultRequired, "the order has no number of the channel's own")
	}
	if want := event.OrderID(s.Channel, s.ExternalID); orderID != want || s.OrderID != want {
		report("/external_id", FaultID, "order %s of channel %s has the id %s, not %s", s.ExternalID, s.Channel, want, orderID)
	}
	if len(s.Currency) != 3 {
		report("/currency", FaultRequired, "%q is no ISO 4217 code", s.Currency)
	}
	if len(s.Lines) == 0 || len(s.Lines) > MaxLines {
		report("/lines", FaultRange, "an order has 1 to %d lines, this one %d", MaxLines, len(s.Lines))
		return faults
	}
	faults = append(faults, checkLines(s.Lines)...)
	sum := s.Shipping
	for _, l := range s.Lines {
		sum += l.Amount
	}
	if sum != s.Total {
		report("/total", FaultSum, "lines and freight add up to %d minor units, the total says %d", sum, s.Total)
	}
	return faults
}

// checkLines lists what is wrong with single lines.
func checkLines(lines []event.OrderLine) []event.OrderFault {
	var faults []event.OrderFault
	seen := make(map[string]bool, len(lines))
	for n, l := range lines {
		report := func(field, code, format string, args ...any) {
			pointer := "/lines/" + strconv.Itoa(n) + "/" + field
			faults = append(faults, event.OrderFault{Pointer: pointer, Code: code, Detail: fmt.Sprintf(format, args...)})
		}
		switch {
		case l.LineID == "":
			report("line_id", FaultRequired, "the line has no id")
		case seen[l.LineID]:
			report("line_id", FaultRepeated, "line id %s stands twice", l.LineID)
		}
		seen[l.LineID] = true
		if l.Sku == "" {
			report("sku", FaultRequired, "the line names no item")
		}
		if l.Qty < 1 || l.Qty > MaxQty {
			report("quantity", FaultRange, "a quantity is from 1 to %d, this one %d", int64(MaxQty), l.Qty)
		}
		if l.Amount < 0 && Reservable(l.Kind) {
			report("amount", FaultRange, "goods cannot cost less than nothing")
		}
	}
	return faults
}
