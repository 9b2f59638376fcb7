package cataloguestream

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
)

const (
	// timerLook is set while orders wait for what an id means.
	timerLook = "look"
	// lookEvery is how often it is seen whether an item of that very number was
	// published, or a mapping has become valid: neither is an input of the row.
	lookEvery = time.Minute
	// maxFreed bounds how many orders are told in one go.
	maxFreed = 500
	// byProduct is the author when the id turns out to be a number of ours.
	byProduct = "product master"
	// alertUnmapped is raised once a number, when the first order waits for it.
	alertUnmapped = "SKU_UNMAPPED"
)

// wire declares the children and topics of orders that wait.
func (r *Room) wire(schemas *codec.Schemas) {
	r.wanting = streams.NewChildren(r.rows, "wanting", codec.State[event.CatalogWanting](schemas, "catalog_wanting"))
	r.published = typed[event.CrossrefPublished](schemas, topic.CrossrefPublished).Value
	r.found = typed[event.CrossrefFound](schemas, topic.CrossrefFound)
	r.alert = typed[event.AlertRaised](schemas, topic.AlertRaised)
	streams.Receive(r.rows, typed[event.CrossrefWanted](schemas, topic.CrossrefWanted))
	streams.Send(r.rows, r.found)
	streams.Send(r.rows, r.alert)
}

// wants takes what is about orders that wait; false: the input is about the row.
func (r *Room) wants(ctx streams.Ctx, row *event.CatalogRow, in streams.Input) (bool, error) {
	switch in := in.(type) {
	case streams.Record[event.CrossrefWanted]:
		if err := r.check(ctx, event.CatalogKindCrossref, event.CrossrefKey(in.Value.Partner, in.Value.Kind, in.Value.TheirID)); err != nil {
			return true, err
		}
		r.queue(ctx, row, &in.Value)
		return true, r.look(ctx, row)
	case streams.Timer:
		return true, r.look(ctx, row)
	}
	return false, nil
}

// queue counts an order among those that wait, or out of them. A repeat of either
// changes nothing.
func (r *Room) queue(ctx streams.Ctx, row *event.CatalogRow, w *event.CrossrefWanted) {
	known := r.wanting.Get(ctx, w.OrderID)
	switch {
	case w.Gone && known != nil:
		r.leave(ctx, row, w.OrderID, known)
	case !w.Gone && known == nil:
		r.wanting.Put(ctx, w.OrderID, &event.CatalogWanting{Currency: w.Currency, Amount: w.Amount, Since: w.WantedAt})
		if row.WantedBy++; row.WantedSince == nil {
			row.WantedSince = &w.WantedAt
			if _, _, known := r.meaning(ctx, row, w.TheirID); !known {
				r.raise(ctx, w)
			}
		}
		row.WantedName = cmp.Or(row.WantedName, w.Name)
		worth(row, w.Currency, w.Amount)
	}
}

// raise says once a number that a person is to map it.
func (r *Room) raise(ctx streams.Ctx, w *event.CrossrefWanted) {
	subject := event.CrossrefKey(w.Partner, w.Kind, w.TheirID)
	r.alert.Send(ctx, subject, &event.AlertRaised{
		AlertID: event.AlertID(alertUnmapped, subject),
		Kind:    alertUnmapped, Subject: subject, OrderID: w.OrderID,
		Detail: fmt.Sprintf("Nobody has said what %s of %s means; orders wait for it.", w.TheirID, w.Partner), RaisedAt: ctx.Now(),
	})
}

// leave takes an order off the queue.
func (r *Room) leave(ctx streams.Ctx, row *event.CatalogRow, order string, w *event.CatalogWanting) {
	r.wanting.Delete(ctx, order)
	worth(row, w.Currency, -w.Amount)
	if row.WantedBy--; row.WantedBy == 0 {
		row.WantedSince, row.WantedName = nil, ""
	}
}

// worth adds to what the waiting lines are worth.
func worth(row *event.CatalogRow, currency string, amount int64) {
	at := slices.IndexFunc(row.WantedWorth, func(w event.CatalogWorth) bool { return w.Currency == currency })
	if at < 0 {
		at, row.WantedWorth = len(row.WantedWorth), append(row.WantedWorth, event.CatalogWorth{Currency: currency})
	}
	if row.WantedWorth[at].MinorUnits += amount; row.WantedWorth[at].MinorUnits == 0 {
		row.WantedWorth = slices.Delete(row.WantedWorth, at, at+1)
	}
}

// look tells the orders that wait what the id means, once that is known.
func (r *Room) look(ctx streams.Ctx, row *event.CatalogRow) error {
	if row.WantedBy == 0 {
		return nil
	}
	partner, kind, theirs, err := crossrefOf(ctx.Key())
	if err != nil {
		return err
	}
	ours, author, known := r.meaning(ctx, row, theirs)
	if !known {
		ctx.SetTimer(timerLook, lookEvery)
		return nil
	}
	waiting := make(map[string]*event.CatalogWanting)
	var orders []string
	r.wanting.Range(ctx, "", func(id string, w *event.CatalogWanting) bool {
		orders, waiting[id] = append(orders, id), w
		return len(orders) < maxFreed
	})
	for _, id := range orders {
		r.leave(ctx, row, id, waiting[id])
		r.found.Send(ctx, id, &event.CrossrefFound{OrderID: id, Partner: partner, Kind: kind, TheirID: theirs, OurID: ours, Author: author, FoundAt: ctx.Now()})
	}
	if row.WantedBy > 0 {
		ctx.SetTimer(timerLook, 0)
	} else {
		ctx.ClearTimer(timerLook)
	}
	return nil
}

// meaning is what the id means now: what its cross-reference says, else the item of
// that very number.
func (r *Room) meaning(ctx streams.Ctx, row *event.CatalogRow, theirs string) (ours, author string, known bool) {
	if len(row.Row) > 0 {
		c := new(event.CrossrefPublished)
		if err := r.published.Decode(row.Row, c); err == nil && c.Counts(ctx.Now()) {
			return c.OurID, c.Author, true
		}
	}
	if p := r.Product(theirs); p != nil && p.Value.Active {
		return theirs, byProduct, true
	}
	return "", "", false
}

// crossrefOf takes the key of a cross-reference's entity apart.
func crossrefOf(key string) (partner string, kind event.CrossrefKind, theirs string, err error) {
	part := strings.SplitN(key, "/", 4)
	if len(part) != 4 || part[0] != string(event.CatalogKindCrossref) {
		return "", "", "", fmt.Errorf("reading %q: it is no key of a cross-reference: crossref/partner/kind/their id", key)
	}
	return part[1], event.CrossrefKind(part[2]), part[3], nil
}

// Unmapped is an id of a partner for which orders wait.
type Unmapped struct {
	Partner, TheirID string
	Kind             event.CrossrefKind
	event.CatalogRow
}

// Unmapped calls fn with the ids for which orders wait in the tasks of this process
// until it returns false.
func (r *Room) Unmapped(from streams.Committed, fn func(Unmapped) bool) error {
	return r.rows.Scan(from, func(key string, row *event.CatalogRow) bool {
		if row.WantedBy == 0 {
			return true
		}
		partner, kind, theirs, err := crossrefOf(key)
		return err != nil || fn(Unmapped{partner, theirs, kind, *row})
	})
}
