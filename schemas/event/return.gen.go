// Code generated from schemas/avro/return/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// ReturnDecision is what is said to a wish to return.
//   - unknown: written by a newer version than the reader
//   - authorised: it may come
//   - declined: it may not
//   - info_needed: the buyer is asked first
type ReturnDecision string

// Values of ReturnDecision; its comment says what each means.
const (
	ReturnDecisionUnknown    ReturnDecision = "unknown"
	ReturnDecisionAuthorised ReturnDecision = "authorised"
	ReturnDecisionDeclined   ReturnDecision = "declined"
	ReturnDecisionInfoNeeded ReturnDecision = "info_needed"
)

// ReturnOutcome is how a return ended.
//   - unknown: written by a newer version than the reader
//   - credited: money was given
//   - exchanged: other goods are sent
//   - declined: it was not authorised
//   - expired: nothing arrived in time
//   - lost: it was lost on the way
//   - cancelled: the buyer kept the goods
//   - refused: no unit was worth money
type ReturnOutcome string

// Values of ReturnOutcome; its comment says what each means.
const (
	ReturnOutcomeUnknown   ReturnOutcome = "unknown"
	ReturnOutcomeCredited  ReturnOutcome = "credited"
	ReturnOutcomeExchanged ReturnOutcome = "exchanged"
	ReturnOutcomeDeclined  ReturnOutcome = "declined"
	ReturnOutcomeExpired   ReturnOutcome = "expired"
	ReturnOutcomeLost      ReturnOutcome = "lost"
	ReturnOutcomeCancelled ReturnOutcome = "cancelled"
	ReturnOutcomeRefused   ReturnOutcome = "refused"
)

// Disposition is what becomes of returned units.
//   - UNKNOWN: written by a newer version than the reader
//   - RESTOCK: they can be sold again
//   - B_GRADE: they can be sold as used
//   - REFURBISH: they are repaired
//   - RETURN_TO_VENDOR: they go to the supplier
//   - QUARANTINE: they wait for a decision
//   - SCRAP: they are destroyed
//   - DONATE: they are given away
//   - KEEP_WITH_ALLOWANCE: the buyer keeps them for less money
type Disposition string

// Values of Disposition; its comment says what each means.
const (
	DispositionUnknown           Disposition = "UNKNOWN"
	DispositionRestock           Disposition = "RESTOCK"
	DispositionBGrade            Disposition = "B_GRADE"
	DispositionRefurbish         Disposition = "REFURBISH"
	DispositionReturnToVendor    Disposition = "RETURN_TO_VENDOR"
	DispositionQuarantine        Disposition = "QUARANTINE"
	DispositionScrap             Disposition = "SCRAP"
	DispositionDonate            Disposition = "DONATE"
	DispositionKeepWithAllowance Disposition = "KEEP_WITH_ALLOWANCE"
)

// ReturnResolution is what a person decides about a return.
//   - none: written by a newer version than the reader, refused
//   - match: the line came with this order line
//   - without_reference: credit the line without an order
//   - refuse: no money for the line
//   - cancel: the return does not take place
//   - lost: it was lost on the way
//   - ask_again: the system of record is asked once more whether it may come
type ReturnResolution string

// Values of ReturnResolution; its comment says what each means.
const (
	ReturnResolutionNone             ReturnResolution = "none"
	ReturnResolutionMatch            ReturnResolution = "match"
	ReturnResolutionWithoutReference ReturnResolution = "without_reference"
	ReturnResolutionRefuse           ReturnResolution = "refuse"
	ReturnResolutionCancel           ReturnResolution = "cancel"
	ReturnResolutionLost             ReturnResolution = "lost"
	ReturnResolutionAskAgain         ReturnResolution = "ask_again"
)

// ReturnableUnits is units that came with one order line.
type ReturnableUnits struct {
	// Line of the return, by its place in the request from 1.
	ReturnLine string `avro:"return_line"`
	// Order they came with.
	OrderID string `avro:"order_id"`
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
}

// ReturnAuthorise asks the system of record whether goods that may come back by the rules may come.
type ReturnAuthorise struct {
	// Return: UUIDv5 of channel and external id.
	ReturnID string `avro:"return_id"`
	// How often it was asked, from 1. The answer to the newest counts.
	Revision int64 `avro:"revision"`
	// Channel that sells: a storefront, marketplace or portal.
	Channel string `avro:"channel"`
	// The channel's own number of the document, unique within the channel.
	ExternalID string `avro:"external_id"`
	// Who returns.
	Customer PartyRef `avro:"customer"`
	// Why the buyer gives it back, as a code.
	Reason string `avro:"reason"`
	// What may come by the rules.
	Lines []ReturnableUnits `avro:"lines"`
	// When it was asked.
	AskedAt time.Time `avro:"asked_at"`
}

