package fulfilment

import "github.com/millrace/millrace/schemas/event"

// Known are the words of systems seen in the field, by system. A partner's table
// names the system it is like and says only what is different.
//
// A coarse word is mapped to the least that it says: ShipBob's Processing is
// anything from pick to label, so it is PICKING. ShipBob's Completed has left the
// building and is not delivered.
var Known = map[string]map[string]event.FulfilmentStatus{
	"oracle-ebs": {
		"R": event.FulfilmentStatusReleaseSent, "S": event.FulfilmentStatusAccepted, "B": event.FulfilmentStatusIncomplete,
		"Y": event.FulfilmentStatusPacked, "C": event.FulfilmentStatusShipped, "D": event.FulfilmentStatusCancelled,
	},
	"oracle-wms": {"short_on_close": event.FulfilmentStatusShortPicked, "packed": event.FulfilmentStatusPacked},
	"dynamics-ax": {
		"Registered": event.FulfilmentStatusPlanned, "Reserved": event.FulfilmentStatusPlanned, "Activated": event.FulfilmentStatusAccepted,
		"Picked": event.FulfilmentStatusPicked, "Staged": event.FulfilmentStatusPacked, "Loaded": event.FulfilmentStatusManifested,
		"Sent": event.FulfilmentStatusShipped, "Canceled": event.FulfilmentStatusCancelled,
	},
	"business-central": {"Partially Picked": event.FulfilmentStatusPicking, "Completely Picked": event.FulfilmentStatusPicked},
	"shipstation": {
		"awaiting_shipment": event.FulfilmentStatusPlanned, "FULFILLMENT_REJECTED": event.FulfilmentStatusRejected,
		"on_hold": event.FulfilmentStatusOnHold, "awaiting_payment": event.FulfilmentStatusOnHold, "shipped": event.FulfilmentStatusShipped,
	},
	"mirakl": {
		"SHIPPING": event.FulfilmentStatusPlanned, "REFUSED": event.FulfilmentStatusRejected, "STAGING": event.FulfilmentStatusOnHold,
		"SHIPPED": event.FulfilmentStatusShipped, "RECEIVED": event.FulfilmentStatusClosed, "CLOSED": event.FulfilmentStatusClosed,
	},
	"walmart": {
		"Created": event.FulfilmentStatusPlanned, "Acknowledged": event.FulfilmentStatusAccepted, "OnHold": event.FulfilmentStatusOnHold,
		"Delivered": event.FulfilmentStatusClosed,
	},
	"ebay":    {"DELIVERED": event.FulfilmentStatusClosed},
	"tryton":  {"waiting": event.FulfilmentStatusPlanned, "assigned": event.FulfilmentStatusPicking, "picked": event.FulfilmentStatusPicked, "packed": event.FulfilmentStatusPacked},
	"hotwax":  {"rejected": event.FulfilmentStatusRejected},
	"fluent":  {"CORRECTION": event.FulfilmentStatusShortPicked},
	"solidus": {"short_ship": event.FulfilmentStatusShortPicked},
	"easyship": {
		"created": event.FulfilmentStatusPlanned, "creation_failed": event.FulfilmentStatusRejected,
	},
	"shopify": {
		"ACCEPTED": event.FulfilmentStatusAccepted, "REQUEST_DECLINED": event.FulfilmentStatusRejected, "INCOMPLETE": event.FulfilmentStatusIncomplete,
	},
	"shiphero": {"ready_to_ship": event.FulfilmentStatusAccepted},
	"shipbob": {
		"On Hold": event.FulfilmentStatusOnHold, "Exception": event.FulfilmentStatusIncomplete, "Processing": event.FulfilmentStatusPicking,
		"Completed": event.FulfilmentStatusShipped,
	},
	"x12": {
		"HQ": event.FulfilmentStatusOnHold, "BO": event.FulfilmentStatusIncomplete, "BK": event.FulfilmentStatusIncomplete,
		"BM": event.FulfilmentStatusIncomplete, "DS": event.FulfilmentStatusIncomplete, "PK": event.FulfilmentStatusPacked,
		"CP": event.FulfilmentStatusShortPicked, "BP": event.FulfilmentStatusShortPicked, "856 built": event.FulfilmentStatusManifested,
		"945": event.FulfilmentStatusShipped, "856": event.FulfilmentStatusShipped, "IC": event.FulfilmentStatusCancelled,
		"CK": event.FulfilmentStatusCancelled, "DE": event.FulfilmentStatusCancelled,
	},
}

// KnownParcels are the words of carriers and of those who speak for them.
// AfterShip's Expired is 30 days of silence and says nothing of the parcel, so it
// has no entry; a carrier's LOST and DAMAGED come as details of an exception.
var KnownParcels = map[string]map[string]event.ParcelStatus{
	"easypost": {
		"pre_transit": event.ParcelStatusLabelCreated, "in_transit": event.ParcelStatusInTransit, "out_for_delivery": event.ParcelStatusOutForDelivery,
		"available_for_pickup": event.ParcelStatusAvailableForPickup, "delivered": event.ParcelStatusDelivered, "failure": event.ParcelStatusException,
		"return_to_sender": event.ParcelStatusReturnToSender, "cancelled": event.ParcelStatusCancelled,
	},
	"aftership": {
		"InfoReceived": event.ParcelStatusLabelCreated, "InTransit": event.ParcelStatusInTransit, "OutForDelivery": event.ParcelStatusOutForDelivery,
		"AttemptFail": event.ParcelStatusAttemptFailed, "Exception_*": event.ParcelStatusException, "Delivered_*": event.ParcelStatusDelivered,
	},
	"fedex": {
		"OC": event.ParcelStatusLabelCreated, "PU": event.ParcelStatusPickedUp, "IT": event.ParcelStatusInTransit, "OD": event.ParcelStatusOutForDelivery,
		"DY": event.ParcelStatusDelayed, "DE": event.ParcelStatusException, "DL": event.ParcelStatusDelivered, "RS": event.ParcelStatusReturnToSender,
	},
	"ups": {
		"M": event.ParcelStatusManifested, "P": event.ParcelStatusPickedUp, "I": event.ParcelStatusInTransit, "O": event.ParcelStatusOutForDelivery,
		"X": event.ParcelStatusException, "D": event.ParcelStatusDelivered, "RS": event.ParcelStatusReturnToSender,
	},
	"usps": {
		"MA": event.ParcelStatusManifested, "GX": event.ParcelStatusManifested, "OA": event.ParcelStatusPickedUp,
		"03": event.ParcelStatusPickedUp, "OF": event.ParcelStatusOutForDelivery, "01": event.ParcelStatusDelivered,
	},
}
