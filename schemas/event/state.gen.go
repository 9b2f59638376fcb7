// Code generated from schemas/avro/state/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// BaselineState says where a baseline stands.
//   - staging: rows come in
//   - held: something is odd, a person decides
//   - applying: its rows are being taken
//   - discarding: its rows are being left
//   - applied: taken whole, the end
//   - refused: left whole, the end
type BaselineState string

// Values of BaselineState; its comment says what each means.
const (
	BaselineStateStaging    BaselineState = "staging"
	BaselineStateHeld       BaselineState = "held"
	BaselineStateApplying   BaselineState = "applying"
	BaselineStateDiscarding BaselineState = "discarding"
	BaselineStateApplied    BaselineState = "applied"
	BaselineStateRefused    BaselineState = "refused"
)

// HoldState is where the credit of one order stands.
//   - none: nothing was asked yet
//   - waiting: it does not fit under the limit
//   - granted: its amount is kept free
//   - released: the order needs no more
type HoldState string

// Values of HoldState; its comment says what each means.
const (
	HoldStateNone     HoldState = "none"
	HoldStateWaiting  HoldState = "waiting"
	HoldStateGranted  HoldState = "granted"
	HoldStateReleased HoldState = "released"
)

// OrderPhase is the state of the order machine.
//   - none: nothing was submitted
//   - recalled: cancelled before it was submitted
//   - reserving: every item was asked of stock
//   - claiming: items wait for stock one after another
//   - committing: all granted, being made firm, which a former version waited for
//   - returning: all granted units are being given back
//   - released: nodes were asked to ship
//   - backordered: waits for supply
//   - completed, cancelled, rejected: ended
//   - validating: taken on, a hold stands before validation
//   - allocated: granted for good, a hold stands before the release
//   - basket_asking, basket_claiming, basket_returning: not submitted yet, as reserving, claiming and returning for its basket
//   - basket_kept: not submitted yet, units are kept for its basket
type OrderPhase string

// Values of OrderPhase; its comment says what each means.
const (
	OrderPhaseNone            OrderPhase = "none"
	OrderPhaseRecalled        OrderPhase = "recalled"
	OrderPhaseReserving       OrderPhase = "reserving"
	OrderPhaseClaiming        OrderPhase = "claiming"
	OrderPhaseCommitting      OrderPhase = "committing"
	OrderPhaseReturning       OrderPhase = "returning"
	OrderPhaseReleased        OrderPhase = "released"
	OrderPhaseBackordered     OrderPhase = "backordered"
	OrderPhaseCompleted       OrderPhase = "completed"
	OrderPhaseCancelled       OrderPhase = "cancelled"
	OrderPhaseRejected        OrderPhase = "rejected"
	OrderPhaseValidating      OrderPhase = "validating"
	OrderPhaseAllocated       OrderPhase = "allocated"
	OrderPhaseBasketAsking    OrderPhase = "basket_asking"
	OrderPhaseBasketClaiming  OrderPhase = "basket_claiming"
	OrderPhaseBasketReturning OrderPhase = "basket_returning"
	OrderPhaseBasketKept      OrderPhase = "basket_kept"
)

// OrderGoal is what follows when everything granted was given back.
//   - none: nothing is given back
//   - replan: ask other nodes
//   - claim: wait for the items one after another
//   - shortage: end as stock cannot give the order
//   - cancel: end as asked
//   - amend: begin anew with other lines
type OrderGoal string

// Values of OrderGoal; its comment says what each means.
const (
	OrderGoalNone     OrderGoal = "none"
	OrderGoalReplan   OrderGoal = "replan"
	OrderGoalClaim    OrderGoal = "claim"
	OrderGoalShortage OrderGoal = "shortage"
	OrderGoalCancel   OrderGoal = "cancel"
	OrderGoalAmend    OrderGoal = "amend"
)

// BasketState is where a basket stands.
//   - asking: stock has not answered
//   - kept: every unit is kept
//   - refused: stock cannot keep it
//   - released: nobody wants it any more
//   - expired: it was not ordered in time
//   - ordered: the order has its units
//   - replaced: the order asked for other goods
type BasketState string

// Values of BasketState; its comment says what each means.
const (
	BasketStateAsking   BasketState = "asking"
	BasketStateKept     BasketState = "kept"
	BasketStateRefused  BasketState = "refused"
	BasketStateReleased BasketState = "released"
	BasketStateExpired  BasketState = "expired"
	BasketStateOrdered  BasketState = "ordered"
	BasketStateReplaced BasketState = "replaced"
)

// ClaimState is where a claim stands.
//   - asked: stock has not answered
//   - waiting: it stands at stock
//   - served: the units are there and reserved
type ClaimState string

// Values of ClaimState; its comment says what each means.
const (
	ClaimStateAsked   ClaimState = "asked"
	ClaimStateWaiting ClaimState = "waiting"
	ClaimStateServed  ClaimState = "served"
)

// ItemState is where one item stands between the order and stock.
//   - open: nothing is held or asked
//   - asked: a reservation is asked
//   - held: granted tentatively
//   - contended: refused, may fit later
//   - short: refused
//   - committing: being made firm, which a former version waited for
//   - committed: granted for good
//   - returning: being given back
type ItemState string

// Values of ItemState; its comment says what each means.
const (
	ItemStateOpen       ItemState = "open"
	ItemStateAsked      ItemState = "asked"
	ItemStateHeld       ItemState = "held"
	ItemStateContended  ItemState = "contended"
	ItemStateShort      ItemState = "short"
	ItemStateCommitting ItemState = "committing"
	ItemStateCommitted  ItemState = "committed"
	ItemStateReturning  ItemState = "returning"
)

// ReturnState is how far a return is.
//   - none: nothing is known of it
//   - requested: it is looked up what the goods came with
//   - info_needed: no unit was found, a person decides
//   - authorised: it may come
//   - declined: it may not
//   - arrived: goods are back and not all is settled
//   - closed: settled
//   - cancelled: it does not take place
//   - lost: it was lost on the way
//   - expired: nothing arrived in time
//   - pending: it may come by the rules, and the system of record has not ruled yet
type ReturnState string

// Values of ReturnState; its comment says what each means.
const (
	ReturnStateNone       ReturnState = "none"
	ReturnStateRequested  ReturnState = "requested"
	ReturnStateInfoNeeded ReturnState = "info_needed"
	ReturnStateAuthorised ReturnState = "authorised"
	ReturnStateDeclined   ReturnState = "declined"
	ReturnStateArrived    ReturnState = "arrived"
	ReturnStateClosed     ReturnState = "closed"
	ReturnStateCancelled  ReturnState = "cancelled"
	ReturnStateLost       ReturnState = "lost"
	ReturnStateExpired    ReturnState = "expired"
	ReturnStatePending    ReturnState = "pending"
)

// ReturnUse is what the buyer gets for units.
//   - money: their price
//   - exchange: other goods
//   - allowance: a part of their price, for keeping them
type ReturnUse string

// Values of ReturnUse; its comment says what each means.
const (
	ReturnUseMoney     ReturnUse = "money"
	ReturnUseExchange  ReturnUse = "exchange"
	ReturnUseAllowance ReturnUse = "allowance"
)

// CreditState is how far a credit is.
//   - waiting_invoice: its invoice is not posted
//   - approved: the system of record is asked for a credit note
//   - posted: there is one
type CreditState string

// Values of CreditState; its comment says what each means.
const (
	CreditStateWaitingInvoice CreditState = "waiting_invoice"
	CreditStateApproved       CreditState = "approved"
	CreditStatePosted         CreditState = "posted"
)

// PaymentState is how far a payment request is.
//   - asked: no answer has come
//   - done: the partner did it
//   - declined: the partner refused
type PaymentState string

// Values of PaymentState; its comment says what each means.
const (
	PaymentStateAsked    PaymentState = "asked"
	PaymentStateDone     PaymentState = "done"
	PaymentStateDeclined PaymentState = "declined"
)

// ReservationState says how firm a reservation is.
//   - closed: nothing is open in it, the end
//   - waiting: a claim in the queue, holds nothing yet
//   - tentative: held until the order commits or releases
//   - committed: promised, until it is shipped or released
//   - held: kept for a basket, until it is confirmed, released or its time is over
//   - backordered: claims units that are to come, until they are there or it is released
//   - at_node: the node was asked to ship, until it ships or says that it will not
type ReservationState string

// Values of ReservationState; its comment says what each means.
const (
	ReservationStateClosed      ReservationState = "closed"
	ReservationStateWaiting     ReservationState = "waiting"
	ReservationStateTentative   ReservationState = "tentative"
	ReservationStateCommitted   ReservationState = "committed"
	ReservationStateHeld        ReservationState = "held"
	ReservationStateBackordered ReservationState = "backordered"
	ReservationStateAtNode      ReservationState = "at_node"
)

// AvailabilityItemRecord is an item of whose availability others are told.
type AvailabilityItemRecord struct {
	// Version of the item's newest position.
	Version int64 `avro:"version"`
	// When that position was true.
	AsOf time.Time `avro:"as_of"`
}

// AvailableAt is what can be sold at a node.
type AvailableAt struct {
	// Stocking place: warehouse, third party or supplier.
	Location string `avro:"location"`
	// Units that can be promised now; below zero it lacks units for what it has promised.
	Available int64 `avro:"available"`
}

// AvailabilityToldRecord is what an endpoint was told of an item, and what it has to be told.
type AvailabilityToldRecord struct {
	// What can be sold now, as the endpoint is shown it.
	Shown []AvailableAt `avro:"shown"`
	// What the newest message says.
	Sent []AvailableAt `avro:"sent"`
	// Messages that were asked for.
	Messages int64 `avro:"messages"`
	// Number of the newest message on webhook.status, 0 when none stands there.
	Seq int64 `avro:"seq"`
	// The newest message, as in its header webhook-id, until it is answered.
	MessageID string `avro:"message_id"`
}

// BaselineDrift is a row of a baseline that differs from our account.
type BaselineDrift struct {
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Units by our account as of the watermark.
	Expected int64 `avro:"expected"`
	// Units by the source's account.
	Counted int64 `avro:"counted"`
	// Value of a unit in minor units, 0 when unknown.
	UnitValue int64 `avro:"unit_value"`
}

