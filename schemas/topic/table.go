package topic

import "time"

// How long records are kept.
const (
	commands     = 3 * 24 * time.Hour
	events       = 14 * 24 * time.Hour
	rawDocuments = 90 * 24 * time.Hour
)

// The topics. Each variable is named after its topic and never changes.
var (
	// OrderSubmit: a channel asks to take on an order.
	OrderSubmit = Def{
		Name: "order.submit.v1", Key: "order id", Record: "order.v1.OrderSubmit", Domain: "order",
		Kind: Command, Partitioning: ByOrder, Retention: commands, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "a channel asks to take on an order",
	}
	// OrderCancel: a channel or a person asks to cancel what has not shipped.
	OrderCancel = Def{
		Name: "order.cancel.v1", Key: "order id", Record: "order.v1.OrderCancel", Domain: "order",
		Kind: Command, Partitioning: ByOrder, Retention: commands, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "a channel or a person asks to cancel what has not shipped",
	}
	// OrderAmend: a channel asks to replace the lines of an order.
	OrderAmend = Def{
		Name: "order.amend.v1", Key: "order id", Record: "order.v1.OrderAmend", Domain: "order",
		Kind: Command, Partitioning: ByOrder, Retention: commands, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "a channel asks to replace the lines of an order",
	}
	// OrderReturn: a return claims units of an order.
	OrderReturn = Def{
		Name: "order.return.v1", Key: "order id", Record: "order.v1.OrderReturn", Domain: "order",
		Kind: Command, Partitioning: ByOrder, Retention: commands, Owner: "returns",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "a return claims units of an order",
	}
	// OrderAccepted: an order was taken on.
	OrderAccepted = Def{
		Name: "order.accepted.v1", Key: "order id", Record: "order.v1.OrderAccepted", Domain: "order",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "an order was taken on",
	}
	// OrderRejected: an order was refused and never accepted.
	OrderRejected = Def{
		Name: "order.rejected.v1", Key: "order id", Record: "order.v1.OrderRejected", Domain: "order",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "an order was refused and never accepted",
	}
	// OrderValidated: every guard of an order is satisfied.
	OrderValidated = Def{
		Name: "order.validated.v1", Key: "order id", Record: "order.v1.OrderValidated", Domain: "order",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "every guard of an order is satisfied",
	}
	// OrderAllocated: which node gives which units.
	OrderAllocated = Def{
		Name: "order.allocated.v1", Key: "order id", Record: "order.v1.OrderAllocated", Domain: "order",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "which node gives which units",
	}
	// OrderBackordered: which units wait for supply.
	OrderBackordered = Def{
		Name: "order.backordered.v1", Key: "order id", Record: "order.v1.OrderBackordered", Domain: "order",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "which units wait for supply",
	}
	// OrderReleased: nodes were asked to ship.
	OrderReleased = Def{
		Name: "order.released.v1", Key: "order id", Record: "order.v1.OrderReleased", Domain: "order",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "nodes were asked to ship",
	}
	// OrderCompleted: nothing of the order is open.
	OrderCompleted = Def{
		Name: "order.completed.v1", Key: "order id", Record: "order.v1.OrderCompleted", Domain: "order",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "nothing of the order is open",
	}
	// OrderCancelled: the order ended without shipping its open units.
	OrderCancelled = Def{
		Name: "order.cancelled.v1", Key: "order id", Record: "order.v1.OrderCancelled", Domain: "order",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "the order ended without shipping its open units",
	}
	// OrderRegistered: the system of record has the order, and by when.
	OrderRegistered = Def{
		Name: "order.registered.v1", Key: "order id", Record: "order.v1.OrderRegistered", Domain: "order",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "the system of record has the order, and by when",
	}
	// OrderState: the whole order now, per line and shipment.
	OrderState = Def{
		Name: "order.state.v1", Key: "order id", Record: "order.v1.OrderState", Domain: "order",
		Kind: Compacted, Partitioning: ByOrder, Owner: "order",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "the whole order now, per line and shipment",
	}
	// InventoryCommand: an order asks something of an item's stock; one topic, so that a release cannot overtake its reserve.
	InventoryCommand = Def{
		Name: "inventory.command.v1", Key: "sku", Record: "inventory.v1.InventoryCommand", Domain: "inventory",
		Kind: Command, Partitioning: BySKU, Retention: commands, Owner: "stock",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "an order asks something of an item's stock; one topic, so that a release cannot overtake its reserve",
	}
	// InventoryAnswer: the stock entity's answer to one command.
	InventoryAnswer = Def{
		Name: "inventory.answer.v1", Key: "order id", Record: "inventory.v1.InventoryAnswer", Domain: "inventory",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "stock",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "the stock entity's answer to one command",
	}
	// InventoryMovement: units of an item changed place or condition.
	InventoryMovement = Def{
		Name: "inventory.movement.v1", Key: "sku", Record: "inventory.v1.InventoryMovement", Domain: "inventory",
		Kind: Event, Partitioning: BySKU, Retention: events, Owner: "stock",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "units of an item changed place or condition",
	}
	// InventorySupply: dated stock to come.
	InventorySupply = Def{
		Name: "inventory.supply.v1", Key: "sku", Record: "inventory.v1.InventorySupply", Domain: "inventory",
		Kind: Event, Partitioning: BySKU, Retention: events, Owner: "stock",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "dated stock to come",
	}
	// InventoryPosition: the stock of an item now, at all nodes.
	InventoryPosition = Def{
		Name: "inventory.position.v1", Key: "sku", Record: "inventory.v1.InventoryPosition", Domain: "inventory",
		Kind: Compacted, Partitioning: BySKU, Owner: "stock",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "the stock of an item now, at all nodes",
	}
	// FulfilmentRequested: a node is asked to ship its part of an order.
	FulfilmentRequested = Def{
		Name: "fulfilment.requested.v1", Key: "order id", Record: "fulfilment.v1.FulfilmentRequested", Domain: "fulfilment",
		Kind: Command, Partitioning: ByOrder, Retention: commands, Owner: "fulfilment",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "a node is asked to ship its part of an order",
	}
	// FulfilmentCancel: a node is asked to stop.
	FulfilmentCancel = Def{
		Name: "fulfilment.cancel.v1", Key: "order id", Record: "fulfilment.v1.FulfilmentCancel", Domain: "fulfilment",
		Kind: Command, Partitioning: ByOrder, Retention: commands, Owner: "fulfilment",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "a node is asked to stop",
	}
	// FulfilmentReported: what a node stated about a fulfilment, in its own word.
	FulfilmentReported = Def{
		Name: "fulfilment.reported.v1", Key: "order id", Record: "fulfilment.v1.FulfilmentReported", Domain: "fulfilment",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "connector",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "what a node stated about a fulfilment, in its own word",
	}
	// FulfilmentStatus: where a fulfilment stands, in our word and the partner's.
	FulfilmentStatus = Def{
		Name: "fulfilment.status.v1", Key: "order id", Record: "fulfilment.v1.FulfilmentStatusChanged", Domain: "fulfilment",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "fulfilment",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "where a fulfilment stands, in our word and the partner's",
	}
	// ShipmentConfirmed: units left a node.
	ShipmentConfirmed = Def{
		Name: "shipment.confirmed.v1", Key: "order id", Record: "shipment.v1.ShipmentConfirmed", Domain: "shipment",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "fulfilment",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "units left a node",
	}
	// InvoiceRequested: the system of record is asked to bill a shipment.
	InvoiceRequested = Def{
		Name: "invoice.requested.v1", Key: "order id", Record: "invoice.v1.InvoiceRequested", Domain: "invoice",
		Kind: Command, Partitioning: ByOrder, Retention: commands, Owner: "settlement",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "the system of record is asked to bill a shipment",
	}
	// InvoicePosted: the system of record billed a shipment.
	InvoicePosted = Def{
		Name: "invoice.posted.v1", Key: "order id", Record: "invoice.v1.InvoicePosted", Domain: "invoice",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "settlement",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "the system of record billed a shipment",
	}
	// InvoiceCorrected: the system of record changed an invoice.
	InvoiceCorrected = Def{
		Name: "invoice.corrected.v1", Key: "order id", Record: "invoice.v1.InvoiceCorrected", Domain: "invoice",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "settlement",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "the system of record changed an invoice",
	}
	// SettlementRequest: the one writer of an order's money is asked for something.
	SettlementRequest = Def{
		Name: "settlement.request.v1", Key: "order id", Record: "settlement.v1.SettlementRequest", Domain: "settlement",
		Kind: Command, Partitioning: ByOrder, Retention: commands, Owner: "settlement",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "the one writer of an order's money is asked for something",
	}
	// PaymentRequested: a payment partner is asked for one transaction.
	PaymentRequested = Def{
		Name: "payment.requested.v1", Key: "order id", Record: "payment.v1.PaymentRequested", Domain: "payment",
		Kind: Command, Partitioning: ByOrder, Retention: commands, Owner: "settlement",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "a payment partner is asked for one transaction",
	}
	// PaymentAuthorised: money is set aside for an order.
	PaymentAuthorised = Def{
		Name: "payment.authorised.v1", Key: "order id", Record: "payment.v1.PaymentAuthorised", Domain: "payment",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "settlement",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "money is set aside for an order",
	}
	// PaymentDeclined: a payment partner refused a transaction.
	PaymentDeclined = Def{
		Name: "payment.declined.v1", Key: "order id", Record: "payment.v1.PaymentDeclined", Domain: "payment",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "settlement",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "a payment partner refused a transaction",
	}
	// PaymentCaptured: money was taken from the buyer.
	PaymentCaptured = Def{
		Name: "payment.captured.v1", Key: "order id", Record: "payment.v1.PaymentCaptured", Domain: "payment",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "settlement",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "money was taken from the buyer",
	}
	// PaymentVoided: money that was set aside is free again.
	PaymentVoided = Def{
		Name: "payment.voided.v1", Key: "order id", Record: "payment.v1.PaymentVoided", Domain: "payment",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "settlement",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "money that was set aside is free again",
	}
	// PaymentRefunded: money was paid back to the buyer.
	PaymentRefunded = Def{
		Name: "payment.refunded.v1", Key: "order id", Record: "payment.v1.PaymentRefunded", Domain: "payment",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "settlement",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "money was paid back to the buyer",
	}
	// RefundApproved: units of an invoice are credited.
	RefundApproved = Def{
		Name: "refund.approved.v1", Key: "order id", Record: "refund.v1.RefundApproved", Domain: "refund",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "settlement",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "units of an invoice are credited",
	}
	// CreditPosted: the system of record posted a credit note.
	CreditPosted = Def{
		Name: "credit.posted.v1", Key: "order id", Record: "credit.v1.CreditPosted", Domain: "credit",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "settlement",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "the system of record posted a credit note",
	}
	// CreditRequest: an order asks for credit of its customer, or tells what became of it.
	CreditRequest = Def{
		Name: "credit.request.v1", Key: "customer id", Record: "credit.v1.CreditRequest", Domain: "credit",
		Kind: Command, Partitioning: ByCustomer, Retention: commands, Owner: "credit",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "an order asks for credit of its customer, or tells what became of it",
	}
	// CreditGranted: the answer of a customer's credit to one order.
	CreditGranted = Def{
		Name: "credit.granted.v1", Key: "order id", Record: "credit.v1.CreditGranted", Domain: "credit",
		Kind: Event, Partitioning: ByOrder, Retention: events, Owner: "credit",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "the answer of a customer's credit to one order",
	}
	// CreditBaseline: a customer's open balance in the system of record.
	CreditBaseline = Def{
		Name: "credit.baseline.v1", Key: "customer id", Record: "credit.v1.CreditBaseline", Domain: "credit",
		Kind: Event, Partitioning: ByCustomer, Retention: events, Owner: "credit",
		LatencyTarget: time.Second, Lifecycle: Stable, Doc: "a customer's open balance in the system of record",
	}
	// ProductPublished: the product master's row of an item.
	ProductPublished = Def{
		Name: "product.published.v1", Key: "sku", Record: "product.v1.ProductPublished", Domain: "product",
		Kind: Compacted, Partitioning: BySKU, Owner: "catalog",
		LatencyTarget: time.Hour, Lifecycle: Stable, Doc: "the product master's row of an item",
	}
	// PricePublished: what a price list asks for an item.
	PricePublished = Def{
		Name: "price.published.v1", Key: "price list/sku", Record: "price.v1.PricePublished", Domain: "price",
		Kind: Compacted, Partitioning: ByPrice, Owner: "catalog",
		LatencyTarget: time.Hour, Lifecycle: Stable, Doc: "what a price list asks for an item",
	}
	// CustomerPublished: the master row of a customer, without personal data.
	CustomerPublished = Def{
		Name: "customer.published.v1", Key: "customer id", Record: "customer.v1.CustomerPublished", Domain: "customer",
		Kind: Compacted, Partitioning: ByCustomer, Owner: "catalog",
		LatencyTarget: time.Hour, Lifecycle: Stable, Doc: "the master row of a customer, without personal data",
	}
	// NodePublished: the master row of a node.
	NodePublished = Def{
		Name: "node.published.v1", Key: "node", Record: "node.v1.NodePublished", Domain: "node",
		Kind: Compacted, Partitioning: ByNode, Owner: "catalog",
		LatencyTarget: time.Hour, Lifecycle: Stable, Doc: "the master row of a node",
	}
	// LanePublished: the master row of a carrier's service from a node to a territory.
	LanePublished = Def{
		Name: "lane.published.v1", Key: "lane", Record: "lane.v1.LanePublished", Domain: "lane",
		Kind: Compacted, Partitioning: ByLane, Owner: "catalog",
		LatencyTarget: time.Hour, Lifecycle: Stable, Doc: "the master row of a carrier's service from a node to a territory",
	}
	// CrossrefPublished: what a partner's id means with us.
	CrossrefPublished = Def{
		Name: "crossref.published.v1", Key: "partner/kind/their id", Record: "crossref.v1.CrossrefPublished", Domain: "crossref",
		Kind: Compacted, Partitioning: ByCrossref, Owner: "catalog",
		LatencyTarget: time.Minute, Lifecycle: Stable, Doc: "what a partner's id means with us",
	}
	// Party: names and addresses, and nowhere else; a tombstone erases them.
	Party = Def{
		Name: "party.v1", Key: "party id", Record: "party.v1.Party", Domain: "party",
		Kind: Compacted, Partitioning: ByParty, CompactWithin: 24 * time.Hour, Owner: "catalog",
		LatencyTarget: time.Minute, Lifecycle: Stable, Doc: "names and addresses, and nowhere else; a tombstone erases them",
	}
	// PartnerInbound: a document received from a partner.
	PartnerInbound = Def{
		Name: "partner.inbound.v1", Key: "partner/document", Record: "partner.v1.PartnerInbound", Domain: "partner",
		Kind: Event, Partitioning: ByPartner, Retention: rawDocuments, Owner: "connector",
		LatencyTarget: time.Minute, Lifecycle: Stable, Doc: "a document received from a partner",
	}
	// PartnerOutbound: a document sent to a partner.
	PartnerOutbound = Def{
		Name: "partner.outbound.v1", Key: "partner/document", Record: "partner.v1.PartnerOutbound", Domain: "partner",
		Kind: Event, Partitioning: ByPartner, Retention: rawDocuments, Owner: "connector",
		LatencyTarget: time.Minute, Lifecycle: Stable, Doc: "a document sent to a partner",
	}
	// PartnerRun: files of a partner are to be read and published.
	PartnerRun = Def{
		Name: "partner.run.v1", Key: "run id", Record: "partner.v1.PartnerRun", Domain: "partner",
		Kind: Command, Partitioning: ByRun, Retention: commands, Owner: "connector",
		LatencyTarget: time.Minute, Lifecycle: Stable, Doc: "files of a partner are to be read and published",
	}
	// EffectStatus: a step in the course of one call to the outside.
	EffectStatus = Def{
		Name: "effect.status.v1", Key: "business key", Record: "effect.v1.EffectStatus", Domain: "effect",
		Kind: Event, Partitioning: ByEffect, Retention: events, Owner: "connector",
		LatencyTarget: time.Minute, Lifecycle: Stable, Doc: "a step in the course of one call to the outside",
	}
	// WebhookStatus: what an endpoint is told, and that it knows.
	WebhookStatus = Def{
		Name: "webhook.status.v1", Key: "sku", Record: "webhook.v1.WebhookStatus", Domain: "webhook",
		Kind: Event, Partitioning: BySKU, Retention: events, Owner: "availability",
		LatencyTarget: time.Minute, Lifecycle: Draft, Doc: "what an endpoint is told, and that it knows",
	}
)

