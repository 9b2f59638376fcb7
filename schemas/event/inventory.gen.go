// Code generated from schemas/avro/inventory/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// StockVerdict is the stock entity's answer.
//   - refused: the command makes no sense, see the reason
//   - granted: held as asked
//   - contended: held in part, others came first
//   - short: nothing held
//   - committed: the hold is firm
//   - released: the units are free again
//   - backordered: the units are claimed of what is to come
//   - pending: the units stay held until their node says what becomes of them
//   - lacking: no command was answered, units that were committed are not there, and the order is asked to plan them again
type StockVerdict string

// Values of StockVerdict; its comment says what each means.
const (
	StockVerdictRefused     StockVerdict = "refused"
	StockVerdictGranted     StockVerdict = "granted"
	StockVerdictContended   StockVerdict = "contended"
	StockVerdictShort       StockVerdict = "short"
	StockVerdictCommitted   StockVerdict = "committed"
	StockVerdictReleased    StockVerdict = "released"
	StockVerdictBackordered StockVerdict = "backordered"
	StockVerdictPending     StockVerdict = "pending"
	StockVerdictLacking     StockVerdict = "lacking"
)

// BaselineAction says what is said about a baseline.
//   - unknown: written by a newer version than the reader
//   - manifest: all of its rows were sent
//   - approve: take it in spite of what is odd
//   - refuse: leave it
type BaselineAction string

// Values of BaselineAction; its comment says what each means.
const (
	BaselineActionUnknown  BaselineAction = "unknown"
	BaselineActionManifest BaselineAction = "manifest"
	BaselineActionApprove  BaselineAction = "approve"
	BaselineActionRefuse   BaselineAction = "refuse"
)

// StockAction says what a command asks of the stock entity.
//   - unknown: written by a newer version than the reader, always refused
//   - reserve: hold units
//   - commit: make a tentative hold firm
//   - release: give held units back
//   - extend: move the end of a hold
//   - replace: release and reserve in one step
//   - baseline_apply: take a counted stock as the new ground
//   - baseline_discard: forget a counted stock
//   - consign: a node was asked to ship held units
//   - recall: a node was asked not to ship units that it has
//   - accept: a supplier took on held units, as of a position of its count
type StockAction string

// Values of StockAction; its comment says what each means.
const (
	StockActionUnknown         StockAction = "unknown"
	StockActionReserve         StockAction = "reserve"
	StockActionCommit          StockAction = "commit"
	StockActionRelease         StockAction = "release"
	StockActionExtend          StockAction = "extend"
	StockActionReplace         StockAction = "replace"
	StockActionBaselineApply   StockAction = "baseline_apply"
	StockActionBaselineDiscard StockAction = "baseline_discard"
	StockActionConsign         StockAction = "consign"
	StockActionRecall          StockAction = "recall"
	StockActionAccept          StockAction = "accept"
)

// ReserveMode says how firm a reservation is.
//   - commit: firm at once
//   - tentative: firm only after a commit, else it lapses
//   - claim: takes units that a shipment already took
//   - hold: kept for a basket, lapses by itself
//   - backorder: takes units of what is to come
type ReserveMode string

// Values of ReserveMode; its comment says what each means.
const (
	ReserveModeCommit    ReserveMode = "commit"
	ReserveModeTentative ReserveMode = "tentative"
	ReserveModeClaim     ReserveMode = "claim"
	ReserveModeHold      ReserveMode = "hold"
	ReserveModeBackorder ReserveMode = "backorder"
)

// ReleaseWord says on whose word units are given back.
//   - asker: the order does not want them, which for units at a node only asks
//   - node: the node will not ship them
//   - person: somebody decided that the node has them no more
type ReleaseWord string

// Values of ReleaseWord; its comment says what each means.
const (
	ReleaseWordAsker  ReleaseWord = "asker"
	ReleaseWordNode   ReleaseWord = "node"
	ReleaseWordPerson ReleaseWord = "person"
)

// StockCondition is the state units are in.
//   - suspect: present but doubted, not sold
//   - outside: not in any of our nodes
//   - sellable: can be promised
//   - quarantine: waits for a decision
//   - damaged: not sold
type StockCondition string

// Values of StockCondition; its comment says what each means.
const (
	StockConditionSuspect    StockCondition = "suspect"
	StockConditionOutside    StockCondition = "outside"
	StockConditionSellable   StockCondition = "sellable"
	StockConditionQuarantine StockCondition = "quarantine"
	StockConditionDamaged    StockCondition = "damaged"
)