// BaselineAccount is how much of one node's stock the accounts agree on.
type BaselineAccount struct {
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Units by our account.
	Expected int64 `avro:"expected"`
	// Units by which rows differ, without sign.
	Moved int64 `avro:"moved"`
}

// BaselineBatch is one baseline of a source: what came of it, and what became of it.
type BaselineBatch struct {
	// This baseline, as its source names it.
	Batch string `avro:"batch"`
	// Where it stands.
	State BaselineState `avro:"state"`
	// The manifest is here.
	Announced bool `avro:"announced"`
	// Rows by the manifest.
	Rows int64 `avro:"rows"`
	// Checksum by the manifest.
	Checksum int64 `avro:"checksum"`
	// Items that it does not name have no stock at its nodes.
	Complete bool `avro:"complete"`
	// Nodes that it is about.
	Nodes []string `avro:"nodes"`
	// Position up to which it contains everything.
	WatermarkSeq int64 `avro:"watermark_seq"`
	// Time up to which it contains everything.
	WatermarkAt *time.Time `avro:"watermark_at"`
	// Rows that wait at their items, without those of absent items.
	Staged int64 `avro:"staged"`
	// Sum of their fingerprints.
	Hashes int64 `avro:"hashes"`
	// Known items that it does not name and that were asked for nothing.
	Absent int64 `avro:"absent"`
	// Those of them that wait at their items.
	AbsentStaged int64 `avro:"absent_staged"`
	// All known items were looked for.
	Swept bool `avro:"swept"`
	// Where a walk over known items or rows goes on.
	Cursor string `avro:"cursor"`
	// Rows that cannot be taken.
	Faults int64 `avro:"faults"`
	// Rows that differ from our account.
	Changed int64 `avro:"changed"`
	// Rows that go from something to nothing.
	Zeroed int64 `avro:"zeroed"`
	// Rows of which we have something.
	Stocked int64 `avro:"stocked"`
	// Units by our account.
	Expected int64 `avro:"expected"`
	// Units by which rows differ, without sign.
	Moved int64 `avro:"moved"`
	// Value of these in minor units.
	Value int64 `avro:"value"`
	// The rows with the greatest differences by value, then units.
	Worst []BaselineDrift `avro:"worst"`
	// One a node, in the order in which they were first heard of.
	Accounts []BaselineAccount `avro:"accounts"`
	// Why it is held, or was left, as a code.
	Reason string `avro:"reason"`
	// Who decided, empty when nobody had to.
	By string `avro:"by"`
	// When it last changed.
	TouchedAt time.Time `avro:"touched_at"`
}

// BaselineKnown is an item that has or had stock at a node whose baselines a source sends.
type BaselineKnown struct {
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
}

// BaselineRow is a row of a baseline that waits at its item.
type BaselineRow struct {
	// Fingerprint of the row.
	Hash int64 `avro:"hash"`
	// The source did not name the item.
	Absent bool `avro:"absent"`
}

// BaselineMark is the newest baseline that was taken of a node.
type BaselineMark struct {
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Position up to which it contained everything, 0 when its source counts nothing.
	Seq int64 `avro:"seq"`
	// Time up to which it contained everything.
	At time.Time `avro:"at"`
	// Sum of the fingerprints of its rows.
	Checksum int64 `avro:"checksum"`
}

// BaselineSource is a system that sends baselines, and how far they were taken.
type BaselineSource struct {
	// The newest baseline that was taken of each node.
	Applied []BaselineMark `avro:"applied"`
}

// CatalogWorth is what waiting lines are worth in one currency.
type CatalogWorth struct {
	// ISO 4217 code.
	Currency string `avro:"currency"`
	// Sum in minor units of the currency.
	MinorUnits int64 `avro:"minor_units"`
}

// CatalogRow is a row of master data and what waits to replace it.
type CatalogRow struct {
	// Version of the published row, 0 before the first.
	Version int64 `avro:"version"`
	// The published row in Confluent wire format.
	Row []byte `avro:"row"`
	// System that stated it.
	Source string `avro:"source"`
	// Position of the newest statement that was judged, in its source.
	SourceSeq int64 `avro:"source_seq"`
	// The submission judged last.
	LastSubmission string `avro:"last_submission"`
	// The submission in quarantine, empty for none.
	WaitingSubmission string `avro:"waiting_submission"`
	// Its row.
	WaitingRow []byte `avro:"waiting_row"`
	// System that stated it.
	WaitingSource string `avro:"waiting_source"`
	// When it was put there.
	WaitingSince *time.Time `avro:"waiting_since"`
	// Why it waits.
	Findings []CatalogFinding `avro:"findings"`
	// Orders that wait for what this cross-reference's id means.
	WantedBy int64 `avro:"wanted_by"`
	// When the first of them began to wait, null when none does.
	WantedSince *time.Time `avro:"wanted_since"`
	// What the partner calls it.
	WantedName string `avro:"wanted_name"`
	// What the waiting lines are worth, a row a currency.
	WantedWorth []CatalogWorth `avro:"wanted_worth"`
}

// CatalogWanting is an order that waits for what a partner's id means with us.
type CatalogWanting struct {
	// ISO 4217 code of the amount.
	Currency string `avro:"currency"`
	// What the waiting lines are worth, minor units.
	Amount int64 `avro:"amount"`
	// When the order began to wait.
	Since time.Time `avro:"since"`
}

// ErpReturnRecord is what the system of record was asked about a return.
type ErpReturnRecord struct {
	// Revision of the newest question.
	Asked int64 `avro:"asked"`
	// Revision of the newest question that was answered.
	Ruled int64 `avro:"ruled"`
	// Number of the authorisation, empty until it answered.
	Number string `avro:"number"`
}

// ErpSaleRecord is what the system of record was told of an order.
type ErpSaleRecord struct {
	// The sale was asked for.
	Sold bool `avro:"sold"`
	// Number the system gave the sale, empty until it answered.
	Number string `avro:"number"`
	// Units of goods sold, with the amendments that were asked for.
	Units int64 `avro:"units"`
	// Units of goods in shipments that were asked for.
	Shipped int64 `avro:"shipped"`
	// Documents that came before the sale and wait for it.
	Waiting int64 `avro:"waiting"`
	// The order has ended; the sale is closed when all its shipments are posted.
	Ending bool `avro:"ending"`
	// Units of goods that had left when the order ended.
	Left int64 `avro:"left"`
	// Why the order ended without shipping everything.
	Reason string `avro:"reason"`
	// The closing was asked for.
	Closed bool `avro:"closed"`
	// Version of the order with the newest amendment that is known.
	Amended int64 `avro:"amended"`
	// An amendment was asked for that takes goods off. A node may ship them all the same, so the units of all lines together do not tell whether one is open at the end.
	Less bool `avro:"less"`
}

// ExposureRecord is the credit of one customer; all amounts are minor units.
type ExposureRecord struct {
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Largest open amount, null for none agreed.
	Limit *int64 `avro:"limit"`
	// Version of the master row that says so.
	LimitVersion int64 `avro:"limit_version"`
	// Why nothing is sold to the customer, as a code; empty when it may buy.
	Blocked string `avro:"blocked"`
	// Open balance in the system of record at the last baseline.
	Balance int64 `avro:"balance"`
	// The balance contains what was posted by then, null without a baseline.
	AsOf *time.Time `avro:"as_of"`
	// Position in the source that the balance contains, 0 when the source counts nothing.
	SourceSeq int64 `avro:"source_seq"`
	// Sum of the documents that the balance may not contain.
	Posted int64 `avro:"posted"`
	// Sum of what is granted to orders and not billed.
	Held int64 `avro:"held"`
	// Orders that asked, the number of the last.
	Asked int64 `avro:"asked"`
}

// ExposureEntryRecord is a posted document of a customer, kept so that it counts once.
type ExposureEntryRecord struct {
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Number of the document.
	Document string `avro:"document"`
	// What the customer owes more by it, minor units.
	Amount int64 `avro:"amount"`
	// When it was posted.
	PostedAt time.Time `avro:"posted_at"`
	// Position in the source, 0 when the source counts nothing.
	SourceSeq int64 `avro:"source_seq"`
	// The balance may not contain it.
	Counts bool `avro:"counts"`
}

// ExposureHoldRecord is the credit of one order.
type ExposureHoldRecord struct {
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Hold that was last decided, empty when none was asked.
	RequestID string `avro:"request_id"`
	// Revision of the order that it was asked for.
	Revision int64 `avro:"revision"`
	// Where it stands.
	State HoldState `avro:"state"`
	// Asked for, minor units.
	Amount int64 `avro:"amount"`
	// Granted, minor units.
	Granted int64 `avro:"granted"`
	// Of the order, on posted invoices, minor units.
	Billed int64 `avro:"billed"`
	// Of the order, on all its invoices, as its release said; some may be on their way, minor units.
	Bills int64 `avro:"bills"`
	// Place in the queue of those that wait, 0 for none.
	Turn int64 `avro:"turn"`
	// When something was last said about it.
	ChangedAt time.Time `avro:"changed_at"`
}

// ExposureTurnRecord is a place in the queue of the orders that wait for credit.
type ExposureTurnRecord struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
}

// FileRefusalRecord is a row of a file that was refused.
type FileRefusalRecord struct {
	// Input of the partner's configuration that the row is from.
	Input string `avro:"input"`
	// Number of the row in its file, the first is 1.
	Row int64 `avro:"row"`
	// Why, as a code.
	Reason string `avro:"reason"`
	// What is wrong, for people.
	Detail string `avro:"detail"`
	// The row as JSON.
	Text string `avro:"text"`
}

// RefusedRows counts the rows refused for one reason.
type RefusedRows struct {
	// Why, as a code.
	Reason string `avro:"reason"`
	// Rows.
	Rows int64 `avro:"rows"`
}

