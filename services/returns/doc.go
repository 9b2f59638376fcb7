// Package returns decides what becomes of goods that come back: whether they may
// come, what they were sold with, where they go, and what the buyer gets. It is
// pure; package returnsstream wires it to topics.
//
// In: return.requested, return.received, return.dispositioned, return.resolve (a
// person's word), return.claimed (the answer of an order), return.ruled (of the system
// of record), return.credited (of settlement); and order.accepted, order.amended,
// shipment.confirmed, order.return. Out: return.authorise (a question to the system of
// record), return.authorised, return.closed, return.claimed, order.return,
// settlement.request, inventory.movement, and order.submit for an exchange.
//
// # Three views
//
// A sale (sale.go) is what left with an order and what returns claim of it: the
// one writer of "returned". A claim is a statement that its return may revise;
// what was given to one return no other gets. An account (account.go) is what a
// customer bought of one item: real returns mix orders or name none, so a line
// that states no order is searched there by price, the newest order first
// (match.go). What was found is open to change until the goods are back, so that
// facts in any order find the same. A return (books.go) brings both together with
// what nodes, people and settlement say.
//
// # Facts
//
// Requests, receipts, decisions of nodes and words of people are kept as rows and
// count once. Everything else follows from the rows: how many units are here, are
// worth money, or wait for a person. So facts that come in parts, twice, late or
// ahead of their cause (goods that nobody announced, a receipt before its
// authorisation) end in the same state. What cannot be found, or is more than the
// buyer had, waits in the queue of those who can match or refuse it.
//
// Of the returns of some channels the system of record rules on what the policy
// allows (ruling.go). It is asked as an effect: while it is away a return stands
// pending and goes on by itself.
//
// # Money and goods
//
// Money is asked for units that the order gave and a node found worth it, each
// once; settlement, the writer of the order's money, has the last word, so that a
// parcel that was lost, refunded and then returned is not refunded again. An
// exchange takes the units from settlement without money and orders others for
// what it granted. Units of which no order is known are worth what a person says, as
// far as the channel's policy goes (unreferenced.go). What arrives waits in quarantine until a node says what
// becomes of it; only RESTOCK makes it sellable.
//
//go:generate go run ./internal/states -out machine.md
package returns

import (
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/event"
)

// The rows. Their meaning stands in their schemas.
type (
	// Record is a return as a whole.
	Record = event.ReturnRecord
	// Entry is one line of a return.
	Entry = event.ReturnLineRecord
	// Origin is units of a line that came with one order line.
	Origin = event.ReturnPart
	// Receipt is goods that arrived.
	Receipt = event.ReturnReceiptRecord
	// Verdict is what a node decided about units.
	Verdict = event.ReturnDispositionRecord
	// Word is a person's decision.
	Word = event.ReturnWordRecord
	// Ask is a request to settlement, and its answer.
	Ask = event.ReturnAskRecord
	// Sale is an order as returns see it.
	Sale = event.ReturnSaleRecord
	// SaleLine is one line of it.
	SaleLine = event.ReturnSaleLineRecord
	// Claim is units of a sale that a return line claims.
	Claim = event.ReturnSaleClaim
	// Want is a return line whose purchase is searched, and what was found.
	Want = event.ReturnWantRecord
	// Bought is units that left to a customer with one order line.
	Bought = event.ReturnPurchaseRecord
)

// Nobody is the party of buyers who give no name: what it bought belongs to
// nobody in particular, so nothing is searched there.
const Nobody = "guest"

// Usual is the policy of an installation that has none of its own.
var Usual = Policy{Window: 90 * 24 * time.Hour, Expiry: 60 * 24 * time.Hour}

// MaxLines bounds a return.
const MaxLines = 10_000

// derive makes an id of its parts, the same everywhere and for ever.
func derive(parts ...string) string {
	name := parts[0]
	for _, p := range parts[1:] {
		name += event.Separator + p
	}
	return uuid.NewSHA1(event.NS, []byte(name)).String()
}
