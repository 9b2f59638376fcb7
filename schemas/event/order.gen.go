// Code generated from schemas/avro/order/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// ShortagePolicy is the buyer's choice for units that stock cannot give.
//   - backorder: wait for supply
//   - cancel: take them off the order
type ShortagePolicy string

// Values of ShortagePolicy; its comment says what each means.
const (
	ShortagePolicyBackorder ShortagePolicy = "backorder"
	ShortagePolicyCancel    ShortagePolicy = "cancel"
)

// ShortOutcome says what becomes of units that stock cannot give.
//   - backordered: they wait for supply
//   - cancelled: they leave the order
type ShortOutcome string

// Values of ShortOutcome; its comment says what each means.
const (
	ShortOutcomeBackordered ShortOutcome = "backordered"
	ShortOutcomeCancelled   ShortOutcome = "cancelled"
)

// SourcingReason says why a node ships or does not.
//   - unknown: written by a newer version than the reader
//   - chosen: it ships
//   - dearer: the best plan with it costs more
//   - incomplete: no plan with it covers as much as the chosen one
//   - last_in_order: a plan with it costs the same and nodes earlier in the fixed order go first
//   - inactive: its master row says so
//   - contract: it does not ship for the channel
//   - not_served: its territory leaves the buyer out
//   - excluded: it gave short before or the caller leaves it out
//   - hazard, temperature: it may not ship what the order holds
//   - capacity: no parcel is left on the day
//   - no_lane: no service of a carrier reaches the buyer
//   - too_late: no service arrives by when the buyer needs it
//   - closed: it does not work in the time that is planned for
//   - currency: a cost is in another currency than the rules
//   - cost: a cost is out of range
//   - rule: a rule of the rule file leaves it out
//   - too_heavy: no lane carries what it would ship
//   - no_stock: it has nothing of what is needed
type SourcingReason string

// Values of SourcingReason; its comment says what each means.
const (
	SourcingReasonUnknown     SourcingReason = "unknown"
	SourcingReasonChosen      SourcingReason = "chosen"
	SourcingReasonDearer      SourcingReason = "dearer"
	SourcingReasonIncomplete  SourcingReason = "incomplete"
	SourcingReasonLastInOrder SourcingReason = "last_in_order"
	SourcingReasonInactive    SourcingReason = "inactive"
	SourcingReasonContract    SourcingReason = "contract"
	SourcingReasonNotServed   SourcingReason = "not_served"
	SourcingReasonExcluded    SourcingReason = "excluded"
	SourcingReasonHazard      SourcingReason = "hazard"
	SourcingReasonTemperature SourcingReason = "temperature"
	SourcingReasonCapacity    SourcingReason = "capacity"
	SourcingReasonNoLane      SourcingReason = "no_lane"
	SourcingReasonTooLate     SourcingReason = "too_late"
	SourcingReasonClosed      SourcingReason = "closed"
	SourcingReasonCurrency    SourcingReason = "currency"
	SourcingReasonCost        SourcingReason = "cost"
	SourcingReasonRule        SourcingReason = "rule"
	SourcingReasonTooHeavy    SourcingReason = "too_heavy"
	SourcingReasonNoStock     SourcingReason = "no_stock"
)

// PromiseCause says why a promised date is said.
//   - unknown: written by a newer version than the reader
//   - supply: announced stock covers the units
//   - moved: that stock comes earlier or later, or other stock covers them
//   - lost: it does not cover them any more
//   - planned_again: the order is planned anew, and another date may follow
type PromiseCause string

// Values of PromiseCause; its comment says what each means.
const (
	PromiseCauseUnknown      PromiseCause = "unknown"
	PromiseCauseSupply       PromiseCause = "supply"
	PromiseCauseMoved        PromiseCause = "moved"
	PromiseCauseLost         PromiseCause = "lost"
	PromiseCausePlannedAgain PromiseCause = "planned_again"
)

// BasketAction says what is asked for a basket.
//   - unknown: written by a newer version than the reader, changes nothing
//   - keep: units are to be kept
//   - extend: they are to be kept longer
//   - release: they are no longer wanted
type BasketAction string