// FileRunRecord is how far a run of files has come and what it counted.
type FileRunRecord struct {
	// Partner whose configuration reads the files.
	Partner string `avro:"partner"`
	// Names of the stored files.
	Files []string `avro:"files"`
	// Seconds of the files' own time a second; 0 is as fast as it goes.
	Speed int64 `avro:"speed"`
	// Seed of generated stock.
	Seed int64 `avro:"seed"`
	// opening, running, done or failed.
	Phase string `avro:"phase"`
	// Why it failed.
	Failure string `avro:"failure"`
	// What the run waits for, empty while it goes on.
	Waiting string `avro:"waiting"`
	// Entries published.
	Position int64 `avro:"position"`
	// When it was asked for.
	RequestedAt time.Time `avro:"requested_at"`
	// When the first document was published.
	StartedAt time.Time `avro:"started_at"`
	// When the last entry was published or the run failed.
	FinishedAt time.Time `avro:"finished_at"`
	// Date of the first document.
	FirstDate time.Time `avro:"first_date"`
	// Date of the newest document published.
	LastDate time.Time `avro:"last_date"`
	// Rows read.
	RowsIn int64 `avro:"rows_in"`
	// Rows of the files.
	RowsTotal int64 `avro:"rows_total"`
	// Rows that became lines of orders.
	RowsOrders int64 `avro:"rows_orders"`
	// Rows that became lines of returns.
	RowsReturns int64 `avro:"rows_returns"`
	// Rows that became corrections of stock.
	RowsAdjustments int64 `avro:"rows_adjustments"`
	// Rows refused, by reason.
	Refused []RefusedRows `avro:"refused"`
	// Rows refused in all.
	RefusedRows int64 `avro:"refused_rows"`
	// Orders submitted.
	Orders int64 `avro:"orders"`
	// Returns requested.
	Returns int64 `avro:"returns"`
	// Products published.
	Products int64 `avro:"products"`
	// Supplies announced.
	Supplies int64 `avro:"supplies"`
	// Units in rows of orders.
	Units int64 `avro:"units"`
	// ISO 4217 code of the amounts.
	Currency string `avro:"currency"`
	// Sum of the orders' lines, each rounded once, in minor units.
	Money int64 `avro:"money"`
	// Sum of the orders' lines before rounding, in millionths.
	MoneyE6 int64 `avro:"money_e6"`
}

// FulfilmentRecord counts what the nodes stated about the fulfilments of one order.
type FulfilmentRecord struct {
	// Statements read.
	Reports int64 `avro:"reports"`
	// Statements that said nothing new.
	Duplicates int64 `avro:"duplicates"`
	// Words that no table knew when they came.
	Unmapped int64 `avro:"unmapped"`
	// Statements that wait for a table to know their word.
	Waiting int64 `avro:"waiting"`
}

// FulfilmentDocumentRecord remembers a shipment document, so that it counts once.
type FulfilmentDocumentRecord struct {
	// Fulfilment: the part of one order that one node ships.
	FulfilmentID string `avro:"fulfilment_id"`
	// Units it says left.
	Units int64 `avro:"units"`
}

// FulfilmentProgressRecord is how far one fulfilment is by what its node stated.
type FulfilmentProgressRecord struct {
	// Furthest status.
	Status FulfilmentStatus `avro:"status"`
	// Highest position seen in the source.
	SourceSeq int64 `avro:"source_seq"`
	// Time of the newest statement.
	OccurredAt time.Time `avro:"occurred_at"`
	// Units that left.
	Shipped int64 `avro:"shipped"`
	// Nothing more comes.
	Final bool `avro:"final"`
	// Last status beside the course, such as ON_HOLD or a word that no table knows.
	Beside string `avro:"beside"`
}

// NodeCountRecord is which count of a supplier was published last.
type NodeCountRecord struct {
	// Position of the supplier's count, 0 for none.
	Seq int64 `avro:"seq"`
	// Counts published.
	Counts int64 `avro:"counts"`
}

// NodeFeedRecord is how far the feed of a node was read.
type NodeFeedRecord struct {
	// Sequence of the last event read.
	Cursor int64 `avro:"cursor"`
	// Events read.
	Events int64 `avro:"events"`
}

// NodeItemRecord counts what nodes were told about an item.
type NodeItemRecord struct {
	// Units announced.
	Advised int64 `avro:"advised"`
	// Units corrected, signed.
	Adjusted int64 `avro:"adjusted"`
}

// NodeLoadRecord is what a node is to release, by day.
type NodeLoadRecord struct {
	// Days with places taken, in their order.
	Days []DayLoad `avro:"days"`
}

// NodeReleaseRecord counts what nodes were asked about an order.
type NodeReleaseRecord struct {
	// Documents sent.
	Asked int64 `avro:"asked"`
	// Documents that a node refused for good.
	Refused int64 `avro:"refused"`
}

// NodeSlotRecord is the place of a part of an order among those of a node's day.
type NodeSlotRecord struct {
	// Day as YYYY-MM-DD in the node's zone.
	Day string `avro:"day"`
	// Units of the part, in base units.
	Units int64 `avro:"units"`
}

// OrderRecord is what the order entity keeps about a whole order, of bounded size.
type OrderRecord struct {
	// State of the machine.
	Phase OrderPhase `avro:"phase"`
	// What follows the phase returning.
	Goal OrderGoal `avro:"goal"`
	// Number of the last event written.
	Version int64 `avro:"version"`
	// Submission that was decided.
	SubmissionID string `avro:"submission_id"`
	// SHA-256 in hex of the decided submission, tells a repeat from a different order.
	BodyHash string `avro:"body_hash"`
	// Submissions with another body, all refused.
	Mismatches int64 `avro:"mismatches"`
	// How it came: api, or file: and the partner's name.
	Source string `avro:"source"`
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
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Freight charged to the buyer, minor units.
	Shipping int64 `avro:"shipping"`
	// Sum of all lines and freight, minor units.
	Total int64 `avro:"total"`
	// The customer's own purchase order number.
	PurchaseOrder string `avro:"purchase_order"`
	// All units leave together or none.
	ShipComplete bool `avro:"ship_complete"`
	// What to do with units that stock cannot give.
	Shortage ShortagePolicy `avro:"shortage"`
	// When the buyer ordered.
	OrderedAt time.Time `avro:"ordered_at"`
	// When it was taken on.
	AcceptedAt time.Time `avro:"accepted_at"`
	// Date before which units must not expire of lines that name none, by what its channel and its customer demanded when it was taken on, or its basket; null when any will do.
	MinExpiry *time.Time `avro:"min_expiry"`
	// When the last event was written.
	UpdatedAt time.Time `avro:"updated_at"`
	// Different items to reserve.
	Items int64 `avro:"items"`
	// Number of the sourcing plan under way.
	Plan int64 `avro:"plan"`
	// Answers of stock that the phase waits for.
	Pending int64 `avro:"pending"`
	// Item that waits for stock in the phase claiming.
	Claimed string `avro:"claimed"`
	// Units ordered that stock must give.
	Units int64 `avro:"units"`
	// Units of charges and services, which stock need not give.
	Charged int64 `avro:"charged"`
	// Units granted by the settled plan.
	Allocated int64 `avro:"allocated"`
	// Units at nodes that neither left nor will stay.
	InFlight int64 `avro:"in_flight"`
	// Units that left.
	Shipped int64 `avro:"shipped"`
	// Units that a node will not ship.
	Returned int64 `avro:"returned"`
	// Units that wait for supply.
	Backordered int64 `avro:"backordered"`
	// Units taken off the order.
	Cancelled int64 `avro:"cancelled"`
	// Lines that stock could not give in full.
	LinesShort int64 `avro:"lines_short"`
	// Shipments to be invoiced, and 1 for an order without goods.
	ToBill int64 `avro:"to_bill"`
	// Those that are invoiced.
	Billed int64 `avro:"billed"`
	// Sum of the invoices, minor units.
	Invoiced int64 `avro:"invoiced"`
	// Why it was cancelled, shall be, or was rejected; empty when nobody asked.
	CancelReason string `avro:"cancel_reason"`
	// Number at the system of record.
	Registered string `avro:"registered"`
	// Facts that should not have happened and stand, each with a row.
	Exceptions int64 `avro:"exceptions"`
	// Entries of the timeline.
	Moments int64 `avro:"moments"`
	// Plans asked in the round under way.
	Tries int64 `avro:"tries"`
	// Rounds of asking nodes to ship.
	Rounds int64 `avro:"rounds"`
	// Rounds that began because a node did not ship its part.
	Replans int64 `avro:"replans"`
	// Promised dates that passed without the units; after some only people plan the order again.
	Passings int64 `avro:"passings"`
	// Units came back from a node since stock was last asked.
	Again bool `avro:"again"`
	// Commands by which stock was told to take units back.
	Backs int64 `avro:"backs"`
	// Stock lacks units that it has granted for good; they are to be planned again before nodes are asked.
	Recalled bool `avro:"recalled"`
	// Units that are wanted, neither left nor at a node.
	Lacking int64 `avro:"lacking"`
	// Units at nodes beyond what is wanted.
	Excess int64 `avro:"excess"`
	// Units handed over to the buyer.
	Delivered int64 `avro:"delivered"`
	// Reasons for which it is held, in their order.
	Holds []string `avro:"holds"`
	// Highest revision of the document that was taken.
	Revision int64 `avro:"revision"`
	// A fact came ahead of what it is about.
	Early bool `avro:"early"`
	// When the buyer needs the goods, null when as soon as possible.
	NeededBy *time.Time `avro:"needed_by"`
	// When the buyer pays, null when nothing is agreed: on account without a limit.
	Terms *PaymentTerms `avro:"terms"`
	// The credit of its customer decides whether it may go.
	OnCredit bool `avro:"on_credit"`
	// What the buyer is to pay for what is wanted, at nodes or gone, minor units.
	Due int64 `avro:"due"`
	// Times that the customer's credit was asked.
	CreditAsks int64 `avro:"credit_asks"`
	// Amount that it was last asked for, minor units.
	CreditAsked int64 `avro:"credit_asked"`
	// Amount that it granted, minor units.
	CreditGranted int64 `avro:"credit_granted"`
	// Set aside at payment partners and not set free, minor units.
	Authorised int64 `avro:"authorised"`
	// Taken from the buyer and not paid back, minor units.
	Paid int64 `avro:"paid"`
	// A person lets it go without the buyer's money or credit.
	Unsecured bool `avro:"unsecured"`
	// Nodes of which the release awaits a place in their day, or that day.
	Slots int64 `avro:"slots"`
	// Claims on stock to come that are not served.
	Claims int64 `avro:"claims"`
	// Claims whose units came and are not allocated yet.
	Served int64 `avro:"served"`
	// Violation because of which it was frozen last, empty for none.
	FrozenFor string `avro:"frozen_for"`
	// Later days on which nodes that had not shipped it were asked again; after some only people plan the order again.
	Retries int64 `avro:"retries"`
	// When the wait began of what lacks because nodes did not ship it; null when nothing does.
	RefusedAt *time.Time `avro:"refused_at"`
	// When the first of those nodes begins a later working day; null when nothing waits for one.
	RetryAt *time.Time `avro:"retry_at"`
}

