// Code generated from schemas/avro/audit/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// AuditAction is something that somebody had the installation do outside its usual course, written by who did it.
type AuditAction struct {
	// What was done, as a code: FREEZE or THAW.
	Action string `avro:"action"`
	// What it was done to, as a code: sku or order.
	Kind string `avro:"kind"`
	// Id of what it was done to.
	Subject string `avro:"subject"`
	// Who wanted it: a person, or auditor.
	By string `avro:"by"`
	// Why, in words, without personal data.
	Reason string `avro:"reason"`
	// Violation because of which it was done, empty for none.
	ViolationID string `avro:"violation_id"`
	// When it was wanted.
	AskedAt time.Time `avro:"asked_at"`
	// When it was done.
	DoneAt time.Time `avro:"done_at"`
}

// AuditedRecord is the place of a record in the log.
type AuditedRecord struct {
	// Topic.
	Topic string `avro:"topic"`
	// Partition of the topic.
	Partition int `avro:"partition"`
	// Offset in the partition.
	Offset int64 `avro:"offset"`
}

// AuditViolation says that an invariant of the installation does not hold.
type AuditViolation struct {
	// This violation; found again, it has the same id.
	ViolationID string `avro:"violation_id"`
	// Short name of the invariant, such as I2.
	Invariant string `avro:"invariant"`
	// Id of what it is about: an order, an item, an event.
	Subject string `avro:"subject"`
	// What should be, in words, without personal data.
	Expected string `avro:"expected"`
	// What is, in words, without personal data.
	Seen string `avro:"seen"`
	// The fewest records that show it.
	Records []AuditedRecord `avro:"records"`
	// Time up to which the log was read when it was found.
	FoundAt time.Time `avro:"found_at"`
}