// ReturnAuthorised says whether goods may be given back.
type ReturnAuthorised struct {
	// Return: UUIDv5 of channel and external id.
	ReturnID string `avro:"return_id"`
	// What was decided.
	Decision ReturnDecision `avro:"decision"`
	// Number of the authorisation at the system of record.
	Number string `avro:"number"`
	// Why, as a code.
	Reason string `avro:"reason"`
	// Until when the goods may arrive, null without limit.
	ExpiresAt *time.Time `avro:"expires_at"`
	// Tracking number of the label, empty when the buyer sends by himself.
	Tracking string `avro:"tracking"`
	// System that stated the fact.
	Source string `avro:"source"`
	// When it was decided.
	AuthorisedAt time.Time `avro:"authorised_at"`
}

// ReturnAnswer is what the order says to one line of a claim; accepted and over add up to what was claimed.
type ReturnAnswer struct {
	// Line of the return, by its place in the request from 1.
	ReturnLine string `avro:"return_line"`
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Units that had left and were not returned before.
	Accepted int64 `avro:"accepted"`
	// Units beyond what had left, or returned before.
	Over int64 `avro:"over"`
	// When the last of the accepted units left, null for none.
	ShippedAt *time.Time `avro:"shipped_at"`
}

// ReturnClaimed is the answer to a claim on an order; it is given again when more leaves.
type ReturnClaimed struct {
	// Claim that it answers.
	ClaimID string `avro:"claim_id"`
	// Return: UUIDv5 of channel and external id.
	ReturnID string `avro:"return_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Line by line.
	Lines []ReturnAnswer `avro:"lines"`
	// When it was answered.
	AnsweredAt time.Time `avro:"answered_at"`
	// Revision of the claim that it answers.
	Revision int64 `avro:"revision"`
}

// ReturnClosed says that a return has ended.
type ReturnClosed struct {
	// Return: UUIDv5 of channel and external id.
	ReturnID string `avro:"return_id"`
	// How it ended.
	Outcome ReturnOutcome `avro:"outcome"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Credited over all orders, minor units.
	Total int64 `avro:"total"`
	// Units credited.
	Units int64 `avro:"units"`
	// Units beyond what the buyer had.
	Over int64 `avro:"over"`
	// Units that fit no order.
	Unmatched int64 `avro:"unmatched"`
	// When it ended.
	ClosedAt time.Time `avro:"closed_at"`
}

// ReturnCredited is the answer of settlement to a return: what was credited of it so far.
type ReturnCredited struct {
	// Settlement request that it answers.
	RequestID string `avro:"request_id"`
	// Return: UUIDv5 of channel and external id.
	ReturnID string `avro:"return_id"`
	// Order id: UUIDv5 of channel and external id; empty when there is none.
	OrderID string `avro:"order_id"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Credited for the request so far, minor units.
	Total int64 `avro:"total"`
	// Units credited so far.
	Units int64 `avro:"units"`
	// Units that are not credited: credited before, or never billed.
	Refused int64 `avro:"refused"`
	// Units that wait for their invoice.
	Waiting int64 `avro:"waiting"`
	// When it was answered.
	AnsweredAt time.Time `avro:"answered_at"`
}

// DispositionLine is what becomes of units of one line.
type DispositionLine struct {
	// Line of the return, by its place in the request from 1.
	ReturnLine string `avro:"return_line"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Lot, empty when the node keeps none.
	Lot string `avro:"lot"`
	// What becomes of them.
	Disposition Disposition `avro:"disposition"`
	// What the buyer gets for keeping the units, minor units; 0 for other dispositions.
	Allowance int64 `avro:"allowance"`
	// No money for them: another item, used up, or damaged by the buyer.
	Refused bool `avro:"refused"`
}

