package nodestream

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/streams"
)

const (
	countTimer = "count"
	countEvery = time.Minute // unless the partner's file says otherwise
	// maxCounted bounds the items of a count, and so its transaction.
	maxCounted = 10_000
)

// count keeps asking a supplier what it has free. A count whose position was published
// before says nothing new.
func (r *Room) count(ctx streams.Ctx, s *event.NodeCountRecord, in streams.Input) error {
	w := r.nodes[ctx.Key()]
	if w == nil || w.supplier == nil {
		return nil // the supplier is no longer configured
	}
	answer, answered := in.(streams.Answer[connector.Reply])
	if !answered {
		w.counts.Ask(ctx, "count", w.supplier.Count())
		return nil
	}
	every := countEvery
	if b := w.Partner.Baseline; b != nil {
		every = cmp.Or(b.Every, countEvery)
	}
	ctx.SetTimer(countTimer, every)
	if answer.Err != nil {
		return nil // it is asked again; the last count stands
	}
	c, err := w.supplier.ReadCount(answer.Value.Answer)
	if err == nil && len(c.Free) > maxCounted {
		err = fmt.Errorf("it has %d items, at most %d are taken", len(c.Free), maxCounted)
	}
	switch {
	case err != nil:
		r.unreadable(ctx, w, err)
	case s.Counts == 0 || c.Seq > s.Seq:
		s.Seq = c.Seq
		s.Counts++
		r.publishCount(ctx, w, c, answer.Value.Answer)
	}
	return nil
}

// publishCount says what a supplier has free as a complete baseline of its node.
func (r *Room) publishCount(ctx streams.Ctx, w *wired, c connector.Count, raw []byte) {
	batch := "count-" + strconv.FormatInt(c.Seq, 10)
	m := &event.InventoryBaselineBatch{
		Source: w.Partner.ID, Batch: batch, Action: event.BaselineActionManifest, Rows: int64(len(c.Free)), Complete: true, Nodes: []string{w.id},
		WatermarkSeq: c.Seq, WatermarkAt: c.At, SentAt: ctx.Now(),
	}
	for _, i := range c.Free {
		row := &event.InventoryBaseline{Source: w.Partner.ID, Batch: batch, Sku: i.SKU, Node: w.id, Qty: i.Units, WatermarkSeq: c.Seq, WatermarkAt: c.At}
		m.Checksum += row.Fingerprint()
		r.baselines.Send(ctx, i.SKU, row)
	}
	r.manifests.Send(ctx, w.Partner.ID, m)
	key, record := connector.Inbound(w.Partner.ID, batch, "count", w.Partner.Statuses.Version, raw, ctx.Now(), batch)
	r.inbound.Send(ctx, key, record)
}

// alertUnreadable says that a supplier's counts cannot be taken, once a day.
const alertUnreadable = "SUPPLIER_COUNT_UNREADABLE"

// unreadable tells somebody that a supplier's counts cannot be taken; the last one
// stands meanwhile.
func (r *Room) unreadable(ctx streams.Ctx, w *wired, err error) {
	r.alerts.Send(ctx, w.id, &event.AlertRaised{
		AlertID: event.AlertID(alertUnreadable, w.id, ctx.Now().UTC().Format(time.DateOnly)),
		Kind:    alertUnreadable, Subject: w.id, Node: w.id, RaisedAt: ctx.Now(),
		Detail: fmt.Sprintf("what %s says it has free cannot be read, so its last count stands: %v", w.Partner.ID, err),
	})
}