// Values of BasketAction; its comment says what each means.
const (
	BasketActionUnknown BasketAction = "unknown"
	BasketActionKeep    BasketAction = "keep"
	BasketActionExtend  BasketAction = "extend"
	BasketActionRelease BasketAction = "release"
)

// ResolveAction says what a person or a rule decides about an order.
//   - unknown: written by a newer version than the reader, always refused
//   - hold: stop before the next step
//   - resume: end a hold
//   - give_up: a node will not ship its part, plan the units elsewhere
//   - plan_again: ask stock again for what waits
//   - lost: a shipment will not arrive
type ResolveAction string

// Values of ResolveAction; its comment says what each means.
const (
	ResolveActionUnknown   ResolveAction = "unknown"
	ResolveActionHold      ResolveAction = "hold"
	ResolveActionResume    ResolveAction = "resume"
	ResolveActionGiveUp    ResolveAction = "give_up"
	ResolveActionPlanAgain ResolveAction = "plan_again"
	ResolveActionLost      ResolveAction = "lost"
)

// OrderStatus is where the whole order stands.
//   - unknown: written by a newer version than the reader
//   - submitted: nothing decided
//   - accepted: taken on
//   - validated: every guard satisfied
//   - allocated: all units reserved
//   - partly_allocated: some units reserved
//   - backordered: waiting for supply
//   - released: nodes asked to ship
//   - partly_shipped: some units left
//   - shipped: all open units left
//   - invoiced: all shipped units billed
//   - completed, cancelled, rejected: ended
//   - held: waits for a person or an outside answer
type OrderStatus string

// Values of OrderStatus; its comment says what each means.
const (
	OrderStatusUnknown         OrderStatus = "unknown"
	OrderStatusSubmitted       OrderStatus = "submitted"
	OrderStatusAccepted        OrderStatus = "accepted"
	OrderStatusValidated       OrderStatus = "validated"
	OrderStatusAllocated       OrderStatus = "allocated"
	OrderStatusPartlyAllocated OrderStatus = "partly_allocated"
	OrderStatusBackordered     OrderStatus = "backordered"
	OrderStatusReleased        OrderStatus = "released"
	OrderStatusPartlyShipped   OrderStatus = "partly_shipped"
	OrderStatusShipped         OrderStatus = "shipped"
	OrderStatusInvoiced        OrderStatus = "invoiced"
	OrderStatusCompleted       OrderStatus = "completed"
	OrderStatusCancelled       OrderStatus = "cancelled"
	OrderStatusRejected        OrderStatus = "rejected"
	OrderStatusHeld            OrderStatus = "held"
)

// OrderLine is one line of an order as sold.
type OrderLine struct {
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// What the line sells.
	Kind LineKind `avro:"kind"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Unit of measure, UN/ECE Recommendation 20 code.
	Uom string `avro:"uom"`
	// Price of one unit in millionths of the currency's major unit.
	UnitPriceE6 int64 `avro:"unit_price_e6"`
	// Line total in minor units: quantity times unit price, rounded once, half to even.
	Amount int64 `avro:"amount"`
	// Text of the line as the channel shows it.
	Description string `avro:"description"`
	// The item is given by the number of the channel, and nobody has said yet what it means with us.
	Unmapped bool `avro:"unmapped"`
	// The units must not expire before, as their lots say; null when any will do that may be promised.
	MinExpiry *time.Time `avro:"min_expiry"`
}

// OrderAccepted says that an order was taken on.
type OrderAccepted struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Version of the order entity after this transition, rising by one with each.
	OrderVersion int64 `avro:"order_version"`
	// Channel that sells: a storefront, marketplace or portal.
	Channel string `avro:"channel"`
	// The channel's own number of the document, unique within the channel.
	ExternalID string `avro:"external_id"`
	// Legal entity that sells; empty for the only one.
	Company string `avro:"company"`
	// Who buys.
	Customer PartyRef `avro:"customer"`
	// Where the goods go.
	ShipTo PartyRef `avro:"ship_to"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Lines in the channel's order.
	Lines []OrderLine `avro:"lines"`
	// Freight charged to the buyer, minor units.
	Shipping int64 `avro:"shipping"`
	// Sum of all lines and freight, minor units.
	Total int64 `avro:"total"`
	// When the buyer ordered.
	OrderedAt time.Time `avro:"ordered_at"`
	// When it was taken on.
	AcceptedAt time.Time `avro:"accepted_at"`
	// All units leave together or none.
	ShipComplete bool `avro:"ship_complete"`
	// What to do with units that stock cannot give.
	Shortage ShortagePolicy `avro:"shortage"`
	// The customer's own purchase order number, empty when there is none.
	PurchaseOrder string `avro:"purchase_order"`
	// When the buyer pays, null for on account.
	Terms *PaymentTerms `avro:"terms"`
}

