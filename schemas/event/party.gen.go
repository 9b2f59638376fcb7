// Code generated from schemas/avro/party/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// Party is who a person or firm is and where. Nothing else holds personal data; a tombstone erases it.
type Party struct {
	// Id of the party, which means nothing outside this topic.
	PartyID string `avro:"party_id"`
	// Name of the person, empty for a firm.
	Name string `avro:"name"`
	// Name of the firm, empty for a person.
	Organisation string `avro:"organisation"`
	// Street and all else above the town, as it stands on a label.
	Lines []string `avro:"lines"`
	// Town.
	City string `avro:"city"`
	// Whole postcode.
	Postcode string `avro:"postcode"`
	// ISO 3166-2 subdivision without its country part.
	Region string `avro:"region"`
	// ISO 3166-1 alpha-2 country.
	Country string `avro:"country"`
	// Address of electronic mail.
	Email string `avro:"email"`
	// Telephone number, in E.164 where it is known.
	Phone string `avro:"phone"`
	// BCP 47 tag of the language messages are written in.
	Language string `avro:"language"`
	// System that stated the fact.
	Source string `avro:"source"`
	// Version of this row at its owner; a lower one never replaces a higher one.
	Version int64 `avro:"version"`
	// When it was published.
	PublishedAt time.Time `avro:"published_at"`
}
