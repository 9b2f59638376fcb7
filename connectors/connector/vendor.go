package connector

import (
	"time"

	"github.com/google/uuid"
	"github.com/millrace/millrace/schemas/event"
)

// Node is what a vendor of warehouse systems or logistics knows: how canonical
// requests are written and how its feed is read. Implementations are pure.
type Node interface {
	// Release asks to ship a part of an order.
	Release(r *event.FulfilmentRequested, cases Cases) (Document, error)
	// Cancel asks to stop what Release asked for.
	Cancel(c *event.FulfilmentCancel) (Document, error)
	// Advise announces goods, or corrects the node's book.
	Advise(a Advice, cases Cases) (Document, error)
	// Events asks for what happened after a sequence, waiting up to wait.
	Events(after int64, limit int, wait time.Duration) Document
	// Read reads a page that Events asked for; an unreadable page is an error.
	Read(page []byte) ([]NodeEvent, error)
	// Refused is the vendor's word for a request it did not take.
	Refused() string
}

// Supplier is what a vendor of systems of suppliers knows, who ship their own goods
// for us: it is asked to sell in place of to release, decides about that in its feed,
// and says what it has free. Implementations are pure.
type Supplier interface {
	Node
	// Purchase asks to sell what an order takes, and to ship it.
	Purchase(p *event.PurchaseRequested) (Document, error)
	// Count asks for what it has free.
	Count() Document
	// ReadCount reads what Count asked for; an unreadable one is an error.
	ReadCount(answer []byte) (Count, error)
}

// Count is what a supplier has free of every item that it sells us.
type Count struct {
	// Seq is the position in its feed up to which the count contains everything: what
	// it decided until then is left out.
	Seq  int64
	At   time.Time
	Free []ItemCount
}

// ItemCount is a number of units of an item.
type ItemCount struct {
	SKU   string
	Units int64
}

// Cases says how many units a case of an item holds, 1 when it is not known.
type Cases func(sku string) int64

// Advice is goods to come, or a correction of a node's book.
type Advice struct {
	ID       string // of the supply or the movement
	SKU      string
	Units    int64 // negative only for a correction
	Due      time.Time
	Adjust   bool
	Document string
	Reason   string
}

// NodeEvent is one line of a node's feed. Report, Movement or Decision is set by what
// it says; none, when it says nothing to us.
type NodeEvent struct {
	Seq      int64
	At       time.Time
	Raw      []byte                    // as the vendor wrote it
	Document string                    // the vendor's own number
	Report   *event.FulfilmentReported // without node and partner
	Movement *Movement
	Decision *event.PurchaseAccepted // without node and source
}

// Movement is stock that a node booked by itself or for an advice.
type Movement struct {
	Advice string // id of the advice, empty when the node acted by itself
	SKU    string
	Units  int64 // added; negative taken off
	Adjust bool  // a correction
	Issue  bool  // goods that left under the event's document; otherwise they came in
}

// Receipt is the reason of a movement that books what was advised.
const Receipt = "RECEIPT"

// GoodsIssue is the reason of a movement by which a node says itself what left
// under a document; its confirmed shipment names the same one.
const GoodsIssue = "GOODS_ISSUE"

// ReceiptID is the entry id of the movement that books an advice at a node, so
// that a receipt said twice is counted once, and whoever announced the goods
// knows it when he sees it.
func ReceiptID(node, advice string) string {
	return uuid.NewSHA1(event.NS, []byte("receipt\x1f"+node+"\x1f"+advice)).String()
}

// ERP is what a vendor of ERP systems knows. Implementations are pure.
type ERP interface {
	// Sale registers an order.
	Sale(o *event.OrderAccepted) (Document, error)
	// Amendment says what an order that is registered has as its lines from here on.
	Amendment(a *event.OrderAmended) (Document, error)
	// Shipment says that units of an order left.
	Shipment(s *event.ShipmentConfirmed) (Document, error)
	// Invoice asks to bill a shipment.
	Invoice(i *event.InvoiceRequested) (Document, error)
	// Credit asks to post a credit note for units of an invoice.
	Credit(r *event.RefundApproved) (Document, error)
	// Authorise asks whether goods may come back.
	Authorise(q *event.ReturnAuthorise) (Document, error)
	// Ruling reads what was decided out of an answer to Authorise.
	Ruling(reply Reply) (Ruling, error)
	// Close cancels what a sale has open.
	Close(orderID, reason string) (Document, error)
	// Number reads the system's number out of an answer.
	Number(reply Reply) (string, error)
	// System names the vendor's system in events.
	System() string
}

// Ruling is what a system of record decides about goods that shall come back.
type Ruling struct {
	Decision event.ReturnDecision
	Number   string // of the authorisation
	Reason   string // a code of the system
}

// Payment is what a vendor of payment services knows. Implementations are pure.
type Payment interface {
	// Ask writes one transaction that is asked for.
	Ask(r *event.PaymentRequested) (Document, error)
	// Read says what became of it.
	Read(reply Reply) (Transaction, error)
	// System names the vendor's system in events.
	System() string
}

// Transaction is what a payment partner states about one transaction.
type Transaction struct {
	ID       string // the partner's own number; a repeated statement has the same
	Tender   string // the means of payment within the order, one for each authorisation
	Amount   int64  // minor units of Currency
	Currency string
	Method   string // kind of the means of payment, as a code
	Declined string // why it was refused, as a code; empty when it was done
	At       time.Time
	Expires  *time.Time // when what was set aside lapses, nil for never
}
