// Package catalogue publishes master data and answers from it: products, prices,
// customers, nodes, lanes and cross-references.
//
// One entity a row (kind/key) is the only writer of the row's topic. A submitted
// row (catalog.submit) is compared with the published one: only what differs is
// published, with the next version and the names of the fields that changed. What
// is wrong or odd (check.go) waits in quarantine until a person approves or
// rejects it (catalog.resolve); what became of each submission is an event
// (catalog.judged). Personal data is none of this room's: see package party.
//
// The package is pure; package cataloguestream joins it to topics, package
// cataloguehttp is its HTTP edge.
//
// # What lives where
//
//   - steward.go: what becomes of a submission.
//   - kind.go: the kinds of rows, their differences; check.go: what is wrong or odd.
//   - crossref.go: what a partner's unknown item may be.
//   - price.go: what an item costs a customer. eligible.go: what it may buy.
//
// On failure: a row that cannot be read waits in quarantine, where nobody can
// approve it; a repeated submission counts once; one that its source has
// overtaken is stale and changes nothing.
package catalogue
