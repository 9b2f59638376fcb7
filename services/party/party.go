// Package party keeps personal data apart. Names, addresses, mail and phone stand
// in the topic party.v1 and nowhere else: all other events carry a party's id,
// country, region and postcode area, and whoever makes a label or an ERP document
// joins the rest from there. So a tombstone erases a person: the topic is
// compacted within a day (topic.Party), copies in memory drop the row when they
// read it, and no other topic has anything to erase.
//
// Package partystream has the copy of the topic, package partyhttp takes parties
// in and erases them. Neither shows personal data over HTTP.
//
// On failure: a request that was not acknowledged is repeated; each writes the
// whole party, so the last one counts.
package party

import (
	"fmt"

	"github.com/millrace/millrace/schemas/event"
)

// Bounds of a party.
const (
	maxLines = 10
	maxText  = 200 // bytes of each text
)

// Fault is a field of a party that cannot be.
type Fault struct{ Field, Detail string }

// Check finds everything that is wrong with a party. What it says never repeats
// what a field holds.
func Check(p *event.Party) (faults []Fault) {
	add := func(field, format string, args ...any) {
		faults = append(faults, Fault{field, fmt.Sprintf(format, args...)})
	}
	for field, text := range map[string]string{
		"party_id": p.PartyID, "name": p.Name, "organisation": p.Organisation, "city": p.City, "postcode": p.Postcode, "region": p.Region,
		"email": p.Email, "phone": p.Phone, "language": p.Language, "source": p.Source,
	} {
		if len(text) > maxText {
			add(field, "It has %d bytes, at most %d are possible.", len(text), maxText)
		}
	}
	if p.PartyID == "" {
		add("party_id", "A party has an id.")
	}
	if p.Name == "" && p.Organisation == "" {
		add("name", "A party has a name or an organisation.")
	}
	if len(p.Country) != 2 {
		add("country", "It is an ISO 3166-1 alpha-2 code.")
	}
	if len(p.Lines) > maxLines {
		add("lines", "There are %d, at most %d are possible.", len(p.Lines), maxLines)
	}
	for i, line := range p.Lines {
		if i < maxLines && len(line) > maxText {
			add(fmt.Sprint("lines/", i), "It has %d bytes, at most %d are possible.", len(line), maxText)
		}
	}
	return faults
}
