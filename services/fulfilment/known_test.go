package fulfilment

import (
	"strings"
	"testing"

	"github.com/millrace/millrace/schemas/event"
)

// field are the words seen in the field, by what they mean: "system: word, word".
var field = map[string][]string{
	"PLANNED RELEASE_SENT": {"oracle-ebs: R", "dynamics-ax: Registered, Reserved", "shipstation: awaiting_shipment", "mirakl: SHIPPING", "walmart: Created", "tryton: waiting", "easyship: created"},
	"ACCEPTED":             {"oracle-ebs: S", "dynamics-ax: Activated", "shopify: ACCEPTED", "walmart: Acknowledged", "shiphero: ready_to_ship"},
	"REJECTED":             {"shopify: REQUEST_DECLINED", "shipstation: FULFILLMENT_REJECTED", "easyship: creation_failed", "hotwax: rejected", "mirakl: REFUSED"},
	"ON_HOLD":              {"shipbob: On Hold", "shipstation: on_hold, awaiting_payment", "walmart: OnHold", "mirakl: STAGING", "x12: HQ"},
	"INCOMPLETE":           {"shipbob: Exception", "oracle-ebs: B", "x12: BO, BK, BM, DS", "shopify: INCOMPLETE"},
	"PICKING PICKED":       {"shipbob: Processing", "business-central: Partially Picked, Completely Picked", "dynamics-ax: Picked", "tryton: assigned, picked"},
	"SHORT_PICKED":         {"oracle-wms: short_on_close", "fluent: CORRECTION", "x12: CP, BP", "solidus: short_ship"},
	"PACKED":               {"oracle-wms: packed", "tryton: packed", "oracle-ebs: Y", "dynamics-ax: Staged", "x12: PK"},
	"MANIFESTED":           {"dynamics-ax: Loaded", "x12: 856 built"},
	"SHIPPED":              {"shipbob: Completed", "oracle-ebs: C", "dynamics-ax: Sent", "shipstation: shipped", "mirakl: SHIPPED", "x12: 945, 856"},
	"CLOSED":               {"mirakl: RECEIVED, CLOSED", "walmart: Delivered", "ebay: DELIVERED"},
	"CANCELLED":            {"oracle-ebs: D", "dynamics-ax: Canceled", "x12: IC, CK, DE"},
}

func TestEveryWordSeenInTheFieldIsKnown(t *testing.T) {
	for meaning, systems := range field {
		for _, entry := range systems {
			system, list, _ := strings.Cut(entry, ": ")
			tables, err := NewTables(map[string]Table{"p": {Version: "1", Like: system}})
			if err != nil {
				t.Fatal(err)
			}
			for word := range strings.SplitSeq(list, ", ") {
				if status, _ := tables.Read("p", word); !strings.Contains(meaning, string(status)) {
					t.Errorf("%s says %q: %s, want %s", system, word, status, meaning)
				}
			}
		}
	}
}

func TestEveryWordOfCarriersIsKnown(t *testing.T) {
	for system, list := range map[string]string{
		"easypost":  "pre_transit in_transit out_for_delivery available_for_pickup delivered failure return_to_sender cancelled",
		"aftership": "InfoReceived InTransit OutForDelivery AttemptFail Exception_001 Exception_013 Delivered_003",
		"fedex":     "OC PU IT OD DY DE DL RS",
		"ups":       "M P I O X D RS",
		"usps":      "MA GX OA 03 OF 01",
	} {
		tables, err := NewTables(map[string]Table{"c": {Like: system}})
		if err != nil {
			t.Fatal(err)
		}
		for word := range strings.FieldsSeq(list) {
			if status, _ := tables.ReadParcel("c", word); status == event.ParcelStatusUnmapped {
				t.Errorf("%s says %q, which nobody knows", system, word)
			}
		}
	}
	tables, err := NewTables(map[string]Table{"c": {Like: "aftership"}})
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := tables.ReadParcel("c", "Expired"); status != event.ParcelStatusUnmapped {
		t.Errorf("thirty days of silence are %s", status)
	}
}

func TestPartnersOwnWordGoesBeforeThatOfItsSystem(t *testing.T) {
	tables, err := NewTables(map[string]Table{"p": {Version: "9", Like: "shipbob", Words: map[string]string{"completed": "MANIFESTED"}}})
	if err != nil {
		t.Fatal(err)
	}
	if status, version := tables.Read("p", "Completed"); status != event.FulfilmentStatusManifested || version != "9" {
		t.Errorf("%s by version %s", status, version)
	}
	if status, _ := tables.Read("p", "On Hold"); status != event.FulfilmentStatusOnHold {
		t.Errorf("%s", status)
	}
	if _, err := NewTables(map[string]Table{"p": {Like: "nothing"}}); err == nil || !strings.Contains(err.Error(), "nothing") {
		t.Errorf("a system that nobody knows: %v", err)
	}
}
