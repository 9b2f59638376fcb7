package business

import (
	"fmt"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
)

// schemas are shared by all worlds: ids are assigned once.
var schemas = codec.NewMemory()

// watched decode the topics that are audited.
var watched = make(map[string]func([]byte) any)

// onTopic gives a topic its type and watches it.
func onTopic[V any](def topic.Def) streams.Topic[V] {
	t := streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
	watched[def.Name] = func(b []byte) any {
		v := new(V)
		if err := t.Value.Decode(b, v); err != nil {
			panic(fmt.Sprintf("decoding what was just encoded for %s: %v", t.Name, err))
		}
		return v
	}
	return t
}

var (
	onSubmit   = onTopic[event.OrderSubmit](topic.OrderSubmit)
	onCancel   = onTopic[event.OrderCancel](topic.OrderCancel)
	onAmend    = onTopic[event.OrderAmend](topic.OrderAmend)
	onSupply   = onTopic[event.InventorySupply](topic.InventorySupply)
	onMovement = onTopic[event.InventoryMovement](topic.InventoryMovement)
	onProduct  = onTopic[event.ProductPublished](topic.ProductPublished)
	onNode     = onTopic[event.NodePublished](topic.NodePublished)
	onLane     = onTopic[event.LanePublished](topic.LanePublished)
	onCommand  = onTopic[event.InventoryCommand](topic.InventoryCommand)
	onAnswer   = onTopic[event.InventoryAnswer](topic.InventoryAnswer)
	onReported = onTopic[event.FulfilmentReported](topic.FulfilmentReported)
	onState    = onTopic[event.OrderState](topic.OrderState)

	onCustomer   = onTopic[event.CustomerPublished](topic.CustomerPublished)
	onAuthorised = onTopic[event.PaymentAuthorised](topic.PaymentAuthorised)
	onDeclined   = onTopic[event.PaymentDeclined](topic.PaymentDeclined)
	onCaptured   = onTopic[event.PaymentCaptured](topic.PaymentCaptured)
	onVoided     = onTopic[event.PaymentVoided](topic.PaymentVoided)
	onRefunded   = onTopic[event.PaymentRefunded](topic.PaymentRefunded)
	onCredit     = onTopic[event.CreditRequest](topic.CreditRequest)
	onBaseline   = onTopic[event.InventoryBaseline](topic.InventoryBaseline)
	onBatch      = onTopic[event.InventoryBaselineBatch](topic.InventoryBaselineBatch)

	onParcel = onTopic[event.ParcelStatusChanged](topic.ParcelStatus)

	onResolve = onTopic[event.OrderResolve](topic.OrderResolve)

	onClaim = onTopic[event.SettlementRequest](topic.SettlementRequest)

	_ = onTopic[event.PaymentRequested](topic.PaymentRequested)
	_ = onTopic[event.RefundApproved](topic.RefundApproved)
	_ = onTopic[event.CreditPosted](topic.CreditPosted)
	_ = onTopic[event.OrderHeld](topic.OrderHeld)
	_ = onTopic[event.OrderResumed](topic.OrderResumed)
	_ = onTopic[event.OrderAccepted](topic.OrderAccepted)
	_ = onTopic[event.OrderRejected](topic.OrderRejected)
	_ = onTopic[event.OrderValidated](topic.OrderValidated)
	_ = onTopic[event.OrderSourced](topic.OrderSourced)
	_ = onTopic[event.OrderAllocated](topic.OrderAllocated)
	_ = onTopic[event.OrderBackordered](topic.OrderBackordered)
	_ = onTopic[event.OrderPromise](topic.OrderPromise)
	_ = onTopic[event.OrderReleased](topic.OrderReleased)
	_ = onTopic[event.OrderCompleted](topic.OrderCompleted)
	_ = onTopic[event.OrderCancelled](topic.OrderCancelled)
	_ = onTopic[event.OrderRegistered](topic.OrderRegistered)
	_ = onTopic[event.OrderAmended](topic.OrderAmended)
	_ = onTopic[event.AlertRaised](topic.AlertRaised)
	_ = onTopic[event.InventoryPosition](topic.InventoryPosition)
	_ = onTopic[event.InventoryVariance](topic.InventoryVariance)
	_ = onTopic[event.InventoryShortage](topic.InventoryShortage)
	_ = onTopic[event.InventoryBaselineStaged](topic.InventoryBaselineStaged)
	_ = onTopic[event.FulfilmentRequested](topic.FulfilmentRequested)
	_ = onTopic[event.PurchaseRequested](topic.PurchaseRequested)
	_ = onTopic[event.PurchaseAccepted](topic.PurchaseAccepted)
	_ = onTopic[event.FulfilmentCancel](topic.FulfilmentCancel)
	_ = onTopic[event.FulfilmentStatusChanged](topic.FulfilmentStatus)
	_ = onTopic[event.ShipmentConfirmed](topic.ShipmentConfirmed)
	_ = onTopic[event.InvoiceRequested](topic.InvoiceRequested)
	_ = onTopic[event.InvoicePosted](topic.InvoicePosted)
	_ = onTopic[event.PartnerInbound](topic.PartnerInbound)
	_ = onTopic[event.PartnerOutbound](topic.PartnerOutbound)
)