// All returns every topic in the order of the table.
func All() []Def {
	return []Def{
		OrderSubmit, OrderCancel, OrderAmend, OrderReserve, OrderReturn, OrderResolve, OrderAccepted, OrderRejected, OrderValidated, OrderSourced, OrderAllocated, OrderBackordered, OrderPromise, OrderReleased, OrderCompleted, OrderCancelled, OrderRegistered, OrderHeld, OrderResumed, OrderAmended, OrderFreeze, OrderState,
		InventoryCommand, InventoryAnswer, InventoryMovement, InventorySupply, InventoryPosition,
		InventoryPools, InventoryFreeze, InventoryCountRequest, InventoryVariance, InventoryShortage, InventoryBaseline, InventoryBaselineStaged, InventoryBaselineBatch,
		FulfilmentRequested, FulfilmentCancel, FulfilmentReported, FulfilmentStatus,
		ShipmentConfirmed,
		PurchaseRequested, PurchaseAccepted,
		ParcelScanned, ParcelReported, ParcelStatus,
		InvoiceRequested, InvoicePosted, InvoiceCorrected,
		SettlementRequest,
		PaymentRequested, PaymentAuthorised, PaymentDeclined, PaymentCaptured, PaymentVoided, PaymentRefunded,
		RefundApproved,
		CreditPosted, CreditRequest, CreditGranted, CreditBaseline,
		ReturnRequested, ReturnAuthorise, ReturnRuled, ReturnAuthorised, ReturnReceived, ReturnDispositioned, ReturnResolve, ReturnClaimed, ReturnCredited, ReturnClosed,
		ProductPublished,
		PricePublished,
		CustomerPublished,
		NodePublished,
		LanePublished,
		CapacityRequest, CapacityGranted, CapacityLoad,
		CrossrefPublished, CrossrefWanted, CrossrefFound,
		Party,
		CatalogSubmit, CatalogResolve, CatalogJudged,
		PartnerInbound, PartnerOutbound, PartnerRun,
		EffectStatus, WebhookStatus,
		AlertRaised, AuditViolation, AuditAction,
	}
}