// OrderAmendmentRecord is an amendment that waits until stock has everything back.
type OrderAmendmentRecord struct {
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// The channel's revision of the document.
	Revision int64 `avro:"revision"`
	// Why, as a code.
	Reason string `avro:"reason"`
	// All lines as they shall be.
	Lines []OrderLine `avro:"lines"`
}

// BasketGrant is what one node keeps of an item for a basket.
type BasketGrant struct {
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Reservation that keeps the units.
	ReservationID string `avro:"reservation_id"`
}

// OrderBasketRecord is what an order keeps of the units that were kept for its basket before it was submitted.
type OrderBasketRecord struct {
	// Where it stands.
	State BasketState `avro:"state"`
	// Request that it was made by.
	RequestID string `avro:"request_id"`
	// SHA-256 in hex of what was asked.
	BodyHash string `avro:"body_hash"`
	// What was asked.
	Lines []BasketLine `avro:"lines"`
	// Until when its units are kept.
	Until time.Time `avro:"until"`
	// Until when stock was asked to keep them, null when it is not being asked.
	Extended *time.Time `avro:"extended"`
	// Who keeps them, none unless they are kept.
	Grants []BasketGrant `avro:"grants"`
	// Of a refused basket: what could have been kept of the items that were short.
	Could []BasketLine `avro:"could"`
	// Why it was refused, as a code.
	Reason string `avro:"reason"`
	// When it last changed.
	UpdatedAt time.Time `avro:"updated_at"`
}

// OrderChargeRecord is a line that stock need not give: a charge or a service.
type OrderChargeRecord struct {
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Place among the lines of the order, from 0.
	Position int `avro:"position"`
	// The line as sold.
	Line OrderLine `avro:"line"`
}

// OrderClaimRecord is the claim of an order on units of one item that are to come.
type OrderClaimRecord struct {
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Where it stands.
	State ClaimState `avro:"state"`
	// Command that claimed; answers name it.
	CommandID string `avro:"command_id"`
	// Reservation that gets the units.
	ReservationID string `avro:"reservation_id"`
	// Number of the order's sourcing plan.
	Plan int64 `avro:"plan"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Who owns the units that serve it: own, or a party's id.
	Owner string `avro:"owner"`
	// Units claimed in the item's base unit.
	Qty int64 `avro:"qty"`
	// Of several items that leave together: it holds a date and no units until there is a date for all.
	DatesOnly bool `avro:"dates_only"`
	// They are not wanted earlier.
	NotBefore *time.Time `avro:"not_before"`
	// When they are to be there, null while no supply covers them.
	PromisedFor *time.Time `avro:"promised_for"`
	// Times that all items that leave together had a date and others took what was to come first.
	Losses int64 `avro:"losses"`
	// Version of the item's stock at the last answer.
	Position int64 `avro:"position"`
	// When it was claimed.
	Since time.Time `avro:"since"`
}

// OrderDecisionRecord is why the plan of that number was chosen.
type OrderDecisionRecord struct {
	// Number of the sourcing plan.
	Plan int64 `avro:"plan"`
	// ISO 4217 code of every cost in this record.
	Currency string `avro:"currency"`
	// The decision.
	Decision SourcingDecision `avro:"decision"`
}

// OrderExceptionRecord is a fact of an order that should not have happened, as long as it stands.
type OrderExceptionRecord struct {
	// What is wrong, as a code.
	Kind string `avro:"kind"`
	// What it is about: a line, a fulfilment, a shipment.
	Subject string `avro:"subject"`
	// The evidence, for people.
	Detail string `avro:"detail"`
	// When it was noticed.
	Since time.Time `avro:"since"`
}

// OrderFulfilmentRecord is how far a node is with its part of an order.
type OrderFulfilmentRecord struct {
	// Fulfilment: the part of one order that one node ships.
	FulfilmentID string `avro:"fulfilment_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Units asked of the node.
	Units int64 `avro:"units"`
	// Furthest status stated.
	Status FulfilmentStatus `avro:"status"`
	// The partner's own word for it.
	Word string `avro:"word"`
	// Units in the shipments known here.
	Shipped int64 `avro:"shipped"`
	// Units that had left by the last statement; more than shipped when a shipment is still on its way here.
	Stated int64 `avro:"stated"`
	// The node stated that nothing more comes.
	Final bool `avro:"final"`
	// The node was asked to stop, in full or in part.
	CancelAsked bool `avro:"cancel_asked"`
	// Units counted as given back.
	Returned int64 `avro:"returned"`
	// Units that stock was told to take back.
	AskedBack int64 `avro:"asked_back"`
	// When the last statement came.
	UpdatedAt time.Time `avro:"updated_at"`
	// Round in which the node was asked, 0 for a fact ahead of its cause.
	Round int64 `avro:"round"`
	// What left by it counts: the node was asked, or the time for that has passed.
	Counted bool `avro:"counted"`
	// How often the node was asked to ship.
	Attempts int `avro:"attempts"`
	// How often the node was asked to stop.
	Recalls int `avro:"recalls"`
	// When the node was first asked to ship.
	ReleasedAt time.Time `avro:"released_at"`
	// When the node was last asked to stop.
	RecalledAt time.Time `avro:"recalled_at"`
	// The node accepted nothing in time and was asked to stop; nobody knows whether it ships.
	InDoubt bool `avro:"in_doubt"`
	// The node stated that it will not stop.
	Refused bool `avro:"refused"`
	// A person decided that the node will not ship the rest.
	GivenUp bool `avro:"given_up"`
	// Who owns what the node ships: own, or the supplier whose node it is.
	Owner string `avro:"owner"`
	// The supplier decided about the purchase; until then what it is asked for is provisional.
	Decided bool `avro:"decided"`
	// Position in the supplier's count at which it decided, 0 when it counts nothing.
	DecidedSeq int64 `avro:"decided_seq"`
	// When the supplier decided.
	DecidedAt *time.Time `avro:"decided_at"`
	// System that stated the decision.
	DecidedBy string `avro:"decided_by"`
}

// OrderHoldRecord is why an order waits for somebody.
type OrderHoldRecord struct {
	// Why, as a code.
	Reason string `avro:"reason"`
	// Who holds it: an operator's id or the name of a rule.
	HeldBy string `avro:"held_by"`
	// What whoever holds it wants to be read later.
	Note string `avro:"note"`
	// When it began.
	Since time.Time `avro:"since"`
	// When it ends by itself, null when only somebody ends it.
	ExpiresAt *time.Time `avro:"expires_at"`
}

// OrderInvoiceRecord is an invoice of an order.
type OrderInvoiceRecord struct {
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Invoice request, unique per shipment.
	InvoiceID string `avro:"invoice_id"`
	// Shipment it bills, empty for an order without goods.
	ShipmentID string `avro:"shipment_id"`
	// Number at the system of record.
	Number string `avro:"number"`
	// System of record.
	System string `avro:"system"`
	// Invoice total, minor units.
	Total int64 `avro:"total"`
	// When it was posted.
	PostedAt time.Time `avro:"posted_at"`
}

// ItemLine is a line of an order with its place among the lines.
type ItemLine struct {
	// Place among the lines of the order, from 0.
	Position int `avro:"position"`
	// The line as sold.
	Line OrderLine `avro:"line"`
	// Units that are no longer wanted.
	Dropped int64 `avro:"dropped"`
	// Units that left a node.
	Shipped int64 `avro:"shipped"`
	// Units at nodes that neither left nor will stay.
	InFlight int64 `avro:"in_flight"`
	// Units handed over to the buyer.
	Delivered int64 `avro:"delivered"`
}

// OrderItemRecord is one item of an order: all lines that sell it, and what stock answered.
type OrderItemRecord struct {
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Units of all its lines.
	Ordered int64 `avro:"ordered"`
	// Where it stands with stock.
	State ItemState `avro:"state"`
	// Commands without an answer.
	Awaiting []string `avro:"awaiting"`
	// What the last reservation asked.
	Asked []NodeQty `avro:"asked"`
	// What is granted and not given back.
	Grants []Grant `avro:"grants"`
	// Units of grants that stock found not to be there, until they are given back.
	Lost []Grant `avro:"lost"`
	// What each node could have given besides, at the last answer.
	Available []NodeQty `avro:"available"`
	// Lines in the order of their positions.
	Lines []ItemLine `avro:"lines"`
	// Nodes that did not ship the item when asked.
	Excluded []string `avro:"excluded"`
	// First date that was promised for units which have not come since, null when there is none.
	Missed *time.Time `avro:"missed"`
	// Last promised date that passed and after which the item was planned again, null when there is none.
	Passed *time.Time `avro:"passed"`
	// Version of the item's stock that said what is available, null when stock has not answered in this round.
	Position *int64 `avro:"position"`
}

// OrderMomentRecord is an entry of the timeline of an order.
type OrderMomentRecord struct {
	// When it happened here.
	At time.Time `avro:"at"`
	// What happened: the name of an event, or a code.
	Event string `avro:"event"`
	// More about it, for people.
	Detail string `avro:"detail"`
}

