package stockstream

import (
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/stock"
	"github.com/millrace/millrace/streams"
)

const (
	sep = "\x1f"
	// walkTimer and expireTimer are prefixes of the timers of a baseline.
	walkTimer   = "walk" + sep
	expireTimer = "expire" + sep
	// walkRows bounds the rows of one step of a walk, and so its transaction.
	walkRows = 500
	// walkPause lets other work in between two steps.
	walkPause = 10 * time.Millisecond
	// patience is how long the rows and the manifest of a baseline may take.
	patience = 24 * time.Hour
	// alertHeld says that a baseline waits for a person.
	alertHeld = "BASELINE_HELD"
)

// sources are the entities that decide about baselines, one a source: a baseline
// is taken or left by all of its items or by none, and of two the newer one stays.
type sources struct {
	entity  *streams.Entity[event.BaselineSource]
	batches *streams.Children[event.BaselineBatch]
	rows    *streams.Children[event.BaselineRow]   // by baseline, node and item
	known   *streams.Children[event.BaselineKnown] // by node and item

	baselines streams.Topic[event.InventoryBaseline]
	staged    streams.Topic[event.InventoryBaselineStaged]
	alerts    streams.Topic[event.AlertRaised]
	counts    streams.Topic[event.InventoryCountRequest]
}

func (r *Room) wireSources(schemas *codec.Schemas) {
	s := &r.sources
	s.baselines = typed[event.InventoryBaseline](schemas, topic.InventoryBaseline)
	s.staged = typed[event.InventoryBaselineStaged](schemas, topic.InventoryBaselineStaged)
	s.counts = typed[event.InventoryCountRequest](schemas, topic.InventoryCountRequest)
	s.alerts = typed[event.AlertRaised](schemas, topic.AlertRaised)
	s.entity = streams.NewEntity(r.Topology, "source", codec.State[event.BaselineSource](schemas, "baseline_source"), r.decide)
	s.batches = streams.NewChildren(s.entity, "batch", codec.State[event.BaselineBatch](schemas, "baseline_batch"))
	s.rows = streams.NewChildren(s.entity, "row", codec.State[event.BaselineRow](schemas, "baseline_row"))
	s.known = streams.NewChildren(s.entity, "known", codec.State[event.BaselineKnown](schemas, "baseline_known"))
	streams.Receive(r.items, s.baselines)
	streams.Send(r.items, s.staged)
	streams.Receive(s.entity, s.staged)
	streams.Receive(s.entity, typed[event.InventoryBaselineBatch](schemas, topic.InventoryBaselineBatch))
	streams.Send(s.entity, r.commands)
	streams.Send(s.entity, s.baselines)
	streams.Send(s.entity, s.alerts)
	streams.Send(s.entity, s.counts)
	streams.Send(r.items, s.alerts)
}

// decide handles the inputs of a source.
func (r *Room) decide(ctx streams.Ctx, record *event.BaselineSource, in streams.Input) error {
	switch in := in.(type) {
	case streams.Record[event.InventoryBaselineStaged]:
		r.stage(ctx, record, &in.Value)
	case streams.Record[event.InventoryBaselineBatch]:
		r.word(ctx, record, &in.Value)
	case streams.Timer:
		if batch, ok := strings.CutPrefix(in.Name, walkTimer); ok {
			r.walk(ctx, record, r.sources.batches.Get(ctx, batch))
		} else if batch, ok := strings.CutPrefix(in.Name, expireTimer); ok {
			r.expire(ctx, r.sources.batches.Get(ctx, batch))
		}
	}
	return nil
}

// batch returns a baseline, which is waited for from now on if it is new.
func (r *Room) batch(ctx streams.Ctx, id string) *event.BaselineBatch {
	t := r.sources.batches.Get(ctx, id)
	if t == nil {
		t = &event.BaselineBatch{Batch: id, State: event.BaselineStateStaging}
		ctx.SetTimer(expireTimer+id, patience)
	}
	t.TouchedAt = ctx.Now()
	return t
}

