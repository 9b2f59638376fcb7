package nodestream

import (
	"cmp"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/streams"
)

const (
	pollTimer = "poll"
	pageSize  = 1000            // events asked for at once
	longPoll  = 2 * time.Second // how long a node may wait for the first event
	afterIdle = 20 * time.Millisecond
	afterFail = 10 * time.Second
)

// read keeps reading one node's feed. The cursor moves in the transaction that
// publishes the events, so each event is published once.
func (r *Room) read(ctx streams.Ctx, s *event.NodeFeedRecord, in streams.Input) error {
	w := r.nodes[ctx.Key()]
	if w == nil {
		return nil // the node is no longer configured
	}
	switch in := in.(type) {
	case streams.Timer:
	case streams.Answer[connector.Reply]:
		before := s.Events
		if !r.page(ctx, s, w, in) {
			ctx.SetTimer(pollTimer, afterFail)
			return nil
		}
		if s.Events == before {
			ctx.SetTimer(pollTimer, afterIdle)
			return nil
		}
	}
	w.feed.Ask(ctx, "events", w.Vendor.Events(s.Cursor, pageSize, cmp.Or(w.Wait, longPoll)))
	return nil
}

// page publishes a page of events; false means that it cannot be read, and
// nothing was published.
func (r *Room) page(ctx streams.Ctx, s *event.NodeFeedRecord, w *wired, in streams.Answer[connector.Reply]) bool {
	if in.Err != nil {
		return false
	}
	events, err := w.Vendor.Read(in.Value.Answer)
	if err != nil {
		return false
	}
	for _, e := range events {
		if e.Seq <= s.Cursor {
			continue // said again
		}
		s.Cursor = e.Seq
		s.Events++
		r.publish(ctx, w, e)
	}
	return true
}

func (r *Room) publish(ctx streams.Ctx, w *wired, e connector.NodeEvent) {
	var ids []string
	if e.Report != nil {
		report := *e.Report
		report.Node, report.Partner, report.Source = w.id, w.Partner.ID, w.Partner.ID
		r.reported.Send(ctx, report.OrderID, &report)
		ids = append(ids, report.FulfilmentID)
	}
	if e.Decision != nil {
		decision := *e.Decision
		decision.Node, decision.Source = w.id, w.Partner.ID
		r.decisions.Send(ctx, decision.OrderID, &decision)
		ids = append(ids, decision.PurchaseID)
	}
	// A correction that we advised is in our books already: it is only recorded.
	if m := e.Movement; m != nil && (!m.Adjust || m.Advice == "") {
		movement := movementOf(w, e, m)
		r.movements.Send(ctx, m.SKU, movement)
		ids = append(ids, movement.EntryID)
	}
	key, record := connector.Inbound(w.Partner.ID, strconv.FormatInt(e.Seq, 10), "event", w.Partner.Statuses.Version, e.Raw, ctx.Now(), ids...)
	r.inbound.Send(ctx, key, record)
}

// movementOf books what a node says came in or was corrected. The id follows
// from the advice, or from the node's own document when there was none, so that
// a fact said twice is counted once.
func movementOf(w *wired, e connector.NodeEvent, m *connector.Movement) *event.InventoryMovement {
	node := w.id
	out := &event.InventoryMovement{
		EntryID: uuid.NewSHA1(event.NS, []byte(node+"\x1f"+e.Document+"\x1f"+m.SKU)).String(),
		Sku:     m.SKU, Node: node, Owner: "own", Qty: m.Units, From: event.StockConditionOutside, To: event.StockConditionSellable,
		Source: w.Partner.ID, SourceSeq: e.Seq, EffectiveAt: e.At, Document: e.Document, Reason: connector.Receipt,
	}
	if m.Advice != "" {
		out.EntryID = connector.ReceiptID(node, m.Advice)
		if !m.Adjust {
			out.SupplyID = m.Advice
		}
	}
	switch {
	case m.Adjust:
		out.Reason = "COUNT"
	case m.Issue:
		out.Reason = connector.GoodsIssue
	}
	if m.Units < 0 {
		out.Qty, out.From, out.To = -m.Units, out.To, out.From
	}
	return out
}