// OrderPartRecord is the part of one line that one fulfilment ships.
type OrderPartRecord struct {
	// Fulfilment: the part of one order that one node ships.
	FulfilmentID string `avro:"fulfilment_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Reservation that holds the units.
	ReservationID string `avro:"reservation_id"`
	// Units asked of the node; 0 for a fact ahead of its cause.
	Asked int64 `avro:"asked"`
	// Units that left.
	Shipped int64 `avro:"shipped"`
	// Units that the node stated it will not ship.
	Withheld int64 `avro:"withheld"`
	// Units that the node was asked not to ship.
	Recalled int64 `avro:"recalled"`
	// Units that stock was told to take back.
	Returned int64 `avro:"returned"`
	// Units of withheld that the supplier refused when it decided about the purchase.
	Declined int64 `avro:"declined"`
}

// OrderPaymentRecord remembers a statement of a payment partner, so that it counts once.
type OrderPaymentRecord struct {
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Amount, minor units.
	Amount int64 `avro:"amount"`
	// When it was booked.
	At time.Time `avro:"at"`
}

// OrderRequestRecord remembers a request that was done, so that it is done once.
type OrderRequestRecord struct {
	// Who asked.
	RequestedBy string `avro:"requested_by"`
	// When it was done.
	At time.Time `avro:"at"`
}

// ShipmentParcel is where one parcel of a shipment stands.
type ShipmentParcel struct {
	// Parcel: UUIDv5 of carrier, tracking number and day of shipment.
	ParcelID string `avro:"parcel_id"`
	// Canonical status.
	Status string `avro:"status"`
	// Number of that status at the parcel.
	Seq int64 `avro:"seq"`
}

// OrderShipmentRecord is a shipment of an order.
type OrderShipmentRecord struct {
	// Shipment, unique over all nodes.
	ShipmentID string `avro:"shipment_id"`
	// Fulfilment: the part of one order that one node ships.
	FulfilmentID string `avro:"fulfilment_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// What left.
	Lines []ShipmentLine `avro:"lines"`
	// Carrier's code.
	Carrier string `avro:"carrier"`
	// Tracking number.
	Tracking string `avro:"tracking"`
	// Number of the partner's document.
	Document string `avro:"document"`
	// When it left.
	ShippedAt time.Time `avro:"shipped_at"`
	// Its parcels, as far as carriers spoke of them.
	Parcels []ShipmentParcel `avro:"parcels"`
	// Who says that it will not arrive, beside carriers; empty for nobody.
	LostBy string `avro:"lost_by"`
	// How what does not arrive is made good, refund or reship, as somebody chose or as it was done; empty for as the channel does.
	Redress string `avro:"redress"`
	// It was made good.
	MadeGood bool `avro:"made_good"`
}

// OrderSlotRecord is the place that a part of the order has, or waits for, in a node's day.
type OrderSlotRecord struct {
	// Request for it.
	RequestID string `avro:"request_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// First day that suits, as YYYY-MM-DD in the node's zone.
	Asked string `avro:"asked"`
	// Day of the place, empty until the node's capacity answered.
	Day string `avro:"day"`
	// The answer or the day has not come.
	Waits bool `avro:"waits"`
	// Units that it is for, in base units; 0 when it was made before they were kept.
	Units int64 `avro:"units"`
}

// OrderWantRecord is a number of the channel of which an order has asked what it means.
type OrderWantRecord struct {
	// When it asked.
	AskedAt time.Time `avro:"asked_at"`
}

// ParcelSaid is one statement about a parcel.
type ParcelSaid struct {
	// Canonical status.
	Status string `avro:"status"`
	// It takes back what was stated before it.
	Corrects bool `avro:"corrects"`
	// System that stated it.
	Source string `avro:"source"`
	// Position of the statement in its source, 0 when the source counts nothing.
	SourceSeq int64 `avro:"source_seq"`
	// When it happened.
	OccurredAt time.Time `avro:"occurred_at"`
}

// ParcelRecord is how far one parcel is by what its carrier stated.
type ParcelRecord struct {
	// Shipment that it is part of, empty when no source said so.
	ShipmentID string `avro:"shipment_id"`
	// Carrier's code.
	Carrier string `avro:"carrier"`
	// Tracking number.
	Tracking string `avro:"tracking"`
	// Day it left as YYYY-MM-DD.
	ShippedOn string `avro:"shipped_on"`
	// Where it stands.
	Status ParcelStatus `avro:"status"`
	// Number of the status.
	Seq int64 `avro:"seq"`
	// What was stated, without repeats; where the parcel stands follows from it.
	Said []ParcelSaid `avro:"said"`
}

// ParcelConsignedRecord is a shipment that left under a carrier's number.
type ParcelConsignedRecord struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Shipment.
	ShipmentID string `avro:"shipment_id"`
	// Carrier as whoever shipped calls it.
	Carrier string `avro:"carrier"`
	// Tracking number.
	Tracking string `avro:"tracking"`
	// When it left.
	ShippedAt time.Time `avro:"shipped_at"`
}

// ParcelLabelRecord counts what is known of a carrier's number.
type ParcelLabelRecord struct {
	// Statements of the carrier.
	Scans int64 `avro:"scans"`
	// Statements of them whose shipment is not known.
	Waiting int64 `avro:"waiting"`
	// Statements of them that were given up.
	Dropped int64 `avro:"dropped"`
}

// PaymentDeskRecord is how far the transactions of an order are that a payment partner is asked for.
type PaymentDeskRecord struct {
	// Calls that were asked for, each attempt one.
	Asked int64 `avro:"asked"`
	// Calls that the partner answered with a transaction that was done.
	Done int64 `avro:"done"`
	// Calls that the partner answered with a refusal.
	Declined int64 `avro:"declined"`
}

// ReturnRecord is a return as a whole. What is counted here follows from its rows.
type ReturnRecord struct {
	// How far it is.
	State ReturnState `avro:"state"`
	// It was asked for; else goods came that nobody announced.
	Known bool `avro:"known"`
	// Channel that sells.
	Channel string `avro:"channel"`
	// The channel's own number of the return.
	ExternalID string `avro:"external_id"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Who returns, null when unknown.
	Customer *PartyRef `avro:"customer"`
	// Why, as a code.
	Reason string `avro:"reason"`
	// When it was asked for.
	RequestedAt *time.Time `avro:"requested_at"`
	// Nothing arrived in the time that an authorisation gives.
	Overdue bool `avro:"overdue"`
	// A receipt said that nothing more comes.
	Final bool `avro:"final"`
	// What was last said about whether it may come.
	Decision ReturnDecision `avro:"decision"`
	// Why, as last said.
	DecisionReason string `avro:"decision_reason"`
	// How it ended, as last said.
	Outcome ReturnOutcome `avro:"outcome"`
	// Lines that give back goods.
	Lines int64 `avro:"lines"`
	// Lines that give back no goods.
	Charges int64 `avro:"charges"`
	// Lines of goods of which every unit was found.
	Matched int64 `avro:"matched"`
	// Lines of goods that give back more than the buyer had.
	OverLines int64 `avro:"over_lines"`
	// Lines of goods of which no unit was found.
	UnmatchedLines int64 `avro:"unmatched_lines"`
	// Units asked for or here.
	Units int64 `avro:"units"`
	// Units that arrived.
	Here int64 `avro:"here"`
	// Units beyond what the buyer had.
	Over int64 `avro:"over"`
	// Units that fit no order.
	Unmatched int64 `avro:"unmatched"`
	// Units that wait for a person.
	Waits int64 `avro:"waits"`
	// Units credited.
	Credited int64 `avro:"credited"`
	// Units for which others are sent.
	Exchanged int64 `avro:"exchanged"`
	// Units for which settlement gives nothing.
	Refused int64 `avro:"refused"`
	// Money credited, minor units.
	Total int64 `avro:"total"`
	// Requests made to settlement.
	Asks int64 `avro:"asks"`
	// How often the system of record was asked whether it may come.
	Questions int64 `avro:"questions"`
	// When it was asked last.
	AskedAt *time.Time `avro:"asked_at"`
	// Which of the questions was answered last.
	Ruled int64 `avro:"ruled"`
	// What the system of record answered.
	Ruling ReturnDecision `avro:"ruling"`
	// Number of the authorisation there.
	RulingNumber string `avro:"ruling_number"`
	// Why, as a code of that system.
	RulingReason string `avro:"ruling_reason"`
	// Which system that is.
	RulingSource string `avro:"ruling_source"`
	// When it answered.
	RuledAt *time.Time `avro:"ruled_at"`
	// Records sent to accounts.
	Told int64 `avro:"told"`
	// Records heard from accounts.
	Heard int64 `avro:"heard"`
}

// ReturnAccountRecord is what one customer bought and gave back of one item.
type ReturnAccountRecord struct {
	// Return lines whose purchase is searched here.
	Wants int64 `avro:"wants"`
	// Records heard from sales and returns.
	Heard int64 `avro:"heard"`
	// Records sent to returns.
	Told int64 `avro:"told"`
}

// ReturnAskRecord is a request to settlement, and its answer.
type ReturnAskRecord struct {
	// The request.
	RequestID string `avro:"request_id"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Line of the return.
	ReturnLine string `avro:"return_line"`
	// Order id: UUIDv5 of channel and external id; empty for a credit without one.
	OrderID string `avro:"order_id"`
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Shipment the units came with, null when unknown.
	ShipmentID *string `avro:"shipment_id"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Decision about units that are kept; empty for others.
	Verdict string `avro:"verdict"`
	// What the buyer gets.
	Use ReturnUse `avro:"use"`
	// Amount for all the units when they are kept or came with no order, minor units.
	Allowance int64 `avro:"allowance"`
	// Units granted.
	Units int64 `avro:"units"`
	// Units refused.
	Refused int64 `avro:"refused"`
	// Money granted, minor units.
	Total int64 `avro:"total"`
}

// ReturnJudgedUnits is units whose fate was decided.
type ReturnJudgedUnits struct {
	// Line of the return, empty when the node cannot tell.
	ReturnLine string `avro:"return_line"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Lot, empty when the node keeps none.
	Lot string `avro:"lot"`
	// What becomes of them.
	Disposition Disposition `avro:"disposition"`
	// What the buyer gets for keeping them, minor units.
	Allowance int64 `avro:"allowance"`
	// No money for them.
	Refused bool `avro:"refused"`
}

// ReturnDispositionRecord is a decision about units that was counted.
type ReturnDispositionRecord struct {
	// This decision.
	DispositionID string `avro:"disposition_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// What was decided.
	Lines []ReturnJudgedUnits `avro:"lines"`
	// When it was decided.
	DispositionedAt time.Time `avro:"dispositioned_at"`
}