// SupplyKind says where stock to come comes from.
//   - purchase_order: ordered from a supplier
//   - asn: announced as under way
//   - transfer: from another of our nodes
//   - opening: stated when the node was opened
//   - customer_return: sent back by a buyer
type SupplyKind string

// Values of SupplyKind; its comment says what each means.
const (
	SupplyKindPurchaseOrder  SupplyKind = "purchase_order"
	SupplyKindAsn            SupplyKind = "asn"
	SupplyKindTransfer       SupplyKind = "transfer"
	SupplyKindOpening        SupplyKind = "opening"
	SupplyKindCustomerReturn SupplyKind = "customer_return"
)

// VarianceClass is the likely cause of a difference.
//   - unknown: none of the others explains it
//   - missing_event: one account has what the other was never told
//   - duplicate: one account has twice what happened once
//   - unacknowledged: the source has not yet answered for an entry of ours
//   - unit_of_measure: the difference is that of cases and pieces
//   - edited: the source was changed by hand
type VarianceClass string

// Values of VarianceClass; its comment says what each means.
const (
	VarianceClassUnknown        VarianceClass = "unknown"
	VarianceClassMissingEvent   VarianceClass = "missing_event"
	VarianceClassDuplicate      VarianceClass = "duplicate"
	VarianceClassUnacknowledged VarianceClass = "unacknowledged"
	VarianceClassUnitOfMeasure  VarianceClass = "unit_of_measure"
	VarianceClassEdited         VarianceClass = "edited"
)

// Grant is what one node holds for the asker.
type Grant struct {
	// Reservation that holds the units.
	ReservationID string `avro:"reservation_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Who owns the units: own, or a supplier whose units they are until they ship. Of a supplier the grant is provisional: it holds once the supplier accepts.
	Owner string `avro:"owner"`
}

// NodeQty is a quantity at one node.
type NodeQty struct {
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
}

// InventoryAnswer is the stock entity's answer to one command.
type InventoryAnswer struct {
	// The command it answers.
	CommandID string `avro:"command_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Plan of the command.
	Plan int64 `avro:"plan"`
	// The decision.
	Verdict StockVerdict `avro:"verdict"`
	// What is held.
	Grants []Grant `avro:"grants"`
	// What each node could give after this decision.
	Available []NodeQty `avro:"available"`
	// Why it was refused, as a code.
	Reason string `avro:"reason"`
	// When backordered units are expected to be there; none while no supply covers them.
	PromisedFor *time.Time `avro:"promised_for"`
	// When it was decided.
	AnsweredAt time.Time `avro:"answered_at"`
	// Version of the item's position after this decision.
	PositionVersion int64 `avro:"position_version"`
}

// InventoryBaseline is what one source counts of an item at a node. It changes nothing until its whole baseline is taken.
type InventoryBaseline struct {
	// System whose account it is.
	Source string `avro:"source"`
	// This baseline, as its source names it.
	Batch string `avro:"batch"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Units counted in the item's base unit; by the source's contract without what it has allocated.
	Qty int64 `avro:"qty"`
	// Units the source had allocated to orders and left out of qty; 0 when its account is gross.
	Allocated int64 `avro:"allocated"`
	// Value of a unit in minor units of the installation's currency, 0 when unknown.
	UnitValue int64 `avro:"unit_value"`
	// The source did not name the item: a complete baseline says by that that there is none.
	Absent bool `avro:"absent"`
	// Position in its source up to which the account contains everything, 0 when it counts nothing.
	WatermarkSeq int64 `avro:"watermark_seq"`
	// Time up to which the account contains everything: the start of its extraction when nothing better is known.
	WatermarkAt time.Time `avro:"watermark_at"`
}

// InventoryBaselineBatch is the word of its source or of a person about a whole baseline.
type InventoryBaselineBatch struct {
	// System whose account it is.
	Source string `avro:"source"`
	// This baseline, as its source names it.
	Batch string `avro:"batch"`
	// What is said.
	Action BaselineAction `avro:"action"`
	// Rows that were sent.
	Rows int64 `avro:"rows"`
	// Sum of the fingerprints of all rows, without overflow checks.
	Checksum int64 `avro:"checksum"`
	// Items that it does not name have no stock at its nodes.
	Complete bool `avro:"complete"`
	// Nodes that it is about.
	Nodes []string `avro:"nodes"`
	// Position in its source up to which the account contains everything, 0 when it counts nothing.
	WatermarkSeq int64 `avro:"watermark_seq"`
	// Time up to which the account contains everything: the start of its extraction when nothing better is known.
	WatermarkAt time.Time `avro:"watermark_at"`
	// Who decided, empty for the source.
	By string `avro:"by"`
	// Why, for people.
	Reason string `avro:"reason"`
	// When it was said.
	SentAt time.Time `avro:"sent_at"`
}

// InventoryBaselineStaged says that a row of a baseline waits at its item, and what it would change; without a baseline, that an item is known at a node.
type InventoryBaselineStaged struct {
	// System whose account it is.
	Source string `avro:"source"`
	// Baseline it belongs to; empty when an item came to be known.
	Batch string `avro:"batch"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Units by our account as of the watermark, in the item's base unit.
	Expected int64 `avro:"expected"`
	// Units by the source's account, in the item's base unit.
	Counted int64 `avro:"counted"`
	// Value of a unit in minor units of the installation's currency, 0 when unknown.
	UnitValue int64 `avro:"unit_value"`
	// Fingerprint of the row; those of a whole baseline add up to its checksum.
	Hash int64 `avro:"hash"`
	// The source did not name the item.
	Absent bool `avro:"absent"`
	// Why the row cannot be taken, as a code; empty when it can.
	Fault string `avro:"fault"`
}

