// Package sandbox holds digital twins of partners: an ERP, a warehouse, a
// third-party logistics firm, a supplier and a payment provider. Each is a real HTTP server with words, numbers
// and books of its own, so that connectors meet what they will meet outside:
// another vocabulary, another unit, calls refused, lost, repeated and slow.
//
//   - Warehouse speaks of orders, items and units; ThreePL of shipments, stock
//     codes and {cases, eaches}; Supplier of purchase orders and what it has free; ERP of sales, products and decimal amounts; Bank
//     of authorizations and minor units.
//   - depot.go, ledger.go and vault.go are the books, pure: an entry in, events
//     out. yard.go, erp.go and bank.go are the shells: lock, journal, clock.
//   - A twin with a directory writes each entry to a journal before it answers
//     and continues from there after a restart. Without one it forgets.
//   - Profile says how well it behaves. What it decides follows from the seed
//     and the document, never from the order of arrival, so a failing run can be
//     looked at again.
//
// Every twin answers GET /books with what it believes and GET /calls with how
// often it was called. They listen on the loopback and ask for no credentials.
package sandbox
