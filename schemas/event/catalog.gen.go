// Code generated from schemas/avro/catalog/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// CatalogKind is what a row of master data describes.
type CatalogKind string

// Values of CatalogKind; its comment says what each means.
const (
	CatalogKindUnknown  CatalogKind = "unknown"
	CatalogKindProduct  CatalogKind = "product"
	CatalogKindPrice    CatalogKind = "price"
	CatalogKindCustomer CatalogKind = "customer"
	CatalogKindNode     CatalogKind = "node"
	CatalogKindLane     CatalogKind = "lane"
	CatalogKindCrossref CatalogKind = "crossref"
)

// CatalogVerdict is what became of a submission.
//   - published: it is the row now
//   - unchanged: it says what the row said
//   - stale: its source had said something newer
//   - quarantined: a person must decide
//   - rejected: a person threw it away
//   - superseded: a newer submission took its place in quarantine
type CatalogVerdict string

// Values of CatalogVerdict; its comment says what each means.
const (
	CatalogVerdictUnknown     CatalogVerdict = "unknown"
	CatalogVerdictPublished   CatalogVerdict = "published"
	CatalogVerdictUnchanged   CatalogVerdict = "unchanged"
	CatalogVerdictStale       CatalogVerdict = "stale"
	CatalogVerdictQuarantined CatalogVerdict = "quarantined"
	CatalogVerdictRejected    CatalogVerdict = "rejected"
	CatalogVerdictSuperseded  CatalogVerdict = "superseded"
)

// CatalogFinding is one thing that is wrong or odd in a submitted row.
type CatalogFinding struct {
	// Name of the field, empty for the row as a whole.
	Field string `avro:"field"`
	// What was found, as a code.
	Code string `avro:"code"`
	// A sentence for people.
	Detail string `avro:"detail"`
	// Nobody can approve it.
	Fatal bool `avro:"fatal"`
}

// CatalogJudged says what became of a submitted row of master data.
type CatalogJudged struct {
	// The submission.
	SubmissionID string `avro:"submission_id"`
	// What the row describes.
	Kind CatalogKind `avro:"kind"`
	// Key of the row in its topic.
	RowKey string `avro:"row_key"`
	// What became of it.
	Verdict CatalogVerdict `avro:"verdict"`
	// What is wrong or odd in it.
	Findings []CatalogFinding `avro:"findings"`
	// Names of the fields that differ from the row before.
	Changed []string `avro:"changed"`
	// Version of the row after the verdict.
	Version int64 `avro:"version"`
	// Who decided, empty when nobody had to.
	By string `avro:"by"`
	// Why a person decided so.
	Reason string `avro:"reason"`
	// System that stated the fact.
	Source string `avro:"source"`
	// When it was judged.
	JudgedAt time.Time `avro:"judged_at"`
}

// CatalogResolve is a person's word on a row that waits in quarantine.
type CatalogResolve struct {
	// The submission that waits; a word on another one counts nothing.
	SubmissionID string `avro:"submission_id"`
	// What the row describes.
	Kind CatalogKind `avro:"kind"`
	// Key of the row in its topic.
	RowKey string `avro:"row_key"`
	// Publish it; else it is thrown away.
	Approve bool `avro:"approve"`
	// Who decided.
	By string `avro:"by"`
	// Why, for people.
	Reason string `avro:"reason"`
	// When it was decided.
	ResolvedAt time.Time `avro:"resolved_at"`
}

// CatalogSubmit asks to publish a row of master data.
type CatalogSubmit struct {
	// This submission; a repeated one has the same id and counts once.
	SubmissionID string `avro:"submission_id"`
	// What the row describes.
	Kind CatalogKind `avro:"kind"`
	// Key of the row in its topic.
	RowKey string `avro:"row_key"`
	// The row as its topic holds it, in Confluent wire format; version, changed and published_at in it mean nothing.
	Row []byte `avro:"row"`
	// System that stated the fact.
	Source string `avro:"source"`
	// Position of the statement in its source, 0 when the source counts nothing.
	SourceSeq int64 `avro:"source_seq"`
	// When it was asked.
	SubmittedAt time.Time `avro:"submitted_at"`
}
