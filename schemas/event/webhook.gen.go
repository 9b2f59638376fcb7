// Code generated from schemas/avro/webhook/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// WebhookState is where a message stands.
//   - asked: it is sent until it is answered
//   - taken: the endpoint has it
//   - refused: the endpoint said that it is no more, and the message is given up
type WebhookState string

// Values of WebhookState; its comment says what each means.
const (
	WebhookStateAsked   WebhookState = "asked"
	WebhookStateTaken   WebhookState = "taken"
	WebhookStateRefused WebhookState = "refused"
)

// WebhookStatus says what an endpoint of somebody else is told, and that it knows. There is one for each message that is to be sent and one for its answer; attempts that failed meanwhile stand on effect.status under the same id.
type WebhookStatus struct {
	// The message, as in its header webhook-id: the same at each attempt.
	MessageID string `avro:"message_id"`
	// Who is told: the id of the partner.
	Endpoint string `avro:"endpoint"`
	// For whose buyers the units are counted; empty in an answer.
	Channel string `avro:"channel"`
	// Type of the message, such as inventory.availability.changed.
	Type string `avro:"type"`
	// What the message is about: an item, by its number in the product master.
	Subject string `avro:"subject"`
	// Number of the message among those to this endpoint about this subject, rising by one from 1.
	Seq int64 `avro:"seq"`
	// Where it stands.
	State WebhookState `avro:"state"`
	// SHA-256 of the body in hex: of what is to be sent, and in taken of what was sent. Empty in refused.
	Sha256 string `avro:"sha256"`
	// Version of the position that the message says; 0 in an answer.
	Version int64 `avro:"version"`
	// Units that it says can be sold, over all locations; 0 in an answer.
	Available int64 `avro:"available"`
	// What it says of each location; empty in an answer.
	Locations []AvailableAt `avro:"locations"`
	// Attempts by the process that has the answer; 0 in asked.
	Attempt int `avro:"attempt"`
	// Why it was refused, as a code such as HTTP_410: nothing of what the endpoint said.
	Cause string `avro:"cause"`
	// When this happened.
	At time.Time `avro:"at"`
}
