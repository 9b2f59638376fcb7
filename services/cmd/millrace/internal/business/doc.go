// Package business plays the business between all rooms, connectors and partners
// with books of their own, in virtual time and by seed, and checks that what must
// hold does.
//
//   - chain.go: the rooms and connectors on a driver, and the partners they meet.
//   - street.go is where partners are called; cabinet.go keeps their documents;
//     depot.go, language.go: nodes; ledger.go: the ERP; bank.go: payment.
//   - journal.go hands on what was committed; shelf.go and docket.go follow it with
//     folds of their own; verdict.go and books.go compare all books in the end.
//   - week.go plays a week: market.go is the buyers, settle.go the money, count.go
//     what nodes count and the mistakes put into it, carrier.go parcels on their way,
//     report.go what came of it.
//
// The tests of the chain play small worlds with more trouble; `millrace sim
// business` plays a week.
package business
