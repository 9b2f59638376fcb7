package nodestream

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/streams"
)

// effectName names a call so that a failed one still says what it was about.
type effectName struct{ kind, node, id string }

func (n effectName) String() string { return n.kind + "/" + n.node + "/" + n.id }

func readEffectName(name string) effectName {
	kind, rest, _ := strings.Cut(name, "/")
	node, id, _ := strings.Cut(rest, "/")
	return effectName{kind, node, id}
}

// release handles what is asked of nodes about one order.
func (r *Room) release(ctx streams.Ctx, s *event.NodeReleaseRecord, in streams.Input) error {
	switch in := in.(type) {
	case streams.Record[event.FulfilmentRequested]:
		w := r.nodes[in.Value.Node]
		if w == nil {
			return nil
		}
		d, err := w.Vendor.Release(&in.Value, r.cases)
		if err != nil {
			return err
		}
		r.remind(ctx, s, w, d, in.Value.FulfilmentID)
	case streams.Record[event.PurchaseRequested]:
		w := r.nodes[in.Value.Node]
		if w == nil || w.supplier == nil || in.Value.Kind != event.PurchaseKindSupplier {
			return nil
		}
		d, err := w.supplier.Purchase(&in.Value)
		if err != nil {
			return err
		}
		r.remind(ctx, s, w, d, in.Value.PurchaseID)
	case streams.Record[event.FulfilmentCancel]:
		w := r.nodes[in.Value.Node]
		if w == nil {
			return nil
		}
		d, err := w.Vendor.Cancel(&in.Value)
		if err != nil {
			return err
		}
		r.remind(ctx, s, w, d, in.Value.FulfilmentID)
	case streams.Answer[connector.Reply]:
		r.answered(ctx, s, in)
	}
	return nil
}

// remind sends a document about a fulfilment, unless it is still on its way to a
// node that does not answer: then a repeat has nothing to add.
func (r *Room) remind(ctx streams.Ctx, s *event.NodeReleaseRecord, w *wired, d connector.Document, id string) {
	if w.calls.Pending(ctx, effectName{d.Kind, w.id, id}.String()) {
		return
	}
	s.Asked++
	r.ask(ctx, w, d, id)
}

// answered reports a release that the node will never do. All else that a node
// has to say, also about a cancel that came too late, comes by its feed.
func (r *Room) answered(ctx streams.Ctx, s *event.NodeReleaseRecord, in streams.Answer[connector.Reply]) {
	name := readEffectName(in.Name)
	w := r.nodes[name.node]
	taken := in.Err == nil && in.Value.Status != http.StatusConflict
	if taken || name.kind != "release" && name.kind != "purchase" || w == nil {
		return
	}
	s.Refused++
	r.reported.Send(ctx, ctx.Key(), &event.FulfilmentReported{
		FulfilmentID: name.id, OrderID: ctx.Key(), Node: w.id, Partner: w.Partner.ID, Word: w.Vendor.Refused(),
		Final: true, Source: w.Partner.ID, OccurredAt: ctx.Now(),
	})
}

// Sources of movements that a node's own system has not counted.
const (
	fromFile    = "file:"   // begins the source of what a file stated
	fromReturns = "returns" // goods of returns; those with a document of the node stand in its count
)

// announce tells a node of goods to come, of corrections that came by file, and of
// goods of returns that were taken in at its desk, past its own system.
func (r *Room) announce(ctx streams.Ctx, s *event.NodeItemRecord, in streams.Input) error {
	switch in := in.(type) {
	case streams.Record[event.InventorySupply]:
		e := in.Value
		s.Advised += e.Qty
		return r.advise(ctx, e.Node, connector.Advice{ID: e.SupplyID, SKU: e.Sku, Units: e.Qty, Due: e.Due, Document: e.Document, Reason: string(e.Kind)})
	case streams.Record[event.InventoryMovement]:
		e := in.Value
		units := int64(0)
		switch {
		case strings.HasPrefix(e.Source, fromFile):
			units = gained(e, event.StockConditionSellable)
		case e.Source == fromReturns && e.Document == "":
			units = -gained(e, event.StockConditionOutside)
		}
		s.Adjusted += units
		return r.advise(ctx, e.Node, connector.Advice{ID: e.EntryID, SKU: e.Sku, Units: units, Due: e.EffectiveAt, Adjust: true, Document: e.Document, Reason: e.Reason})
	case streams.Answer[connector.Reply]:
		if in.Err != nil {
			return fmt.Errorf("advising %s: %w", in.Name, in.Err)
		}
	}
	return nil
}

// gained is what a movement does to the units of a condition.
func gained(m event.InventoryMovement, c event.StockCondition) (units int64) {
	if m.To == c {
		units += m.Qty
	}
	if m.From == c {
		units -= m.Qty
	}
	return units
}

func (r *Room) advise(ctx streams.Ctx, node string, a connector.Advice) error {
	w := r.nodes[node]
	if w == nil || w.supplier != nil || a.Units == 0 {
		return nil // a supplier's goods are its own affair
	}
	d, err := w.Vendor.Advise(a, r.cases)
	if err != nil {
		return err
	}
	r.ask(ctx, w, d, a.ID)
	return nil
}
