package order

import (
	"testing"

	"github.com/millrace/millrace/schemas/event"
)

// Of one lost parcel of several nobody knows which units it had.
func TestAShipmentIsGoneWhenAllOfItIs(t *testing.T) {
	for _, c := range []struct {
		by         string
		parcels    []event.ParcelStatus
		lost, gone bool
	}{
		{"", nil, false, false},
		{"ann", nil, true, true},
		{"ann", []event.ParcelStatus{event.ParcelStatusInTransit}, true, true},
		{"", []event.ParcelStatus{event.ParcelStatusLost}, true, true},
		{"", []event.ParcelStatus{event.ParcelStatusLost, event.ParcelStatusDelivered}, true, false},
		{"", []event.ParcelStatus{event.ParcelStatusLost, event.ParcelStatusDamaged}, true, true},
		{"", []event.ParcelStatus{event.ParcelStatusDelivered}, false, false},
	} {
		s := &Shipment{LostBy: c.by}
		for _, status := range c.parcels {
			s.Parcels = append(s.Parcels, event.ShipmentParcel{Status: string(status)})
		}
		if Lost(s) != c.lost || Gone(s) != c.gone {
			t.Errorf("%+v: lost %v, gone %v, want %v and %v", c, Lost(s), Gone(s), c.lost, c.gone)
		}
	}
}
