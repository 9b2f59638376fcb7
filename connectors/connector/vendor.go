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

// NodeEvent is one line of a node's feed. Report or Movement is set by what it
// says; neither, when it says nothing to us.
type NodeEvent struct {
	Seq      int64
	At       time.Time
	Raw      []byte                    // as the vendor wrote it
	Document string                    // the vendor's own number
	Report   *event.FulfilmentReported // without node and partner
	Movement *Movement
}

// Movement is stock that a node booked by itself or for an advice.
type Movement struct {
	Advice string // id of the advice, empty when the node acted by itself
	SKU    string
	Units  int64 // added; negative taken off
	Adjust bool  // a correction; otherwise goods that came in
}

// Receipt is the reason of a movement that books what was advised.
const Receipt = "RECEIPT"

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
	// Shipment says that units of an order left.
	Shipment(s *event.ShipmentConfirmed) (Document, error)
	// Invoice asks to bill a shipment.
	Invoice(i *event.InvoiceRequested) (Document, error)
	// Close cancels what a sale has open.
	Close(orderID, reason string) (Document, error)
	// Number reads the system's number out of an answer.
	Number(reply Reply) (string, error)
	// System names the vendor's system in events.
	System() string
}