// Allocation is the part of a line that one node gives.
type Allocation struct {
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Reservation that holds the units.
	ReservationID string `avro:"reservation_id"`
	// Who owns the units: own, or the supplier whose node it is.
	Owner string `avro:"owner"`
	// The units are promised by a supplier's count only: they are sure once it accepts the purchase, and what it refuses is planned again.
	Provisional bool `avro:"provisional"`
}

// ShortLine is the part of an order line that stock could not give.
type ShortLine struct {
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// What becomes of these units.
	Outcome ShortOutcome `avro:"outcome"`
}

// SourcedStock is the stock of an item that a decision read.
type SourcedStock struct {
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Version of its position, 0 when nothing was known.
	Version int64 `avro:"version"`
}

// SourcedNode is what became of a node in a decision.
type SourcedNode struct {
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Why it ships or not.
	Reason SourcingReason `avro:"reason"`
	// The fact behind the reason, for people.
	Detail string `avro:"detail"`
	// How much more the best plan with it costs, minor units.
	DearerAmount int64 `avro:"dearer_amount"`
}

// SourcedCost is one part of the cost of a parcel.
type SourcedCost struct {
	// What it is for: freight, handling, fee, margin, late, capacity, or the name of a rule's charge.
	Kind string `avro:"kind"`
	// Minor units; negative when it is a gain.
	Amount int64 `avro:"amount"`
}

// SourcedParcel is what one node ships in a plan.
type SourcedParcel struct {
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Lane it goes by, empty when none is known.
	Lane string `avro:"lane"`
	// Units it ships, in base units.
	Units int64 `avro:"units"`
	// When it is to leave the node.
	LeavesAt time.Time `avro:"leaves_at"`
	// When it is to reach the buyer.
	ArrivesAt time.Time `avro:"arrives_at"`
	// Chance that it comes late, in millionths.
	LatePpm int64 `avro:"late_ppm"`
	// What it is made of.
	Costs []SourcedCost `avro:"costs"`
}

// SourcedPlan is one way to meet an order.
type SourcedPlan struct {
	// Units it covers, in base units.
	Units int64 `avro:"units"`
	// Its whole cost, minor units.
	Amount int64 `avro:"amount"`
	// The part of it for parcels after the first, minor units.
	SplitAmount int64 `avro:"split_amount"`
	// What each node ships.
	Parcels []SourcedParcel `avro:"parcels"`
}

// SourcingDecision says from which nodes an order is met, why, and why not from others.
type SourcingDecision struct {
	// Version of the rules that decided.
	Rules string `avro:"rules"`
	// When it was decided.
	DecidedAt time.Time `avro:"decided_at"`
	// ISO 4217 code of every cost in this record.
	Currency string `avro:"currency"`
	// Stock that was read.
	Stock []SourcedStock `avro:"stock"`
	// Every node that was looked at, in the fixed order.
	Nodes []SourcedNode `avro:"nodes"`
	// The best plans, the chosen one first; none when nothing can be given.
	Plans []SourcedPlan `avro:"plans"`
	// How many plans were compared.
	Considered int64 `avro:"considered"`
	// Every plan was compared; false when there were too many nodes and a search stood in.
	Exhaustive bool `avro:"exhaustive"`
	// Version of the rules that ran beside without effect, empty when none did.
	ShadowRules string `avro:"shadow_rules"`
	// The plan that those rules would have chosen, none when they found none.
	ShadowPlan []SourcedPlan `avro:"shadow_plan"`
}