// stage counts a row that waits at its item. One that comes when the baseline is
// decided is forgotten again.
func (r *Room) stage(ctx streams.Ctx, record *event.BaselineSource, s *event.InventoryBaselineStaged) {
	place := s.Node + sep + s.Sku
	if r.sources.known.Get(ctx, place) == nil {
		r.sources.known.Put(ctx, place, &event.BaselineKnown{Sku: s.Sku, Node: s.Node})
	}
	if s.Batch == "" {
		return
	}
	t := r.batch(ctx, s.Batch)
	row := s.Batch + sep + place
	old := r.sources.rows.Get(ctx, row)
	switch {
	case t.State != event.BaselineStateStaging && old == nil:
		r.tell(ctx, t, event.StockActionBaselineDiscard, s.Sku)
		return
	case t.State != event.BaselineStateStaging || old != nil && old.Hash == s.Hash:
		return // said again
	case old != nil:
		t.Faults++
	default:
		r.sources.rows.Put(ctx, row, &event.BaselineRow{Hash: s.Hash, Absent: s.Absent})
		stock.Tally(t, s)
	}
	r.advance(ctx, record, t)
}

// word takes the manifest, or what a person decided.
func (r *Room) word(ctx streams.Ctx, record *event.BaselineSource, m *event.InventoryBaselineBatch) {
	t := r.batch(ctx, m.Batch)
	switch m.Action {
	case event.BaselineActionManifest:
		stock.Announce(t, m)
	case event.BaselineActionApprove:
		r.step(ctx, record, t, stock.Approve, m.Reason, m.By)
	case event.BaselineActionRefuse:
		r.step(ctx, record, t, stock.Refuse, m.Reason, m.By)
	}
	r.advance(ctx, record, t)
}

// advance goes on with a baseline as far as what is here allows, and keeps it.
func (r *Room) advance(ctx streams.Ctx, record *event.BaselineSource, t *event.BaselineBatch) {
	if t.State == event.BaselineStateStaging && stock.Sent(t) {
		switch {
		case stock.Whole(t):
			on, reason := stock.Judge(t, record.Applied, r.config.BreakerOf(ctx.Key()))
			r.step(ctx, record, t, on, reason, "")
		case !t.Swept && !ctx.TimerSet(walkTimer+t.Batch):
			ctx.SetTimer(walkTimer+t.Batch, 0)
		}
	}
	r.sources.batches.Put(ctx, t.Batch, t)
}

// step makes a transition, if the table allows it, and does what it asks for.
func (r *Room) step(ctx streams.Ctx, record *event.BaselineSource, t *event.BaselineBatch, on stock.BatchInput, reason, by string) {
	if !stock.Step(t, on, reason, by) {
		return
	}
	switch t.State {
	case event.BaselineStateApplying:
		record.Applied = stock.Mark(record.Applied, t)
		r.askForCounts(ctx, t)
		ctx.SetTimer(walkTimer+t.Batch, 0)
	case event.BaselineStateDiscarding:
		ctx.SetTimer(walkTimer+t.Batch, 0)
	case event.BaselineStateHeld:
		ctx.ClearTimer(expireTimer + t.Batch)
		subject := ctx.Key() + "/" + t.Batch
		r.sources.alerts.Send(ctx, subject, &event.AlertRaised{
			AlertID: event.AlertID(alertHeld, subject), Kind: alertHeld, Subject: subject,
			Detail: "the baseline is held because of " + t.Reason + "; see millrace baseline show", RaisedAt: ctx.Now(),
		})
	case event.BaselineStateApplied, event.BaselineStateRefused:
		ctx.SetTimer(expireTimer+t.Batch, r.config.Keep)
	}
}

// askForCounts has nodes count of whose stock a baseline says too much else.
func (r *Room) askForCounts(ctx streams.Ctx, t *event.BaselineBatch) {
	requests := stock.CountRequests(t, ctx.Key(), r.config.Accuracy, ctx.Now())
	for i := range requests {
		q := &requests[i]
		r.sources.counts.Send(ctx, q.Node, q)
		r.sources.alerts.Send(ctx, q.Node, &event.AlertRaised{
			AlertID: q.RequestID, Kind: "STOCK_INACCURATE", Subject: q.Node, Node: q.Node, RaisedAt: q.RequestedAt,
			Detail: fmt.Sprintf("%s and our account agree on %d percent of the units at %s and differ by %d of %d; %d percent have to agree, so the node is asked to count",
				q.Source, q.Accuracy, q.Node, q.Moved, q.Expected, q.Threshold),
		})
	}
}