// InventoryCommand asks something of the stock of one item.
type InventoryCommand struct {
	// This command; a repeated one has the same id and is answered alike.
	CommandID string `avro:"command_id"`
	// Order the units are for, empty for a baseline.
	OrderID string `avro:"order_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Channel that sells: a storefront, marketplace or portal.
	Channel string `avro:"channel"`
	// Class of the customer, empty for none; it may take from pools kept for the class.
	CustomerClass string `avro:"customer_class"`
	// Number of the order's sourcing plan.
	Plan int64 `avro:"plan"`
	// What is asked.
	Action StockAction `avro:"action"`
	// How firm a reservation is.
	Mode ReserveMode `avro:"mode"`
	// Exactly what is asked of each node.
	Nodes []NodeQty `avro:"nodes"`
	// Higher goes first when stock is contended.
	Priority int `avro:"priority"`
	// A partial grant is allowed.
	Partial bool `avro:"partial"`
	// When it was asked.
	RequestedAt time.Time `avro:"requested_at"`
	// End of a hold, for reserve and extend; measured against the time at which a command was written to the log.
	ExpiresAt *time.Time `avro:"expires_at"`
	// A backorder is not wanted earlier: far ahead it claims supply only.
	NotBefore *time.Time `avro:"not_before"`
	// A backorder claims a date of supply and takes no units in hand: others of its order have none yet.
	DatesOnly bool `avro:"dates_only"`
	// Of a reserve or replace: the units must not expire before; null when any will do that may be promised.
	MinExpiry *time.Time `avro:"min_expiry"`
	// Baseline to take or to forget.
	Batch string `avro:"batch"`
	// System whose baseline it is.
	Source string `avro:"source"`
	// On whose word a release gives back.
	Word ReleaseWord `avro:"word"`
	// Reservations that commit, release, extend, replace, consign, recall and accept act on.
	ReservationIds []string `avro:"reservation_ids"`
	// Of an accept: position in the supplier's count at which it took the units on, 0 when it counts nothing.
	AcceptedSeq int64 `avro:"accepted_seq"`
	// Of an accept: when the supplier took the units on.
	AcceptedAt *time.Time `avro:"accepted_at"`
}

// InventoryCountRequest asks a node to count items, because accounts of its stock differ by more than is allowed.
type InventoryCountRequest struct {
	// This request; the same trouble has the same id.
	RequestID string `avro:"request_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Items that differ most, the worst first; empty asks for all.
	Skus []string `avro:"skus"`
	// System whose account differs from ours.
	Source string `avro:"source"`
	// Its baseline.
	Batch string `avro:"batch"`
	// Units at the node by our account.
	Expected int64 `avro:"expected"`
	// Units by which the accounts differ, without sign.
	Moved int64 `avro:"moved"`
	// Percent of the units that agree.
	Accuracy int64 `avro:"accuracy"`
	// Percent that have to agree at this node.
	Threshold int64 `avro:"threshold"`
	// When it was asked.
	RequestedAt time.Time `avro:"requested_at"`
}

