// Code generated from schemas/avro/customer/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// PaymentTerms say when a customer pays.
//   - prepaid: before goods leave
//   - account: after the invoice
//   - proforma: an invoice is paid before goods leave
type PaymentTerms string

// Values of PaymentTerms; its comment says what each means.
const (
	PaymentTermsPrepaid  PaymentTerms = "prepaid"
	PaymentTermsAccount  PaymentTerms = "account"
	PaymentTermsProforma PaymentTerms = "proforma"
)

// Licence is what a customer may buy.
type Licence struct {
	// Licence, as products name it.
	Code string `avro:"code"`
	// First moment it counts no more, null for no end.
	ValidUntil *time.Time `avro:"valid_until"`
}

// CustomerPublished is the master row of one customer, without personal data.
type CustomerPublished struct {
	// Customer, by its number in the customer master.
	Customer string `avro:"customer"`
	// Id of the party in the party topic, empty when there is none.
	PartyID string `avro:"party_id"`
	// Legal entity that sells to it, empty when there is one only.
	Company string `avro:"company"`
	// Customer class, as pools and price rules name it.
	Class string `avro:"class"`
	// ISO 3166-1 alpha-2 country.
	Country string `avro:"country"`
	// ISO 4217 code of every amount in this record.
	Currency string `avro:"currency"`
	// When it pays, unless the order says.
	Terms PaymentTerms `avro:"terms"`
	// Its price lists, the first that has an item counts.
	PriceLists []string `avro:"price_lists"`
	// Largest open amount on account in minor units, null for none agreed.
	CreditLimit *int64 `avro:"credit_limit"`
	// Least value of an order's goods in minor units.
	MinimumOrder int64 `avro:"minimum_order"`
	// Days that goods must live beyond the day on which they are wanted, unless a line names a date; 0 demands nothing.
	MinShelfLifeDays int64 `avro:"min_shelf_life_days"`
	// Licences it holds.
	Licences []Licence `avro:"licences"`
	// ISO 3166-1 alpha-2 countries it may have goods sent to; empty: all.
	Territories []string `avro:"territories"`
	// Classes of dangerous goods it may receive.
	Hazards []string `avro:"hazards"`
	// Why nothing is sold to it, as a code; empty when it may buy.
	Blocked string `avro:"blocked"`
	// It is still a customer.
	Active bool `avro:"active"`
	// Version of this row at its owner; a lower one never replaces a higher one.
	Version int64 `avro:"version"`
	// When it was published.
	PublishedAt time.Time `avro:"published_at"`
	// Names of the fields that differ from the version before; empty in the first.
	Changed []string `avro:"changed"`
}
