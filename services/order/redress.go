package order

import (
	"slices"

	"github.com/millrace/millrace/schemas/event"
)

// Redress is how goods that left and do not arrive are made good.
type Redress string

// The ways. Without one people decide.
const (
	Refund Redress = "refund" // the buyer gets back what they cost, with their freight
	Reship Redress = "reship" // others are sent, as an order of its own that costs nothing
)

// Redresses says whether r is a way.
func (r Redress) Redresses() bool { return r == Refund || r == Reship }

// Lost says whether a parcel of a shipment will not arrive, or a person says so of
// all of it.
func Lost(s *Shipment) bool { return s.LostBy != "" || slices.ContainsFunc(s.Parcels, gone) }

// Gone says whether nothing of a shipment will arrive: of one parcel of several
// nobody knows which units it had, so people decide.
func Gone(s *Shipment) bool {
	some := func(p event.ShipmentParcel) bool { return !gone(p) }
	return s.LostBy != "" || len(s.Parcels) > 0 && !slices.ContainsFunc(s.Parcels, some)
}

func gone(p event.ShipmentParcel) bool {
	return p.Status == string(event.ParcelStatusLost) || p.Status == string(event.ParcelStatusDamaged)
}

// RedressID names the request to settlement for a shipment, so that it is made good
// once.
func RedressID(shipmentID string) string { return derive("lost shipment", shipmentID) }

// ReshipNumber is the channel's number of the order that replaces a shipment.
func ReshipNumber(externalID, shipmentID string) string { return externalID + "/reship/" + shipmentID }