// ReturnDispositioned says what becomes of returned units after inspection.
type ReturnDispositioned struct {
	// Return: UUIDv5 of channel and external id.
	ReturnID string `avro:"return_id"`
	// This decision; a repeated one has the same id and counts once.
	DispositionID string `avro:"disposition_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Line by line.
	Lines []DispositionLine `avro:"lines"`
	// System that stated the fact.
	Source string `avro:"source"`
	// Number of the partner's document that states the fact.
	Document string `avro:"document"`
	// When it was decided.
	DispositionedAt time.Time `avro:"dispositioned_at"`
}

// ReceivedLine is units that arrived with a return.
type ReceivedLine struct {
	// Line of the return, by its place in the request from 1; empty when the node cannot tell.
	ReturnLine string `avro:"return_line"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Lot, empty when the node keeps none.
	Lot string `avro:"lot"`
}

// ReturnReceived says that goods of a return arrived at a node. A return that nobody asked for is made by it.
type ReturnReceived struct {
	// Return: UUIDv5 of channel and external id.
	ReturnID string `avro:"return_id"`
	// This receipt; a repeated one has the same id and counts once.
	ReceiptID string `avro:"receipt_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// What arrived.
	Lines []ReceivedLine `avro:"lines"`
	// Nothing more is expected.
	Final bool `avro:"final"`
	// Who sent it, null when unknown.
	Customer *PartyRef `avro:"customer"`
	// System that stated the fact.
	Source string `avro:"source"`
	// Position of the statement in its source, 0 when the source counts nothing.
	SourceSeq int64 `avro:"source_seq"`
	// Number of the partner's document that states the fact.
	Document string `avro:"document"`
	// When it arrived.
	ReceivedAt time.Time `avro:"received_at"`
}

// ReturnLine is what a buyer wants to give back.
type ReturnLine struct {
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// What the line sold.
	Kind LineKind `avro:"kind"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Price paid for one unit in millionths of the currency's major unit.
	UnitPriceE6 int64 `avro:"unit_price_e6"`
	// Line total in minor units, rounded once, half to even.
	Amount int64 `avro:"amount"`
	// Order the units came with, null when unknown.
	OrderID *string `avro:"order_id"`
	// Shipment the units came with, null when unknown.
	ShipmentID *string `avro:"shipment_id"`
	// Item to send in exchange for the same number of units, null for money.
	ExchangeSku *string `avro:"exchange_sku"`
}

// ReturnRequested says that a buyer wants to give goods back.
type ReturnRequested struct {
	// Return: UUIDv5 of channel and external id.
	ReturnID string `avro:"return_id"`
	// Channel that sells: a storefront, marketplace or portal.
	Channel string `avro:"channel"`
	// The channel's own number of the document, unique within the channel.
	ExternalID string `avro:"external_id"`
	// Who returns.
	Customer PartyRef `avro:"customer"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// What comes back.
	Lines []ReturnLine `avro:"lines"`
	// When it was asked.
	RequestedAt time.Time `avro:"requested_at"`
	// Why, as a code.
	Reason string `avro:"reason"`
}

// ReturnResolve is a person's decision about a return or one of its lines.
type ReturnResolve struct {
	// This decision; a repeated one has the same id.
	RequestID string `avro:"request_id"`
	// Return: UUIDv5 of channel and external id.
	ReturnID string `avro:"return_id"`
	// What is decided.
	Action ReturnResolution `avro:"action"`
	// Line of the return, by its place in the request from 1; empty for all.
	ReturnLine string `avro:"return_line"`
	// Order the units came with, for a match.
	OrderID *string `avro:"order_id"`
	// Line within that order, for a match.
	LineID *string `avro:"line_id"`
	// Shipment the units came with, null when unknown.
	ShipmentID *string `avro:"shipment_id"`
	// Units credited without an order; 0 for other decisions.
	Qty int64 `avro:"qty"`
	// What all of them are worth, minor units; 0 for other decisions.
	Amount int64 `avro:"amount"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Member of staff by id.
	AskedBy string `avro:"asked_by"`
	// When it was decided.
	RequestedAt time.Time `avro:"requested_at"`
}

// ReturnRuled is the answer of the system of record to return.authorise.
type ReturnRuled struct {
	// Return: UUIDv5 of channel and external id.
	ReturnID string `avro:"return_id"`
	// Revision of the question.
	Revision int64 `avro:"revision"`
	// What it decided.
	Decision ReturnDecision `avro:"decision"`
	// Number of the authorisation at the system of record.
	Number string `avro:"number"`
	// Why, as a code of that system.
	Reason string `avro:"reason"`
	// System that stated the fact.
	Source string `avro:"source"`
	// When we heard of it.
	RuledAt time.Time `avro:"ruled_at"`
}
