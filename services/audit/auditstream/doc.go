// Package auditstream runs the auditor of package audit beside the rooms: it
// follows every topic, committed records only, by offsets of its own, keeps the
// auditor's books in a store of its own, writes each violation to
// audit.violation, and shows the account of every invariant as metrics and at
// GET /v1/audit. Where the installation wants it, what a violation is about is
// frozen, until a person has looked and thaws it (freeze.go).
//
// It is no topology: a mistake of the runtime must not hide itself. The books and
// the offsets up to which records are in them are written in one batch, so a
// restart goes on where that was. A violation is written before the batch, so it
// is written again after a crash in between, under the same id. One process
// audits an installation; a second one writes the same violations again.
//
// Each minute a violation that is known is put before an auditor like it (the
// canary), and the shared cache of availability is held against the books. One that
// reads nothing for minutes, or does not see the canary, is not ready. Where the
// installation wants it, an order of its own goes the whole way besides (package
// canary).
//
// On failure: when a schema or Kafka cannot be had, it begins again from the store
// after a moment and says so in its log and metrics. A store that cannot be read
// is an error at the start.
package auditstream
