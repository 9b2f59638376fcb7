package fulfilment

import (
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/event"
)

// A carrier knows its own numbers and nothing of orders. What it says is joined with the
// shipment that left under the number, whichever is heard of first. Carriers use
// a number again after some months, so the shipment is the last that left before the
// statement, and not long before.

// Consignment is a shipment that left under a carrier's number.
type Consignment = event.ParcelConsignedRecord

const (
	// labelAhead is how long before the goods leave a carrier may speak of the number: a
	// label is bought and told while they are packed, and clocks differ.
	labelAhead = 7 * 24 * time.Hour
	// labelLife is how long after the goods left a number is still theirs.
	labelLife = 120 * 24 * time.Hour
)

// LabelID names a number of a carrier, by the carrier's name in any case.
func LabelID(carrier, tracking string) string {
	return plain(carrier) + "/" + strings.ToUpper(strings.ReplaceAll(tracking, " ", ""))
}

// Consigned finds the shipment that a statement about their number is about, nil when
// none of them can be it.
func Consigned(all []*Consignment, at time.Time) (found *Consignment) {
	for _, c := range all {
		begins := c.ShippedAt.Add(-labelAhead)
		if at.Before(begins) || at.After(c.ShippedAt.Add(labelLife)) {
			continue
		}
		if found == nil || c.ShippedAt.After(found.ShippedAt) || c.ShippedAt.Equal(found.ShippedAt) && c.ShipmentID < found.ShipmentID {
			found = c
		}
	}
	return found
}

// Reported is what a statement about a number says about the parcel of a shipment.
func Reported(c *Consignment, s *event.ParcelScanned) *event.ParcelReported {
	return &event.ParcelReported{
		OrderID: c.OrderID, ShipmentID: c.ShipmentID, Carrier: c.Carrier, Tracking: c.Tracking, ShippedOn: c.ShippedAt.UTC().Format(time.DateOnly),
		Partner: s.Partner, Word: s.Word, Detail: s.Detail, Corrects: s.Corrects, Document: s.ScanID, Source: s.Partner, SourceSeq: s.SourceSeq, OccurredAt: s.OccurredAt,
	}
}