// OrderAllocated says which node gives which units.
type OrderAllocated struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Version of the order entity after this transition, rising by one with each.
	OrderVersion int64 `avro:"order_version"`
	// Number of the sourcing plan, rising by one with each new plan.
	Plan int64 `avro:"plan"`
	// What each node gives.
	Allocations []Allocation `avro:"allocations"`
	// What no node gives.
	Short []ShortLine `avro:"short"`
	// Nothing is short.
	Complete bool `avro:"complete"`
	// ISO 4217 code of the decision's costs.
	Currency string `avro:"currency"`
	// Why these nodes and no others, null when nothing was decided anew.
	Decision *SourcingDecision `avro:"decision"`
	// When the plan was settled.
	AllocatedAt time.Time `avro:"allocated_at"`
}

// OrderAmend asks to replace the lines of an order.
type OrderAmend struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// The channel's revision of the document; a lower one never replaces a higher one.
	Revision int64 `avro:"revision"`
	// Why, as a code.
	Reason string `avro:"reason"`
	// When it was asked.
	RequestedAt time.Time `avro:"requested_at"`
	// ISO 4217 code of every amount in this record, empty for the order's own.
	Currency string `avro:"currency"`
	// All lines as they shall be.
	Lines []OrderLine `avro:"lines"`
}

// OrderAmended says that the lines of an order changed.
type OrderAmended struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Version of the order entity after this transition, rising by one with each.
	OrderVersion int64 `avro:"order_version"`
	// The channel's revision of the document.
	Revision int64 `avro:"revision"`
	// Why, as a code.
	Reason string `avro:"reason"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// All lines as they are now. Of goods it is what the buyer wants; units that a request took off an order that is under way stay ordered in order.state, in the bucket cancelled unless a node ships them all the same.
	Lines []OrderLine `avro:"lines"`
	// Sum of all lines and freight, minor units.
	Total int64 `avro:"total"`
	// When they changed.
	AmendedAt time.Time `avro:"amended_at"`
}

// OrderBackordered says which units wait for supply.
type OrderBackordered struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Version of the order entity after this transition, rising by one with each.
	OrderVersion int64 `avro:"order_version"`
	// Units that wait or were cancelled.
	Lines []ShortLine `avro:"lines"`
	// ISO 4217 code of the decision's costs.
	Currency string `avro:"currency"`
	// Why these nodes and no others, null when nothing was decided anew.
	Decision *SourcingDecision `avro:"decision"`
	// When it was decided.
	BackorderedAt time.Time `avro:"backordered_at"`
}

// CancelLine is how many units of a line shall be cancelled.
type CancelLine struct {
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
}

// OrderCancel asks to cancel what has not shipped.
type OrderCancel struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Why, as a code.
	Reason string `avro:"reason"`
	// Who asks: a channel or an operator's id.
	RequestedBy string `avro:"requested_by"`
	// When it was asked.
	RequestedAt time.Time `avro:"requested_at"`
	// This request; a repeated one has the same id and is done once. Empty only for a cancel of everything.
	RequestID string `avro:"request_id"`
	// What to cancel; none means everything that has not left.
	Lines []CancelLine `avro:"lines"`
}

// OrderCancelled says that the order ended without shipping its open units.
type OrderCancelled struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Version of the order entity after this transition, rising by one with each.
	OrderVersion int64 `avro:"order_version"`
	// Why, as a code, for example STOCK.
	Reason string `avro:"reason"`
	// When it ended.
	CancelledAt time.Time `avro:"cancelled_at"`
	// Units cancelled.
	Units int64 `avro:"units"`
}

// OrderCompleted says that nothing of the order is open.
type OrderCompleted struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Version of the order entity after this transition, rising by one with each.
	OrderVersion int64 `avro:"order_version"`
	// When the last part ended.
	CompletedAt time.Time `avro:"completed_at"`
	// Units that left.
	UnitsShipped int64 `avro:"units_shipped"`
	// Units taken off the order.
	UnitsCancelled int64 `avro:"units_cancelled"`
	// Sum of its invoices, minor units.
	Invoiced int64 `avro:"invoiced"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
}

// OrderFreeze says whether an order is frozen, by whose word and why. The newest word counts.
type OrderFreeze struct {
	// Order.
	OrderID string `avro:"order_id"`
	// It is frozen from now on, or no more.
	Frozen bool `avro:"frozen"`
	// Who says so: a person, or auditor.
	By string `avro:"by"`
	// Why, in words, without personal data.
	Reason string `avro:"reason"`
	// Violation because of which it is frozen, empty for none. Frozen because of it once more after it was thawed, nothing changes.
	ViolationID string `avro:"violation_id"`
	// When it was said.
	At time.Time `avro:"at"`
}