// expire leaves a baseline that was cut short, and forgets one that has ended.
func (r *Room) expire(ctx streams.Ctx, t *event.BaselineBatch) {
	switch {
	case t == nil:
	case t.State == event.BaselineStateApplied || t.State == event.BaselineStateRefused:
		r.sources.batches.Delete(ctx, t.Batch)
	default:
		r.step(ctx, nil, t, stock.Expire, stock.LeftCutShort, "")
		r.sources.batches.Put(ctx, t.Batch, t)
	}
}

// walk goes on asking known items for nothing that a complete baseline does not
// name, or telling items what became of their rows.
func (r *Room) walk(ctx streams.Ctx, record *event.BaselineSource, t *event.BaselineBatch) {
	if t == nil {
		return
	}
	action := map[event.BaselineState]event.StockAction{
		event.BaselineStateApplying: event.StockActionBaselineApply, event.BaselineStateDiscarding: event.StockActionBaselineDiscard,
	}[t.State]
	switch {
	case action != "" && r.walkRows(ctx, t, action):
		r.step(ctx, record, t, stock.Walked, "", "")
	case action != "":
		ctx.SetTimer(walkTimer+t.Batch, walkPause)
	case t.State == event.BaselineStateStaging && r.sweepKnown(ctx, t):
		t.Swept, t.Cursor = true, ""
	case t.State == event.BaselineStateStaging:
		ctx.SetTimer(walkTimer+t.Batch, walkPause)
	}
	r.advance(ctx, record, t)
}

// walkRows tells the next items, and reports whether they were the last ones.
func (r *Room) walkRows(ctx streams.Ctx, t *event.BaselineBatch, action event.StockAction) bool {
	prefix, ended := t.Batch+sep, true
	var told []string
	r.sources.rows.Range(ctx, prefix, func(id string, _ *event.BaselineRow) bool {
		if !strings.HasPrefix(id, prefix) {
			return false
		}
		if ended = len(told) < walkRows; ended {
			told = append(told, id)
		}
		return ended
	})
	for _, id := range told {
		r.tell(ctx, t, action, id[strings.LastIndex(id, sep)+len(sep):])
		r.sources.rows.Delete(ctx, id)
	}
	return ended
}

// tell says to an item what becomes of its rows of a baseline.
func (r *Room) tell(ctx streams.Ctx, t *event.BaselineBatch, action event.StockAction, sku string) {
	id := strings.Join([]string{string(action), ctx.Key(), t.Batch, sku}, sep)
	r.commands.Send(ctx, sku, &event.InventoryCommand{
		CommandID: uuid.NewSHA1(event.NS, []byte(id)).String(), Sku: sku, Action: action, Mode: event.ReserveModeCommit,
		Source: ctx.Key(), Batch: t.Batch, RequestedAt: ctx.Now(),
	})
}

// sweepKnown asks the next known items for nothing that the baseline does not
// name, and reports whether they were the last ones.
func (r *Room) sweepKnown(ctx streams.Ctx, t *event.BaselineBatch) bool {
	ended, seen := true, 0
	about := make(map[string]bool)
	for _, node := range t.Nodes {
		about[node] = true
	}
	r.sources.known.Range(ctx, t.Cursor, func(id string, k *event.BaselineKnown) bool {
		if seen == walkRows {
			t.Cursor, ended = id, false
			return false
		}
		seen++
		if about[k.Node] && r.sources.rows.Get(ctx, t.Batch+sep+id) == nil {
			t.Absent++
			r.sources.baselines.Send(ctx, k.Sku, &event.InventoryBaseline{
				Source: ctx.Key(), Batch: t.Batch, Sku: k.Sku, Node: k.Node, Absent: true, WatermarkSeq: t.WatermarkSeq, WatermarkAt: *t.WatermarkAt,
			})
		}
		return true
	})
	return ended
}

// Batches reads the committed baselines of a source, those in this process only.
func (r *Room) Batches(from streams.Committed, source string) ([]*event.BaselineBatch, error) {
	return r.sources.batches.Read(from, source)
}

// Sources calls fn with each source whose task is active in this process.
func (r *Room) Sources(from streams.Committed, fn func(source string) bool) error {
	return r.sources.entity.Scan(from, func(source string, _ *event.BaselineSource) bool { return fn(source) })
}