// InventoryFreeze says whether an item is frozen, by whose word and why. The newest word counts.
type InventoryFreeze struct {
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
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

// InventoryMovement says that units of an item changed place or condition.
type InventoryMovement struct {
	// This entry; a repeated one has the same id and counts once.
	EntryID string `avro:"entry_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Who owns the units: own, or a party's id.
	Owner string `avro:"owner"`
	// Lot, empty when the node keeps none.
	Lot string `avro:"lot"`
	// When the lot expires; none when the source does not say.
	LotExpiresAt *time.Time `avro:"lot_expires_at"`
	// Units moved in the item's base unit, above zero.
	Qty int64 `avro:"qty"`
	// Condition before.
	From StockCondition `avro:"from"`
	// Condition after.
	To StockCondition `avro:"to"`
	// System that stated the fact.
	Source string `avro:"source"`
	// Position of the statement in its source, 0 when the source counts nothing.
	SourceSeq int64 `avro:"source_seq"`
	// When it happened.
	EffectiveAt time.Time `avro:"effective_at"`
	// Number of the partner's document that states the fact.
	Document string `avro:"document"`
	// Reservation it fulfils, empty for none.
	ReservationID string `avro:"reservation_id"`
	// Order it belongs to, empty for none.
	OrderID string `avro:"order_id"`
	// Announced supply that it fulfils, empty for none.
	SupplyID string `avro:"supply_id"`
	// Why, as a code.
	Reason string `avro:"reason"`
}

// InventoryPool keeps units of an item at a node.
type InventoryPool struct {
	// Id, once in an item. One that goes on under its id remembers what was taken from it.
	Pool string `avro:"pool"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Units that may be taken from it in sum, in the item's base unit.
	Qty int64 `avro:"qty"`
	// Channels that may take from it; empty: all.
	Channels []string `avro:"channels"`
	// Classes of customers that may take from it; empty: all.
	Classes []string `avro:"classes"`
	// When what is left of it is free for everybody; none keeps it until it is withdrawn.
	Until *time.Time `avro:"until"`
}

// InventoryPools is the master row of the pools of one item: units that are kept for some channels or classes of customers until a date. It says all of them; a pool that it no longer names ends.
type InventoryPools struct {
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Version of this row at its owner; a lower one never replaces a higher one.
	Version int64 `avro:"version"`
	// In the order in which they are covered by what there is.
	Pools []InventoryPool `avro:"pools"`
	// When it was published.
	PublishedAt time.Time `avro:"published_at"`
}

// PoolShare is what a pool keeps of the available units of an item at a node.
type PoolShare struct {
	// Id of the pool.
	Pool string `avro:"pool"`
	// Channels that may take from it; empty: all.
	Channels []string `avro:"channels"`
	// Classes of customers that may take from it; empty: all.
	Classes []string `avro:"classes"`
	// Units that may be taken from it in sum.
	Qty int64 `avro:"qty"`
	// Units that were taken by those it is for, promised or shipped.
	Used int64 `avro:"used"`
	// Available units that it keeps now; units of all pools never exceed what is available and not set aside.
	Units int64 `avro:"units"`
	// When what is left of it is free for everybody.
	Until *time.Time `avro:"until"`
}

// NodePosition is the stock of an item at one node, in its base unit.
type NodePosition struct {
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Present, in any condition.
	OnHand int64 `avro:"on_hand"`
	// Held for orders.
	Reserved int64 `avro:"reserved"`
	// Present but not sold.
	Unsellable int64 `avro:"unsellable"`
	// Never promised.
	SafetyStock int64 `avro:"safety_stock"`
	// Can be promised now.
	Available int64 `avro:"available"`
	// Announced and still to come.
	Incoming int64 `avro:"incoming"`
	// Part of incoming that is promised to backorders.
	IncomingClaimed int64 `avro:"incoming_claimed"`
	// Set aside for backorders that wait for the rest of their units.
	Claimed int64 `avro:"claimed"`
	// Promised units that no sellable unit stands behind.
	Lacking int64 `avro:"lacking"`
	// Units of unsellable that wait for a decision.
	Quarantine int64 `avro:"quarantine"`
	// Units of unsellable that are damaged; the rest of it is suspect.
	Damaged int64 `avro:"damaged"`
	// Sellable units of lots whose remaining life is too short; no part of what is available.
	Expired int64 `avro:"expired"`
	// Units of reserved that the node was asked to ship.
	AtNode int64 `avro:"at_node"`
	// Units of at_node that were asked back; they stay reserved until the node says what becomes of them.
	CancelPending int64 `avro:"cancel_pending"`
	// Who owns the units: own, or the supplier whose node it is. A supplier's are promised provisionally and are no part of our stock.
	Owner string `avro:"owner"`
	// Units of reserved that the supplier's own count has taken off already; available does not take them off again.
	Contained int64 `avro:"contained"`
	// What pools keep of available - claimed; the rest is free for everybody.
	Pools []PoolShare `avro:"pools"`
}

// DatedSupply is stock of an item that is to come to a node and that nobody claims, in its base unit.
type DatedSupply struct {
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Units of it that nobody claims.
	Qty int64 `avro:"qty"`
	// When it is to be there.
	Due time.Time `avro:"due"`
}

// StockFreeze is why nothing of an item is granted.
type StockFreeze struct {
	// Who froze it.
	By string `avro:"by"`
	// Why, in words.
	Reason string `avro:"reason"`
	// Violation because of which it was frozen, empty for none.
	ViolationID string `avro:"violation_id"`
	// When it was frozen.
	Since time.Time `avro:"since"`
}

// OwnerPosition is what somebody else has of an item at one of our nodes, in its base unit. It is never promised and no part of our stock.
type OwnerPosition struct {
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Who owns the units: a party's id.
	Owner string `avro:"owner"`
	// Present, in any condition.
	OnHand int64 `avro:"on_hand"`
	// Present but not sold.
	Unsellable int64 `avro:"unsellable"`
}

// InventoryPosition is the stock of one item now, at all nodes.
type InventoryPosition struct {
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Version of the position, rising by one with each change.
	Version int64 `avro:"version"`
	// When it was reached.
	AsOf time.Time `avro:"as_of"`
	// What can be promised per node: our own stock, and that of a supplier at its node.
	Nodes []NodePosition `avro:"nodes"`
	// What is to come and free to be claimed, the earliest first; at most a hundred.
	Supplies []DatedSupply `avro:"supplies"`
	// Sum over all nodes of what can be promised.
	TotalAvailable int64 `avro:"total_available"`
	// Nothing of it is granted now, whatever is available.
	Frozen bool `avro:"frozen"`
	// Why it is frozen; null when it is not, or was frozen before this was said.
	Freeze *StockFreeze `avro:"freeze"`
	// Stock of others per node and owner.
	Others []OwnerPosition `avro:"others"`
}

// InventoryShortage says that stock at a node no longer covers what is promised of it. It is advice: only the orders give units back.
type InventoryShortage struct {
	// This shortage; later records of the same id say how it went on.
	ShortageID string `avro:"shortage_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Units that lack now in the item's base unit; 0 when the shortage is over.
	Qty int64 `avro:"qty"`
	// Promised at the node now.
	Reserved int64 `avro:"reserved"`
	// Version of the item's position that shows it.
	PositionVersion int64 `avro:"position_version"`
	// When it was found.
	FoundAt time.Time `avro:"found_at"`
}

// InventorySupply is dated stock to come.
type InventorySupply struct {
	// This supply; a later record of the same id replaces it, quantity 0 ends it.
	SupplyID string `avro:"supply_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Units still to come in the item's base unit.
	Qty int64 `avro:"qty"`
	// Unit of measure, UN/ECE Recommendation 20 code.
	Uom string `avro:"uom"`
	// When it is expected at the node.
	Due time.Time `avro:"due"`
	// Number of the partner's document that states the fact.
	Document string `avro:"document"`
	// Where it comes from.
	Kind SupplyKind `avro:"kind"`
	// System that stated the fact.
	Source string `avro:"source"`
}

// InventoryVariance says that two accounts of the stock of an item at a node differ.
type InventoryVariance struct {
	// This finding; a repeated one has the same id.
	VarianceID string `avro:"variance_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Who owns the units: own, or a party's id.
	Owner string `avro:"owner"`
	// Likely cause.
	Class VarianceClass `avro:"class"`
	// Units by our account, in the item's base unit.
	Expected int64 `avro:"expected"`
	// Units by the other account, in the item's base unit.
	Found int64 `avro:"found"`
	// System that gives the other account.
	Source string `avro:"source"`
	// Number of the partner's document it is about, empty for none.
	Document string `avro:"document"`
	// Baseline that found it, empty for none.
	Batch string `avro:"batch"`
	// The evidence, for people.
	Detail string `avro:"detail"`
	// When it was found.
	FoundAt time.Time `avro:"found_at"`
}