// ReturnPart is units of a return line that came with one order line.
type ReturnPart struct {
	// Order id: UUIDv5 of channel and external id; empty for units that a person credits without one.
	OrderID string `avro:"order_id"`
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Shipment the units came with, null when unknown.
	ShipmentID *string `avro:"shipment_id"`
	// The buyer or a person names the order; else it was found.
	Stated bool `avro:"stated"`
	// Units of the line that came with it, as far as is known.
	Qty int64 `avro:"qty"`
	// Units claimed from the order, as last said.
	Claimed int64 `avro:"claimed"`
	// Revision of the claim; 0 before the first.
	Revision int64 `avro:"revision"`
	// The order has answered.
	Answered bool `avro:"answered"`
	// Units the order gave.
	Accepted int64 `avro:"accepted"`
	// When the last of them left, null when unknown.
	ShippedAt *time.Time `avro:"shipped_at"`
	// Units whose credit was asked of settlement.
	Asked int64 `avro:"asked"`
}

// ReturnLineRecord is one line of a return: what was asked for, and what it came with.
type ReturnLineRecord struct {
	// Line of the return.
	ReturnLine string `avro:"return_line"`
	// The buyer asked for it; else its units are here and nobody announced them.
	Asked bool `avro:"asked"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// What the line sold.
	Kind LineKind `avro:"kind"`
	// Units asked for; 0 when nobody asked.
	Qty int64 `avro:"qty"`
	// Price of one unit in millionths of the currency's major unit.
	UnitPriceE6 int64 `avro:"unit_price_e6"`
	// Order the buyer names, null for none.
	OrderID *string `avro:"order_id"`
	// Line of that order.
	LineID string `avro:"line_id"`
	// Shipment the units came with, null when unknown.
	ShipmentID *string `avro:"shipment_id"`
	// Item to send in exchange, null for money.
	ExchangeSku *string `avro:"exchange_sku"`
	// Its purchase is searched.
	Searched bool `avro:"searched"`
	// Units searched, as last asked.
	SearchedQty int64 `avro:"searched_qty"`
	// The search was told that the goods are back.
	Fixed bool `avro:"fixed"`
	// The search has answered.
	Answered bool `avro:"answered"`
	// The customer bought the item at that price.
	Bought bool `avro:"bought"`
	// What it came with.
	Parts []ReturnPart `avro:"parts"`
	// Units for which others were ordered.
	Replaced int64 `avro:"replaced"`
	// Orders for them.
	Replacements int64 `avro:"replacements"`
}

// ReturnTaken is units of a purchase that a return line holds by its claim.
type ReturnTaken struct {
	// Return: UUIDv5 of channel and external id.
	ReturnID string `avro:"return_id"`
	// Line of the return.
	ReturnLine string `avro:"return_line"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
}

// ReturnPurchaseRecord is units of one item that left to a customer with one order line.
type ReturnPurchaseRecord struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Price of one unit in millionths of the currency's major unit.
	UnitPriceE6 int64 `avro:"unit_price_e6"`
	// When the buyer ordered.
	OrderedAt time.Time `avro:"ordered_at"`
	// Units that left.
	Qty int64 `avro:"qty"`
	// When the last of them left.
	ShippedAt time.Time `avro:"shipped_at"`
	// What the order gave to returns.
	Taken []ReturnTaken `avro:"taken"`
}

// ReturnReceivedUnits is units that arrived with a receipt.
type ReturnReceivedUnits struct {
	// Line of the return, empty when the node cannot tell.
	ReturnLine string `avro:"return_line"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Lot, empty when the node keeps none.
	Lot string `avro:"lot"`
}

// ReturnReceiptRecord is a receipt that was counted.
type ReturnReceiptRecord struct {
	// This receipt.
	ReceiptID string `avro:"receipt_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// What arrived.
	Lines []ReturnReceivedUnits `avro:"lines"`
	// When it arrived.
	ReceivedAt time.Time `avro:"received_at"`
}

// ReturnSaleRecord is what returns must know of an order.
type ReturnSaleRecord struct {
	// The order was accepted.
	Known bool `avro:"known"`
	// Party that bought; empty for nobody in particular.
	CustomerID string `avro:"customer_id"`
	// When the buyer ordered, null until accepted.
	OrderedAt *time.Time `avro:"ordered_at"`
	// Units that left.
	Shipped int64 `avro:"shipped"`
	// Records sent to accounts.
	Told int64 `avro:"told"`
}

// ReturnShipment is units of an order line that left with one shipment.
type ReturnShipment struct {
	// Shipment, unique over all nodes.
	ShipmentID string `avro:"shipment_id"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// When they left.
	ShippedAt time.Time `avro:"shipped_at"`
}

// ReturnSaleClaim is units of an order line that a return line claims.
type ReturnSaleClaim struct {
	// The claim.
	ClaimID string `avro:"claim_id"`
	// Return: UUIDv5 of channel and external id.
	ReturnID string `avro:"return_id"`
	// Line of the return.
	ReturnLine string `avro:"return_line"`
	// Shipment the units came with, null when unknown.
	ShipmentID *string `avro:"shipment_id"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Last revision of the claim that was taken.
	Revision int64 `avro:"revision"`
	// Units of it that had left and were not returned before.
	Accepted int64 `avro:"accepted"`
	// When the last of the accepted units left, null for none.
	ShippedAt *time.Time `avro:"shipped_at"`
}

// ReturnSaleLineRecord is one line of an order: what left, and what returns claim of it.
type ReturnSaleLineRecord struct {
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master; empty until a fact names it.
	Sku string `avro:"sku"`
	// The price is known: the order was accepted.
	Priced bool `avro:"priced"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Price of one unit in millionths of the currency's major unit.
	UnitPriceE6 int64 `avro:"unit_price_e6"`
	// What left.
	Shipments []ReturnShipment `avro:"shipments"`
	// What returns claim, in the order of their first claims.
	Claims []ReturnSaleClaim `avro:"claims"`
}

// ReturnFound is units of a return line that came with one order line.
type ReturnFound struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// When the last of them left.
	ShippedAt time.Time `avro:"shipped_at"`
}

// ReturnWantRecord is a return line whose purchase is searched: the question, and what was found.
type ReturnWantRecord struct {
	// Return: UUIDv5 of channel and external id.
	ReturnID string `avro:"return_id"`
	// Line of the return.
	ReturnLine string `avro:"return_line"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Price of one unit in millionths of the currency's major unit.
	UnitPriceE6 int64 `avro:"unit_price_e6"`
	// When the return was asked for; later orders are not searched.
	RequestedAt time.Time `avro:"requested_at"`
	// The goods are back: what is found stays found.
	Fixed bool `avro:"fixed"`
	// The customer bought the item at that price.
	Known bool `avro:"known"`
	// What it came with.
	Found []ReturnFound `avro:"found"`
}