// OrderHeld says that an order waits for somebody.
type OrderHeld struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Version of the order entity after this transition, rising by one with each.
	OrderVersion int64 `avro:"order_version"`
	// Why, as a code: PAYMENT, FRAUD, ADDRESS, CREDIT, PRICE, SKU_UNMAPPED, STOCK, COMPLIANCE, CUSTOMER, EXCHANGE_ITEM, DELIVERY_DATE, PARTNER_DOWN, FROZEN or MANUAL.
	Reason string `avro:"reason"`
	// Who holds it: an operator's id or the name of a rule.
	HeldBy string `avro:"held_by"`
	// What whoever holds it wants to be read later, without personal data.
	Note string `avro:"note"`
	// When it began.
	HeldAt time.Time `avro:"held_at"`
	// When it ends by itself, null when only somebody ends it.
	ExpiresAt *time.Time `avro:"expires_at"`
}

// OrderPromise says when units of an order that wait for supply are to be there, and each change of that.
type OrderPromise struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Version of the order entity after this transition, rising by one with each.
	OrderVersion int64 `avro:"order_version"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Units that wait, in the item's base unit.
	Qty int64 `avro:"qty"`
	// Lines of the order that wait for them.
	Lines []string `avro:"lines"`
	// When they are to be at the node, ready to leave; null while nothing that is announced covers them.
	PromisedFor *time.Time `avro:"promised_for"`
	// What was said before, null when nothing was.
	Previous *time.Time `avro:"previous"`
	// Why it is said.
	Cause PromiseCause `avro:"cause"`
	// When it was said.
	PromisedAt time.Time `avro:"promised_at"`
}

// OrderRegistered says that the system of record has the order.
type OrderRegistered struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// System of record.
	System string `avro:"system"`
	// The order's number there.
	Number string `avro:"number"`
	// When it was registered there; stock stated later has seen it.
	RegisteredAt time.Time `avro:"registered_at"`
}

// OrderFault is one thing wrong with a submitted order.
type OrderFault struct {
	// RFC 6901 pointer into the submitted document.
	Pointer string `avro:"pointer"`
	// Code of the fault, stable for programs.
	Code string `avro:"code"`
	// The fault in words, for people.
	Detail string `avro:"detail"`
}

// OrderRejected says that an order was refused and never accepted.
type OrderRejected struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Channel that sells: a storefront, marketplace or portal.
	Channel string `avro:"channel"`
	// The channel's own number of the document, unique within the channel.
	ExternalID string `avro:"external_id"`
	// The submission that was refused.
	SubmissionID string `avro:"submission_id"`
	// Everything found wrong.
	Reasons []OrderFault `avro:"reasons"`
	// When it was refused.
	RejectedAt time.Time `avro:"rejected_at"`
}

// FulfilmentRef names one fulfilment of an order.
type FulfilmentRef struct {
	// Fulfilment: the part of one order that one node ships.
	FulfilmentID string `avro:"fulfilment_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Units asked of the node.
	Units int64 `avro:"units"`
}

// OrderReleased says that nodes were asked to ship.
type OrderReleased struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Version of the order entity after this transition, rising by one with each.
	OrderVersion int64 `avro:"order_version"`
	// One for each node.
	Fulfilments []FulfilmentRef `avro:"fulfilments"`
	// When they were asked.
	ReleasedAt time.Time `avro:"released_at"`
}

// BasketLine is how many units of an item a basket wants.
type BasketLine struct {
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// The units must not expire before, as their lots say; null when any will do that may be promised.
	MinExpiry *time.Time `avro:"min_expiry"`
}

