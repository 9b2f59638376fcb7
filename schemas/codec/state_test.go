package codec_test

import (
	"testing"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
)

// states pairs each entity state with a round trip of its rows.
var states = map[string]func(*testing.T, string){
	"availability_item":      ofState[event.AvailabilityItemRecord],
	"availability_told":      ofState[event.AvailabilityToldRecord],
	"erp_sale":               ofState[event.ErpSaleRecord],
	"erp_return":             ofState[event.ErpReturnRecord],
	"file_refusal":           ofState[event.FileRefusalRecord],
	"file_run":               ofState[event.FileRunRecord],
	"exposure":               ofState[event.ExposureRecord],
	"exposure_entry":         ofState[event.ExposureEntryRecord],
	"exposure_hold":          ofState[event.ExposureHoldRecord],
	"exposure_turn":          ofState[event.ExposureTurnRecord],
	"fulfilment":             ofState[event.FulfilmentRecord],
	"fulfilment_document":    ofState[event.FulfilmentDocumentRecord],
	"fulfilment_progress":    ofState[event.FulfilmentProgressRecord],
	"node_count":             ofState[event.NodeCountRecord],
	"node_feed":              ofState[event.NodeFeedRecord],
	"node_item":              ofState[event.NodeItemRecord],
	"node_load":              ofState[event.NodeLoadRecord],
	"node_slot":              ofState[event.NodeSlotRecord],
	"node_release":           ofState[event.NodeReleaseRecord],
	"order":                  ofState[event.OrderRecord],
	"order_amendment":        ofState[event.OrderAmendmentRecord],
	"order_basket":           ofState[event.OrderBasketRecord],
	"order_charge":           ofState[event.OrderChargeRecord],
	"order_claim":            ofState[event.OrderClaimRecord],
	"order_decision":         ofState[event.OrderDecisionRecord],
	"order_exception":        ofState[event.OrderExceptionRecord],
	"order_fulfilment":       ofState[event.OrderFulfilmentRecord],
	"order_hold":             ofState[event.OrderHoldRecord],
	"order_invoice":          ofState[event.OrderInvoiceRecord],
	"order_item":             ofState[event.OrderItemRecord],
	"order_moment":           ofState[event.OrderMomentRecord],
	"order_part":             ofState[event.OrderPartRecord],
	"order_payment":          ofState[event.OrderPaymentRecord],
	"order_request":          ofState[event.OrderRequestRecord],
	"order_want":             ofState[event.OrderWantRecord],
	"payment_desk":           ofState[event.PaymentDeskRecord],
	"order_slot":             ofState[event.OrderSlotRecord],
	"order_shipment":         ofState[event.OrderShipmentRecord],
	"parcel":                 ofState[event.ParcelRecord],
	"return":                 ofState[event.ReturnRecord],
	"return_account":         ofState[event.ReturnAccountRecord],
	"return_ask":             ofState[event.ReturnAskRecord],
	"return_disposition":     ofState[event.ReturnDispositionRecord],
	"return_line":            ofState[event.ReturnLineRecord],
	"return_purchase":        ofState[event.ReturnPurchaseRecord],
	"return_receipt":         ofState[event.ReturnReceiptRecord],
	"return_sale":            ofState[event.ReturnSaleRecord],
	"return_sale_line":       ofState[event.ReturnSaleLineRecord],
	"return_want":            ofState[event.ReturnWantRecord],
	"parcel_consigned":       ofState[event.ParcelConsignedRecord],
	"parcel_label":           ofState[event.ParcelLabelRecord],
	"return_word":            ofState[event.ReturnWordRecord],
	"settlement":             ofState[event.SettlementRecord],
	"settlement_credit":      ofState[event.SettlementCreditRecord],
	"settlement_payment":     ofState[event.SettlementPaymentRecord],
	"settlement_request":     ofState[event.SettlementRequestRecord],
	"settlement_tender":      ofState[event.SettlementTenderRecord],
	"settlement_transaction": ofState[event.SettlementTransactionRecord],
	"settlement_bill":        ofState[event.SettlementBillRecord],
	"settlement_price":       ofState[event.SettlementPriceRecord],
	"stock":                  ofState[event.StockRecord],
	"stock_claim":            ofState[event.StockClaim],
	"stock_entry":            ofState[event.StockEntry],
	"stock_holding":          ofState[event.StockHolding],
	"baseline_batch":         ofState[event.BaselineBatch],
	"baseline_known":         ofState[event.BaselineKnown],
	"baseline_row":           ofState[event.BaselineRow],
	"baseline_source":        ofState[event.BaselineSource],
	"stock_mark":             ofState[event.StockMark],
	"stock_pending":          ofState[event.StockPending],
	"stock_backorder":        ofState[event.StockBackorder],
	"stock_supply":           ofState[event.StockSupply],
	"stock_issue":            ofState[event.StockIssue],
	"stock_lot":              ofState[event.StockLot],
}

func TestEveryStateSurvivesTheRoundTrip(t *testing.T) {
	for _, name := range codec.States() {
		check, ok := states[name]
		if !ok {
			t.Errorf("state %s is not tried: add its type to states", name)
			continue
		}
		t.Run(name, func(t *testing.T) { check(t, name) })
	}
}

// ofState tries the rows of a state.
func ofState[T any](t *testing.T, name string) { roundTrip(t, codec.State[T](schemas, name)) }

func TestStateWithoutASchemaPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a codec of an unknown state was made")
		}
	}()
	codec.State[event.OrderCancel](schemas, "nothing")
}
