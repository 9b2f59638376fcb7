// Code generated from schemas/avro/parcel/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// ParcelStatus is the canonical course of one parcel.
//   - UNMAPPED: a word no mapping knows
//   - LABEL_CREATED: a label was bought
//   - MANIFESTED: told to the carrier
//   - PICKED_UP, IN_TRANSIT, OUT_FOR_DELIVERY: on the way
//   - AVAILABLE_FOR_PICKUP: waits for the buyer
//   - ATTEMPT_FAILED: handed to nobody, tried again
//   - DELAYED: later than said
//   - EXCEPTION: stopped, see the reason
//   - DELIVERED: handed over
//   - RETURN_TO_SENDER: on the way back
//   - RETURNED: back at the sender
//   - LOST, DAMAGED: will not be delivered
//   - CANCELLED: the label was voided
type ParcelStatus string

// Values of ParcelStatus; its comment says what each means.
const (
	ParcelStatusUnmapped           ParcelStatus = "UNMAPPED"
	ParcelStatusLabelCreated       ParcelStatus = "LABEL_CREATED"
	ParcelStatusManifested         ParcelStatus = "MANIFESTED"
	ParcelStatusPickedUp           ParcelStatus = "PICKED_UP"
	ParcelStatusInTransit          ParcelStatus = "IN_TRANSIT"
	ParcelStatusOutForDelivery     ParcelStatus = "OUT_FOR_DELIVERY"
	ParcelStatusAvailableForPickup ParcelStatus = "AVAILABLE_FOR_PICKUP"
	ParcelStatusAttemptFailed      ParcelStatus = "ATTEMPT_FAILED"
	ParcelStatusDelayed            ParcelStatus = "DELAYED"
	ParcelStatusException          ParcelStatus = "EXCEPTION"
	ParcelStatusDelivered          ParcelStatus = "DELIVERED"
	ParcelStatusReturnToSender     ParcelStatus = "RETURN_TO_SENDER"
	ParcelStatusReturned           ParcelStatus = "RETURNED"
	ParcelStatusLost               ParcelStatus = "LOST"
	ParcelStatusDamaged            ParcelStatus = "DAMAGED"
	ParcelStatusCancelled          ParcelStatus = "CANCELLED"
)

// ParcelReported says what a carrier or a partner stated about a parcel, in its own word.
type ParcelReported struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Shipment that it is part of, empty when the source does not say.
	ShipmentID string `avro:"shipment_id"`
	// Carrier's code.
	Carrier string `avro:"carrier"`
	// Tracking number. Carriers use a number again after some months.
	Tracking string `avro:"tracking"`
	// Day it left as YYYY-MM-DD, which with carrier and number names the parcel.
	ShippedOn string `avro:"shipped_on"`
	// Partner that speaks; its status table reads the word.
	Partner string `avro:"partner"`
	// The partner's own word.
	Word string `avro:"word"`
	// What the partner adds to the word, such as the reason of an exception.
	Detail string `avro:"detail"`
	// It takes back what the same source stated before; the only way back on the course.
	Corrects bool `avro:"corrects"`
	// Number of the partner's document that states the fact.
	Document string `avro:"document"`
	// System that stated the fact.
	Source string `avro:"source"`
	// Position of the statement in its source, 0 when the source counts nothing.
	SourceSeq int64 `avro:"source_seq"`
	// When it happened.
	OccurredAt time.Time `avro:"occurred_at"`
}

// ParcelScanned says what a carrier stated about one of its numbers, before anybody knows which order that is.
type ParcelScanned struct {
	// This statement; a repeated one has the same id.
	ScanID string `avro:"scan_id"`
	// Partner that speaks; its status table reads the word.
	Partner string `avro:"partner"`
	// Carrier's code.
	Carrier string `avro:"carrier"`
	// Tracking number. Carriers use a number again after some months.
	Tracking string `avro:"tracking"`
	// The partner's own word.
	Word string `avro:"word"`
	// What the partner adds to the word, such as the reason of an exception.
	Detail string `avro:"detail"`
	// It takes back what the same source stated before; the only way back on the course.
	Corrects bool `avro:"corrects"`
	// The statement as the partner sent it, JSON of up to 4 KiB; empty when it sent nothing else.
	Raw string `avro:"raw"`
	// Position of the statement in its source, 0 when the source counts nothing.
	SourceSeq int64 `avro:"source_seq"`
	// When it happened.
	OccurredAt time.Time `avro:"occurred_at"`
}

// ParcelStatusChanged says where a parcel stands.
type ParcelStatusChanged struct {
	// Parcel: UUIDv5 of carrier, tracking number and day of shipment.
	ParcelID string `avro:"parcel_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Shipment that it is part of, empty when the source does not say.
	ShipmentID string `avro:"shipment_id"`
	// Carrier's code.
	Carrier string `avro:"carrier"`
	// Tracking number. Carriers use a number again after some months.
	Tracking string `avro:"tracking"`
	// Day it left as YYYY-MM-DD, which with carrier and number names the parcel.
	ShippedOn string `avro:"shipped_on"`
	// Canonical status.
	Status ParcelStatus `avro:"status"`
	// Number of this status of the parcel, rising by one.
	Seq int64 `avro:"seq"`
	// It takes back what was said before.
	Correction bool `avro:"correction"`
	// The partner's own word.
	Word string `avro:"word"`
	// What the partner adds to the word, such as the reason of an exception.
	Detail string `avro:"detail"`
	// Version of the mapping that read the word.
	MappingVersion string `avro:"mapping_version"`
	// System that stated the fact.
	Source string `avro:"source"`
	// Position of the statement in its source, 0 when the source counts nothing.
	SourceSeq int64 `avro:"source_seq"`
	// When it happened.
	OccurredAt time.Time `avro:"occurred_at"`
}
