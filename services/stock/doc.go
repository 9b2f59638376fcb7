// Package stock decides who gets which units of an item.
//
// One entity a sku holds the stock of all nodes, so one writer decides and no
// lock is needed. Commands of orders come in (inventory.command: reserve,
// commit, release) and each is answered (inventory.answer); facts come in
// (inventory.movement) and are never refused; the position goes out after each
// change (inventory.position), and so do differences between accounts
// (inventory.variance) and promises that stock no longer covers
// (inventory.shortage). The package is pure: it knows no clock, no client
// and no runtime; package stockstream joins it to topics.
//
// # What holds at all times
//
//   - available = on hand - unsellable - expired - reserved - safety stock; expired
//     are lots whose remaining life is too short (lot.go); reserved counts
//     what is tentative, held for baskets and committed. A reservation is
//     granted only from what is available. Only a fact can bring available below
//     zero, and then it is published as it is.
//   - reserved = the sum of what is open in reservations; open = qty - consumed -
//     given back. machine.md is the table of a reservation.
//   - Units that a node was asked to ship are given back only by its word or a
//     person's; who asks them back sees them pending, and reserved, until then.
//   - Whoever demands that units do not expire before a date is granted no more than
//     live so long, beside all that others were granted of any dates (lasting.go).
//   - A pool keeps units of a node for some channels or classes of customers. What
//     a buyer is granted is never more than available - claimed - what pools keep
//     for others, and that sum is what availability shows (pool.go).
//   - Of a frozen item nothing is granted until it is thawed (freeze.go).
//   - A grant is never taken back. A first try never overtakes a queue.
//   - Whether a hold is over is decided in one place, by the time at which a
//     command was written to the log (lapse in hold.go).
//   - Backorders get what comes before any first try, by priority and age, and are
//     told the date that supply allows whenever it changes. Units in hand that a
//     promised one counts on are set aside for it.
//   - What a source counts is a baseline. Of each node one source, its authority,
//     sets what is there; what others count is compared. A baseline is taken by all
//     of its items or by none, never over a newer one, and what is odd waits for a
//     person. What came after its watermark is added, what may have left counts as
//     gone, and what may have come is not promised. What no entry explains is entered
//     as a correction: what is there is the sum of the entries that count.
//   - A count is compared when its news had time to come, with what it should say if
//     all of them had been known before it, and what differs then is published once
//     (variance.go).
//   - Units of others stand beside ours and are never promised, but those of a supplier
//     at its own node. There what is present is what the supplier counts as free, and
//     available = that - what we took that its count does not contain - safety stock
//     (supplier.go).
//   - Two witnesses tell of a goods issue, the confirmed shipment and the node's
//     own; one of them, chosen by node, moves stock. When they differ for too
//     long, what either tells is gone and the difference is published.
//
// # What lives where
//
//   - machine.go: the transitions of a reservation, as data.
//   - book.go: one item and its arithmetic.
//   - command.go, reserve.go, release.go, hold.go: what orders ask; queue.go: claims
//     that wait for what others hold tentatively; backorder.go: claims that wait for
//     what is to come, supply.go.
//   - supplier.go: units of suppliers, of which their own count knows more than we do.
//   - consignment.go: goods of others that stand with us, and are bought when they leave.
//   - lot.go: lots and their age.
//   - lasting.go: units that must live until a date.
//   - pool.go: units that are kept for some.
//   - freeze.go: an item of which nothing is granted.
//   - movement.go: facts; issue.go: goods issues, which have two witnesses.
//   - baseline.go: rows of baselines at an item; rebase.go: what taking one does; variance.go: how it
//     differs, once its news had time to come; batch.go: whole baselines.
//   - item.go, summary.go: what people are shown.
//
// The rows of an item are its record (event.StockRecord, sums only) and, through
// Rows, one holding an order, the queue and the ledger. An input touches its own
// rows and no others, whatever their number.
//
// On failure: a command that makes no sense is answered refused with a reason; an
// input that cannot even be answered is an error and becomes a dead letter; the
// runtime rolls back everything an interrupted input did.
package stock

//go:generate go run ./internal/describe -out machine.md