// OrderReserve asks to keep units for a basket until it is ordered, under the id that the order will have.
type OrderReserve struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// What is asked.
	Action BasketAction `avro:"action"`
	// This request; a repeated one has the same id and changes nothing.
	RequestID string `avro:"request_id"`
	// SHA-256 in hex of what is asked, tells a repeat from another request under the same id.
	BodyHash string `avro:"body_hash"`
	// Channel that sells: a storefront, marketplace or portal.
	Channel string `avro:"channel"`
	// The channel's own number of the document.
	ExternalID string `avro:"external_id"`
	// Legal entity that sells.
	Company string `avro:"company"`
	// Who buys.
	Customer PartyRef `avro:"customer"`
	// Where the goods go.
	ShipTo PartyRef `avro:"ship_to"`
	// When the buyer needs the goods, null when as soon as possible.
	NeededBy *time.Time `avro:"needed_by"`
	// What to keep, all of it or nothing.
	Lines []BasketLine `avro:"lines"`
	// Until when to keep it, for keep and extend.
	Until *time.Time `avro:"until"`
	// When it was asked.
	RequestedAt time.Time `avro:"requested_at"`
}

// OrderResolve is a decision of a person or a rule about an order that cannot go on by itself, or shall not.
type OrderResolve struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// What is decided.
	Action ResolveAction `avro:"action"`
	// Reason of the hold that begins or ends, such as FRAUD; empty to end every hold.
	Reason string `avro:"reason"`
	// Fulfilment that is given up, else empty.
	FulfilmentID string `avro:"fulfilment_id"`
	// Shipment that will not arrive, else empty.
	ShipmentID string `avro:"shipment_id"`
	// How that is made good, refund or reship; empty for as the channel does.
	Redress string `avro:"redress"`
	// What whoever decided wants to be read later, without personal data.
	Note string `avro:"note"`
	// Who decided: an operator's id or the name of a rule.
	RequestedBy string `avro:"requested_by"`
	// When it was decided.
	RequestedAt time.Time `avro:"requested_at"`
	// When the hold ends by itself, null when only somebody ends it.
	ExpiresAt *time.Time `avro:"expires_at"`
}

// OrderResumed says that a hold of an order ended.
type OrderResumed struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Version of the order entity after this transition, rising by one with each.
	OrderVersion int64 `avro:"order_version"`
	// Reason of the hold that ended, as a code.
	Reason string `avro:"reason"`
	// Who ended it: an operator's id, the name of a rule, or expiry.
	ResumedBy string `avro:"resumed_by"`
	// Holds that are left.
	Holds int64 `avro:"holds"`
	// When it ended.
	ResumedAt time.Time `avro:"resumed_at"`
}

// ReturnClaim is the units of one order line that a return claims.
type ReturnClaim struct {
	// Line of the return, by its place in the request from 1.
	ReturnLine string `avro:"return_line"`
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Shipment the units came with, null when unknown.
	ShipmentID *string `avro:"shipment_id"`
}

// OrderReturn claims units of an order for a return.
type OrderReturn struct {
	// This claim; a repeated one has the same id and revision.
	ClaimID string `avro:"claim_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Return: UUIDv5 of channel and external id.
	ReturnID string `avro:"return_id"`
	// What is claimed.
	Lines []ReturnClaim `avro:"lines"`
	// Why, as a code.
	Reason string `avro:"reason"`
	// When it was asked.
	RequestedAt time.Time `avro:"requested_at"`
	// Rises when the return claims more or fewer units; the latest says all that it claims.
	Revision int64 `avro:"revision"`
}

// OrderSourced says from which nodes an order is to be met, before stock was asked; stock may still refuse, and another decision follows.
type OrderSourced struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Number of the sourcing plan, rising by one with each new plan.
	Plan int64 `avro:"plan"`
	// ISO 4217 code of the decision's costs.
	Currency string `avro:"currency"`
	// Why these nodes and no others.
	Decision SourcingDecision `avro:"decision"`
}

// OrderLineState says where the units of one line are, in the item's base unit; all but ordered and delivered add up to ordered.
type OrderLineState struct {
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// What the line sells.
	Kind LineKind `avro:"kind"`
	// Ordered.
	Ordered int64 `avro:"ordered"`
	// Nothing is decided about them yet.
	Open int64 `avro:"open"`
	// Waiting for supply.
	Backordered int64 `avro:"backordered"`
	// Granted tentatively, until every item of the order is granted.
	Reserved int64 `avro:"reserved"`
	// Granted for good, no node asked yet.
	Allocated int64 `avro:"allocated"`
	// Asked of a node, which has not picked them.
	Released int64 `avro:"released"`
	// Picked at the node.
	Picked int64 `avro:"picked"`
	// Packed at the node.
	Packed int64 `avro:"packed"`
	// Left a node.
	Shipped int64 `avro:"shipped"`
	// Taken off the order.
	Cancelled int64 `avro:"cancelled"`
	// Of those that left, handed over to the buyer.
	Delivered int64 `avro:"delivered"`
	// Of those allocated or released, with a supplier that has not accepted the purchase yet.
	Provisional int64 `avro:"provisional"`
}

// ShipmentRef names one shipment of an order.
type ShipmentRef struct {
	// Shipment, unique over all nodes.
	ShipmentID string `avro:"shipment_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Units that left.
	Units int64 `avro:"units"`
}

