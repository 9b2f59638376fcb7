package fulfilment

import (
	"cmp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/event"
)

// Parcel is how far one parcel is.
type Parcel = event.ParcelRecord

// maxSaid bounds the statements kept of a parcel; what comes later is not kept.
const maxSaid = 200

// parcelRanks order the statuses of a parcel. Of two with one rank the newer
// counts: a parcel that was delayed is on its way again, one that was lost is
// found. Higher ranks are final for what is below them.
var parcelRanks = map[event.ParcelStatus]int{
	event.ParcelStatusLabelCreated: 1, event.ParcelStatusCancelled: 1, event.ParcelStatusManifested: 2, event.ParcelStatusPickedUp: 3,
	event.ParcelStatusInTransit: 4, event.ParcelStatusDelayed: 4, event.ParcelStatusException: 4,
	event.ParcelStatusOutForDelivery: 5, event.ParcelStatusAttemptFailed: 5, event.ParcelStatusAvailableForPickup: 5,
	event.ParcelStatusDelivered: 6, event.ParcelStatusLost: 6, event.ParcelStatusDamaged: 6,
	event.ParcelStatusReturnToSender: 7, event.ParcelStatusReturned: 8,
}

// ParcelID names a parcel by carrier, number and day of shipment, because
// carriers use their numbers again.
func ParcelID(carrier, tracking, shippedOn string) string {
	parts := []string{"parcel", strings.ToLower(carrier), strings.ToUpper(strings.ReplaceAll(tracking, " ", "")), shippedOn}
	return uuid.NewSHA1(event.NS, []byte(strings.Join(parts, "\x1f"))).String()
}

// State books a statement about a parcel and reports whether the parcel stands
// elsewhere by it, and whether only a correction explains that. Where it stands
// follows from all statements that are kept, whatever their order of arrival.
func State(p *Parcel, status event.ParcelStatus, r *event.ParcelReported) (news, correction bool) {
	p.ShipmentID = cmp.Or(p.ShipmentID, r.ShipmentID)
	said := event.ParcelSaid{Status: string(status), Corrects: r.Corrects, Source: r.Source, SourceSeq: r.SourceSeq, OccurredAt: r.OccurredAt}
	at, known := slices.BinarySearchFunc(p.Said, said, bySaid)
	if known || len(p.Said) == maxSaid || parcelRanks[status] == 0 {
		return false, false
	}
	p.Said = slices.Insert(p.Said, at, said)
	before := p.Status
	p.Status = stands(p.Said)
	if p.Status == before {
		return false, false
	}
	p.Seq++
	return true, parcelRanks[p.Status] < parcelRanks[before]
}

// bySaid orders statements by when they happened.
func bySaid(a, b event.ParcelSaid) int {
	return cmp.Or(
		a.OccurredAt.Compare(b.OccurredAt), cmp.Compare(a.SourceSeq, b.SourceSeq), cmp.Compare(a.Source, b.Source),
		cmp.Compare(a.Status, b.Status), corrects(a)-corrects(b),
	)
}

func corrects(s event.ParcelSaid) int {
	if s.Corrects {
		return 1
	}
	return 0
}

// stands is where a parcel is by statements in the order of bySaid. Of one source
// its own count says which of two is newer, whatever the times say. A correction
// voids what its source stated before.
func stands(all []event.ParcelSaid) event.ParcelStatus {
	best := event.ParcelStatusUnmapped
	var of event.ParcelSaid
	for _, s := range all {
		if slices.ContainsFunc(all, func(c event.ParcelSaid) bool { return c.Corrects && c.Source == s.Source && newer(c, s) }) {
			continue
		}
		rank, known := parcelRanks[event.ParcelStatus(s.Status)], parcelRanks[best]
		if rank > known || rank == known && newer(s, of) {
			best, of = event.ParcelStatus(s.Status), s
		}
	}
	return best
}

// newer says whether a statement was made after another.
func newer(a, b event.ParcelSaid) bool {
	if a.Source == b.Source && a.SourceSeq > 0 && b.SourceSeq > 0 {
		return a.SourceSeq > b.SourceSeq
	}
	return a.OccurredAt.After(b.OccurredAt)
}