// ReturnWordRecord is a person's decision about a return.
type ReturnWordRecord struct {
	// This decision.
	RequestID string `avro:"request_id"`
	// What is decided.
	Action ReturnResolution `avro:"action"`
	// Line of the return; empty for all.
	ReturnLine string `avro:"return_line"`
	// Order the units came with; empty for no match.
	OrderID string `avro:"order_id"`
	// Line within that order.
	LineID string `avro:"line_id"`
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

// SettlementRecord is the money of one order.
type SettlementRecord struct {
	// The order was accepted, its prices are known.
	Known bool `avro:"known"`
	// It was released with nothing to ship.
	Bare bool `avro:"bare"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Who buys.
	Customer PartyRef `avro:"customer"`
	// Sum of all lines and freight, minor units.
	Total int64 `avro:"total"`
	// Sum of the invoices asked for, minor units.
	Requested int64 `avro:"requested"`
	// Sum of the invoices posted, minor units.
	Posted int64 `avro:"posted"`
	// Shipments that came before the prices.
	Unbilled int64 `avro:"unbilled"`
	// When the buyer pays.
	Terms PaymentTerms `avro:"terms"`
	// The order has ended.
	Ended bool `avro:"ended"`
	// Units that had left when it ended.
	EndedUnits int64 `avro:"ended_units"`
	// Units that left, as far as is known here.
	Shipped int64 `avro:"shipped"`
	// Money to be taken before a shipment asks for it, minor units.
	Advance int64 `avro:"advance"`
	// No more than what is owed is set aside.
	Voiding bool `avro:"voiding"`
	// An authorisation was declined, none is asked for until the buyer pays by other means.
	Stopped bool `avro:"stopped"`
	// Sum of the credits approved, as posted where they are, minor units.
	Credited int64 `avro:"credited"`
	// Taken from the buyer, minor units.
	Captured int64 `avro:"captured"`
	// Paid back to the buyer, minor units.
	Refunded int64 `avro:"refunded"`
	// Transactions asked for, the number of the last.
	Payments int64 `avro:"payments"`
	// Requests taken, the number of the last.
	Requests int64 `avro:"requests"`
	// The credit of the customer was told that the order needs no more.
	Exposed bool `avro:"exposed"`
	// Version of the order that changed its lines last, 0 for none.
	Amended int64 `avro:"amended"`
}

// BilledLine is the part of a line that one bill bears.
type BilledLine struct {
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Share of the line total, minor units.
	Amount int64 `avro:"amount"`
	// Units of it that are credited, or will be once the invoice is posted.
	Claimed int64 `avro:"claimed"`
}

// SettlementBillRecord is one shipment and what was asked for it.
type SettlementBillRecord struct {
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Shipment, unique over all nodes.
	ShipmentID string `avro:"shipment_id"`
	// Invoice request, empty while the prices are unknown.
	InvoiceID string `avro:"invoice_id"`
	// What left, and its share of the money once billed.
	Lines []BilledLine `avro:"lines"`
	// Share of the freight, minor units.
	Shipping int64 `avro:"shipping"`
	// Invoice total, minor units.
	Total int64 `avro:"total"`
	// Number at the system of record, empty until posted.
	Number string `avro:"number"`
	// An invoice of the whole order bills the shipment, this row has no money.
	Covered bool `avro:"covered"`
	// Invoice total as the system of record has it, minor units; as asked for until it is posted.
	Owed int64 `avro:"owed"`
	// Last correction of the invoice.
	Revision int64 `avro:"revision"`
}

// CreditedLine is the part of a line that one credit bears.
type CreditedLine struct {
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Item, by its number in the product master.
	Sku string `avro:"sku"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Share of the line total, minor units.
	Amount int64 `avro:"amount"`
}

// SettlementCreditRecord is what one request credits of one bill.
type SettlementCreditRecord struct {
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// The credit.
	RefundID string `avro:"refund_id"`
	// Request that it grants, empty for a credit note that nobody asked for.
	RequestID string `avro:"request_id"`
	// Row of the bill that is credited.
	Bill string `avro:"bill"`
	// What is credited.
	Lines []CreditedLine `avro:"lines"`
	// Freight credited, minor units.
	Shipping int64 `avro:"shipping"`
	// Lines and freight, minor units; as posted once it is.
	Total int64 `avro:"total"`
	// How far it is.
	State CreditState `avro:"state"`
	// Number of the credit note, empty until posted.
	Number string `avro:"number"`
}

// SettlementPaymentRecord is one transaction asked of a payment partner.
type SettlementPaymentRecord struct {
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// The transaction, the idempotency key at the partner.
	PaymentID string `avro:"payment_id"`
	// What was asked.
	Action PaymentAction `avro:"action"`
	// Means of payment asked for, empty for any.
	TenderID string `avro:"tender_id"`
	// Amount, minor units.
	Amount int64 `avro:"amount"`
	// How far it is.
	State PaymentState `avro:"state"`
	// How often it was asked.
	Attempt int64 `avro:"attempt"`
	// When it was first asked.
	RequestedAt time.Time `avro:"requested_at"`
	// When it was last asked or answered.
	ChangedAt time.Time `avro:"changed_at"`
}

// SettlementPriceRecord is what an order sold at which price.
type SettlementPriceRecord struct {
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// Freight charged to the buyer, minor units.
	Shipping int64 `avro:"shipping"`
	// Lines as sold, with the amendments so far.
	Lines []OrderLine `avro:"lines"`
	// Lines of goods that an amendment took units off, as they were when they asked for most: a node may ship those all the same, and then they are billed by it.
	Former []OrderLine `avro:"former"`
}

// RequestedLine is the units of a line that a request wants credited.
type RequestedLine struct {
	// Line within the order, as the channel numbers it.
	LineID string `avro:"line_id"`
	// Quantity in the item's base unit.
	Qty int64 `avro:"qty"`
	// Shipment the units came with, null when unknown.
	ShipmentID *string `avro:"shipment_id"`
	// Amount for all the units instead of what they cost, minor units; null for their price.
	Allowance *int64 `avro:"allowance"`
	// Units found on bills.
	Claimed int64 `avro:"claimed"`
	// Units that are on no bill, or were credited before.
	Refused int64 `avro:"refused"`
}

// SettlementRequestRecord is a request to credit units, and what became of it.
type SettlementRequestRecord struct {
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// The request.
	RequestID string `avro:"request_id"`
	// What was asked.
	Action SettlementAction `avro:"action"`
	// Why, as a code.
	Cause string `avro:"cause"`
	// Return that asked, empty for none.
	ReturnID string `avro:"return_id"`
	// Credit the freight too.
	Shipping bool `avro:"shipping"`
	// What was asked, line by line.
	Lines []RequestedLine `avro:"lines"`
	// When it came.
	TakenAt time.Time `avro:"taken_at"`
	// Credited so far, minor units, as last told.
	Total int64 `avro:"total"`
	// Units credited so far, as last told.
	Units int64 `avro:"units"`
	// Units that wait for their invoice, as last told.
	Waiting int64 `avro:"waiting"`
	// Units refused, as last told.
	Refused int64 `avro:"refused"`
}

// SettlementTenderRecord is one means of payment of an order; all amounts are minor units of the currency of the order.
type SettlementTenderRecord struct {
	// Means of payment within the order, one for each authorisation, as the payment partner names it.
	TenderID string `avro:"tender_id"`
	// Kind of the means of payment, as a code.
	Method string `avro:"method"`
	// Set aside so far.
	Authorised int64 `avro:"authorised"`
	// Set free again.
	Voided int64 `avro:"voided"`
	// Taken.
	Captured int64 `avro:"captured"`
	// Paid back.
	Refunded int64 `avro:"refunded"`
	// When it was last set aside.
	AuthorisedAt *time.Time `avro:"authorised_at"`
	// When it lapses, null when it does not.
	ExpiresAt *time.Time `avro:"expires_at"`
	// What is still set aside cannot be used: it lapsed, or the partner refused.
	Closed bool `avro:"closed"`
}

// SettlementTransactionRecord is a statement of a payment partner that was booked, kept so that it counts once.
type SettlementTransactionRecord struct {
	// Payment request it answered, empty when nobody asked.
	PaymentID string `avro:"payment_id"`
}

// StockNode is the stock of the item at one node, in its base unit.
type StockNode struct {
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Who owns the units: own, or a party's id. Our own are promised, and those of a supplier at its node.
	Owner string `avro:"owner"`
	// Present, in any condition; below zero when more was reported gone than ever came.
	OnHand int64 `avro:"on_hand"`
	// Present but in quarantine, damaged or suspect.
	Unsellable int64 `avro:"unsellable"`
	// Units of unsellable that wait for a decision.
	Quarantine int64 `avro:"quarantine"`
	// Units of unsellable that are damaged; the rest of it is suspect.
	Damaged int64 `avro:"damaged"`
	// Open units of tentative reservations.
	Tentative int64 `avro:"tentative"`
	// Open units of committed reservations.
	Committed int64 `avro:"committed"`
	// Open units of holds of baskets.
	Held int64 `avro:"held"`
	// Open units of reservations that the node was asked to ship.
	AtNode int64 `avro:"at_node"`
	// Units of at_node that were asked back.
	CancelPending int64 `avro:"cancel_pending"`
	// Units of committed that orders were asked to plan again.
	Recalled int64 `avro:"recalled"`
	// Sellable units of lots whose remaining life is too short to be promised.
	Expired int64 `avro:"expired"`
	// Announced and still to come.
	Incoming int64 `avro:"incoming"`
	// Units set aside for backorders that wait for the rest of theirs; not part of what is reserved.
	Claimed int64 `avro:"claimed"`
	// Units that are to come and are promised to backorders.
	IncomingClaimed int64 `avro:"incoming_claimed"`
	// Promised units that no sellable unit stands behind.
	Lacking int64 `avro:"lacking"`
	// Version of the position in which units began to lack.
	LackingSince int64 `avro:"lacking_since"`
	// System that was told that it sends baselines of this item at this node.
	KnownTo string `avro:"known_to"`
	// System whose baseline was applied last, empty for none.
	BaseSource string `avro:"base_source"`
	// Position in its source up to which that baseline contains everything, 0 when the source counts nothing.
	BaseSeq int64 `avro:"base_seq"`
	// Time up to which that baseline contains everything.
	BaseAt *time.Time `avro:"base_at"`
	// Units that queued claims ask for; not part of what is reserved.
	Waiting int64 `avro:"waiting"`
	// Open units of reservations that the supplier's count has taken off already.
	Contained int64 `avro:"contained"`
}

// StockPool is a pool of the item and what was taken from it.
type StockPool struct {
	// Id of the pool.
	Pool string `avro:"pool"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Units that may be taken from it in sum.
	Qty int64 `avro:"qty"`
	// Channels that may take from it; empty: all.
	Channels []string `avro:"channels"`
	// Classes of customers that may take from it; empty: all.
	Classes []string `avro:"classes"`
	// When it ends.
	Until *time.Time `avro:"until"`
	// Name under which reservations know it: its id and the version in which it began.
	Key string `avro:"key"`
	// Open and shipped units of the reservations that took from it.
	Used int64 `avro:"used"`
	// Units of used that are held only tentatively.
	Tentative int64 `avro:"tentative"`
}

// StockLasting is what reservations at a node hold that must not expire before one date.
type StockLasting struct {
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Date before which the units must not expire.
	MinExpiry time.Time `avro:"min_expiry"`
	// Open units that are kept, however firmly.
	Held int64 `avro:"held"`
	// Units of held that are tentative.
	Tentative int64 `avro:"tentative"`
	// Units that queued claims ask for.
	Waiting int64 `avro:"waiting"`
}

// StockCount is a row of a baseline that was applied and is compared with our account when its news had time to come.
type StockCount struct {
	// System whose account it is.
	Source string `avro:"source"`
	// This baseline, as its source names it.
	Batch string `avro:"batch"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Units counted in the item's base unit, with what the source had allocated.
	Qty int64 `avro:"qty"`
	// Position in its source up to which the account contains everything, 0 when it counts nothing.
	WatermarkSeq int64 `avro:"watermark_seq"`
	// Time up to which the account contains everything.
	WatermarkAt time.Time `avro:"watermark_at"`
	// Units that the account should count, by all that is known until now.
	Expected int64 `avro:"expected"`
	// How many more it may count, for the account before left it open whether it contains them.
	Doubt int64 `avro:"doubt"`
	// The source had not taken note for too long of something that left.
	Overdue bool `avro:"overdue"`
	// System on whose baseline the node stood when it came, empty for none.
	BaseSource string `avro:"base_source"`
	// Position in its source up to which that baseline contains everything, 0 when the source counts nothing.
	BaseSeq int64 `avro:"base_seq"`
	// Time up to which that baseline contains everything.
	BaseAt *time.Time `avro:"base_at"`
	// When it is compared.
	Due time.Time `avro:"due"`
}

// StockRecord is the stock of one item at all nodes, as its entity keeps it: sums only, so that a change costs the same with a hundred thousand reservations as with ten.
type StockRecord struct {
	// Version of the position, rising by one with each change of it.
	Version int64 `avro:"version"`
	// Stock per node and owner, in the order in which they were first heard of.
	Nodes []StockNode `avro:"nodes"`
	// Pools in the order in which they are covered.
	Pools []StockPool `avro:"pools"`
	// By node and date, of those that hold or ask for something.
	Lasting []StockLasting `avro:"lasting"`
	// Version of the master row of the pools, 0 for none.
	PoolsVersion int64 `avro:"pools_version"`
	// Why nothing of it is granted now; none grants as ever.
	Freeze *StockFreeze `avro:"freeze"`
	// Violation because of which it was frozen last, empty for none.
	FrozenFor string `avro:"frozen_for"`
	// Units shipped under a reservation above what was open in it.
	OverShipped int64 `avro:"over_shipped"`
	// Claims in the queue.
	Claims int64 `avro:"claims"`
	// Orders that wait for what is to come.
	Backorders int64 `avro:"backorders"`
	// Announced supplies that are still to come.
	Supplies int64 `avro:"supplies"`
	// Claims that ever joined the queue: the next one's place among those of its priority.
	Arrivals int64 `avro:"arrivals"`
	// Where the removal of old rows goes on: collection and id, empty for the start.
	Sweep string `avro:"sweep"`
	// Counts whose news may still come, in the order in which they were applied.
	Counts []StockCount `avro:"counts"`
}

// StockBackorder is a claim on units of one item that are to come. They stand in the order in which they are served.
type StockBackorder struct {
	// The command that claimed, to be answered when the units are there.
	CommandID string `avro:"command_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Channel of the order.
	Channel string `avro:"channel"`
	// Class of the order's customer.
	CustomerClass string `avro:"customer_class"`
	// Number of the order's sourcing plan.
	Plan int64 `avro:"plan"`
	// Reservation that gets the units.
	ReservationID string `avro:"reservation_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Units claimed in the item's base unit.
	Qty int64 `avro:"qty"`
	// They are not wanted earlier.
	NotBefore *time.Time `avro:"not_before"`
	// Its units must not expire before; null when any will do.
	MinExpiry *time.Time `avro:"min_expiry"`
	// It claims a date of supply and takes no units in hand.
	DatesOnly bool `avro:"dates_only"`
	// When they are expected to be there; none while no supply covers them.
	PromisedFor *time.Time `avro:"promised_for"`
}

// StockClaim is a claim in the queue of one item; what it asks for are the waiting reservations of its order.
type StockClaim struct {
	// The command that claimed, to be answered when the claim is served.
	CommandID string `avro:"command_id"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Number of the order's sourcing plan.
	Plan int64 `avro:"plan"`
}

// StockAck says that another system knows of an entry, and since when.
type StockAck struct {
	// System that knows of it.
	Source string `avro:"source"`
	// Position of its own record of it, 0 when it counts nothing.
	Seq int64 `avro:"seq"`
	// When it took note.
	At time.Time `avro:"at"`
}

// StockEntry is one line of an item's ledger. While it is kept, a movement of the same entry id is a repetition.
type StockEntry struct {
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
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
	// Number of the partner's document that states the fact.
	Document string `avro:"document"`
	// Reservation it fulfilled, empty for none.
	ReservationID string `avro:"reservation_id"`
	// Who owns the units: own, or a party's id.
	Owner string `avro:"owner"`
	// Lot, empty when the node keeps none.
	Lot string `avro:"lot"`
	// Units of qty that changed nothing, because the other witness of the document had told of them or is the one that counts.
	Absorbed int64 `avro:"absorbed"`
	// By it a baseline became the ground; it is part of every account since.
	Correction bool `avro:"correction"`
	// Whether the baseline contains it is not known yet.
	Maybe bool `avro:"maybe"`
	// It does not count, because the baseline contains it or may contain it.
	Excluded bool `avro:"excluded"`
	// Other systems that know of it.
	Acks []StockAck `avro:"acks"`
	// When it happened.
	EffectiveAt time.Time `avro:"effective_at"`
	// When it was booked.
	RecordedAt time.Time `avro:"recorded_at"`
}

// StockReservation is a quantity at one node for one plan of the order.
type StockReservation struct {
	// Id: UUIDv5 of order, item, node and plan.
	ReservationID string `avro:"reservation_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Number of the order's sourcing plan.
	Plan int64 `avro:"plan"`
	// Units reserved in the item's base unit.
	Qty int64 `avro:"qty"`
	// Units of qty that were shipped.
	Consumed int64 `avro:"consumed"`
	// Units of qty that were given back.
	GivenBack int64 `avro:"given_back"`
	// Where it stands.
	State ReservationState `avro:"state"`
	// Place among the backorders, empty for none.
	Place string `avro:"place"`
	// Open units at the node that the order asked back.
	Pending int64 `avro:"pending"`
	// Key of the pool that its units count against, empty for none.
	Pool string `avro:"pool"`
	// End of a hold.
	ExpiresAt *time.Time `avro:"expires_at"`
	// When it was committed first, null before.
	PromisedAt *time.Time `avro:"promised_at"`
	// Open units that the order was asked to plan again, since the node lacks units.
	Recalled int64 `avro:"recalled"`
	// Position in the supplier's count at which it took the order on, 0 when it counts nothing.
	MarkedSeq int64 `avro:"marked_seq"`
	// When the supplier took the order on; null until it does, and of our own units.
	MarkedAt *time.Time `avro:"marked_at"`
	// The supplier's count has taken the units off already.
	Contained bool `avro:"contained"`
	// Its units must not expire before; null when any will do.
	MinExpiry *time.Time `avro:"min_expiry"`
}

// StockReply remembers an answer that the reservations do not tell, so that the same command sent again hears it again and does nothing.
type StockReply struct {
	// The command it answered.
	CommandID string `avro:"command_id"`
	// The decision.
	Verdict StockVerdict `avro:"verdict"`
}

// StockHolding is what one order has of one item.
type StockHolding struct {
	// Highest plan given back; a reserve of this plan or an older one is refused.
	Released int64 `avro:"released"`
	// Highest plan of which reservations that were given back are no longer remembered one by one; a reserve of this plan or an older one is refused unless it is known.
	Forgotten int64 `avro:"forgotten"`
	// Place in the queue while a claim waits, else empty.
	Place string `avro:"place"`
	// Channel of the order.
	Channel string `avro:"channel"`
	// Class of the order's customer.
	CustomerClass string `avro:"customer_class"`
	// Date before which the units that it asked for last must not expire.
	MinExpiry *time.Time `avro:"min_expiry"`
	// In the order in which they were asked for.
	Reservations []StockReservation `avro:"reservations"`
	// The newest last; only the newest few are kept.
	Replies []StockReply `avro:"replies"`
	// When it last changed.
	TouchedAt time.Time `avro:"touched_at"`
}

// StockIssueLine is a confirmed shipment whose units have not been taken from stock yet.
type StockIssueLine struct {
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Reservation it fulfils.
	ReservationID string `avro:"reservation_id"`
	// Units in the item's base unit.
	Qty int64 `avro:"qty"`
}

// StockIssue is the goods issue of an item under one document of a node. Two witnesses tell of it, the confirmed shipment and the node's own goods issue; one of them moves the stock.
type StockIssue struct {
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Number of the partner's document that states the fact.
	Document string `avro:"document"`
	// Lot that was named last, empty for none.
	Lot string `avro:"lot"`
	// Units of confirmed shipments.
	Confirmed int64 `avro:"confirmed"`
	// Units of the node's own goods issues.
	Stated int64 `avro:"stated"`
	// Units taken from stock so far.
	Booked int64 `avro:"booked"`
	// The witnesses differed for too long: whatever either of them tells is gone.
	Overdue bool `avro:"overdue"`
	// The oldest first.
	Waiting []StockIssueLine `avro:"waiting"`
	// When it last changed.
	TouchedAt time.Time `avro:"touched_at"`
}

// StockLot is how many units of one lot of an item stand at a node in one condition. Units without a lot are in the item's record only.
type StockLot struct {
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Who owns the units: own, or a party's id.
	Owner string `avro:"owner"`
	// Condition of the units.
	Condition StockCondition `avro:"condition"`
	// Lot, as the node names it.
	Lot string `avro:"lot"`
	// Units in the item's base unit; below zero when more was reported gone than ever came.
	Qty int64 `avro:"qty"`
	// When it expires; none when nobody said.
	ExpiresAt *time.Time `avro:"expires_at"`
	// Its remaining life is too short to be promised.
	Expired bool `avro:"expired"`
}

// StockMark is a reservation that a supplier took on and that its count does not contain yet.
type StockMark struct {
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Order id: UUIDv5 of channel and external id.
	OrderID string `avro:"order_id"`
	// Reservation that holds the units.
	ReservationID string `avro:"reservation_id"`
	// Position in the supplier's count at which it took the order on, 0 when it counts nothing.
	Seq int64 `avro:"seq"`
	// When the supplier took the order on.
	At time.Time `avro:"at"`
}

// StockPending is a row of a baseline that waits until its whole baseline is taken or left.
type StockPending struct {
	// System whose account it is.
	Source string `avro:"source"`
	// This baseline, as its source names it.
	Batch string `avro:"batch"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Units counted in the item's base unit, with what the source had allocated.
	Qty int64 `avro:"qty"`
	// Position in its source up to which the account contains everything, 0 when it counts nothing.
	WatermarkSeq int64 `avro:"watermark_seq"`
	// Time up to which the account contains everything: the start of its extraction when nothing better is known.
	WatermarkAt time.Time `avro:"watermark_at"`
	// Fingerprint of the row.
	Hash int64 `avro:"hash"`
	// Value of a unit in minor units, 0 when unknown.
	UnitValue int64 `avro:"unit_value"`
	// The source did not name the item.
	Absent bool `avro:"absent"`
}

// StockSupply is announced stock of an item. It is kept for a while when all of it is there, so that a repeated announcement is known.
type StockSupply struct {
	// This supply, as its source names it.
	SupplyID string `avro:"supply_id"`
	// Stocking place: warehouse, third party or supplier.
	Node string `avro:"node"`
	// Units still to come in the item's base unit.
	Qty int64 `avro:"qty"`
	// Units that the last announcement named.
	Stated int64 `avro:"stated"`
	// Units that came before the first announcement.
	Early int64 `avro:"early"`
	// When it last changed.
	TouchedAt time.Time `avro:"touched_at"`
	// When it is expected at the node.
	Due time.Time `avro:"due"`
	// Where it comes from.
	Kind SupplyKind `avro:"kind"`
	// System that stated the fact.
	Source string `avro:"source"`
}