// InvoiceRef names one invoice of an order.
type InvoiceRef struct {
	// Invoice request, unique per shipment.
	InvoiceID string `avro:"invoice_id"`
	// Number at the system of record, empty until posted.
	Number string `avro:"number"`
	// Invoice total, minor units.
	Amount int64 `avro:"amount"`
}

// OrderState is the whole order now.
type OrderState struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Version of the order entity after this transition, rising by one with each.
	OrderVersion int64 `avro:"order_version"`
	// Channel that sells: a storefront, marketplace or portal.
	Channel string `avro:"channel"`
	// The channel's own number of the document, unique within the channel.
	ExternalID string `avro:"external_id"`
	// Where the order stands.
	Status OrderStatus `avro:"status"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Sum of all lines and freight, minor units.
	Total int64 `avro:"total"`
	// When the buyer ordered.
	OrderedAt time.Time `avro:"ordered_at"`
	// When this version was reached.
	UpdatedAt time.Time `avro:"updated_at"`
	// Units per line.
	Lines []OrderLineState `avro:"lines"`
	// Shipments so far.
	Shipments []ShipmentRef `avro:"shipments"`
	// Invoices so far.
	Invoices []InvoiceRef `avro:"invoices"`
}

// OrderSubmit asks to take on an order.
type OrderSubmit struct {
	// This submission; a repeated one has the same id.
	SubmissionID string `avro:"submission_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Channel that sells: a storefront, marketplace or portal.
	Channel string `avro:"channel"`
	// The channel's own number of the document, unique within the channel.
	ExternalID string `avro:"external_id"`
	// Legal entity that sells; empty for the only one.
	Company string `avro:"company"`
	// Who buys.
	Customer PartyRef `avro:"customer"`
	// Where the goods go.
	ShipTo PartyRef `avro:"ship_to"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Lines in the channel's order.
	Lines []OrderLine `avro:"lines"`
	// Freight charged to the buyer, minor units.
	Shipping int64 `avro:"shipping"`
	// Sum of all lines and freight, minor units.
	Total int64 `avro:"total"`
	// When the buyer ordered.
	OrderedAt time.Time `avro:"ordered_at"`
	// All units leave together or none.
	ShipComplete bool `avro:"ship_complete"`
	// What to do with units that stock cannot give.
	Shortage ShortagePolicy `avro:"shortage"`
	// SHA-256 of the canonical body in hex, tells a repeat from a different order.
	BodyHash string `avro:"body_hash"`
	// How it came: api, or file: and the partner's name.
	Source string `avro:"source"`
	// The customer's own purchase order number, empty when there is none.
	PurchaseOrder string `avro:"purchase_order"`
	// When the buyer needs the goods, null when as soon as possible.
	RequestedBy *time.Time `avro:"requested_by"`
	// Free text of the buyer.
	Note string `avro:"note"`
	// When the buyer pays, null for on account.
	Terms *PaymentTerms `avro:"terms"`
	// Reason to hold the order from the start, such as PAYMENT or EXCHANGE_ITEM; empty for none.
	Hold string `avro:"hold"`
}

// OrderValidated says that every guard of the order is satisfied.
type OrderValidated struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Version of the order entity after this transition, rising by one with each.
	OrderVersion int64 `avro:"order_version"`
	// When the last guard was satisfied.
	ValidatedAt time.Time `avro:"validated_at"`
	// Guards counted as satisfied without an answer.
	Waived []string `avro:"waived"`
}
