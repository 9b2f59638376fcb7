package spine_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit"
)

// find calls fn with the records of a topic until it says true.
func find[V any](l *tape, def topic.Def, fn func(partition, n int, v *V) bool) bool {
	values := codec.Of[V](schemas, def)
	for p, records := range l.topics[def.Name] {
		for n, r := range records {
			v := new(V)
			if err := values.Decode(r.Value, v); err != nil {
				panic(err)
			}
			if fn(p, n, v) {
				return true
			}
		}
	}
	return false
}

func encode[V any](def topic.Def, v *V) []byte {
	b, err := codec.Of[V](schemas, def).Append(nil, v)
	if err != nil {
		panic(err)
	}
	return b
}

// edit changes the first record for which change says true.
func edit[V any](l *tape, def topic.Def, change func(v *V) bool) bool {
	return find(l, def, func(p, n int, v *V) bool {
		if !change(v) {
			return false
		}
		l.topics[def.Name][p][n].Value = encode(def, v)
		return true
	})
}

// editAll changes every record for which change says true.
func editAll[V any](l *tape, def topic.Def, change func(v *V) bool) bool {
	changed := false
	find(l, def, func(p, n int, v *V) bool {
		if change(v) {
			changed = true
			l.topics[def.Name][p][n].Value = encode(def, v)
		}
		return false
	})
	return changed
}

// drop removes the first record that is picked.
func drop[V any](l *tape, def topic.Def, pick func(v *V) bool) bool {
	return find(l, def, func(p, n int, v *V) bool {
		if !pick(v) {
			return false
		}
		l.topics[def.Name][p] = slices.Delete(l.topics[def.Name][p], n, n+1)
		l.number(def.Name, p)
		return true
	})
}

// dropAll removes every record that is picked.
func dropAll[V any](l *tape, def topic.Def, pick func(v *V) bool) bool {
	dropped := false
	for drop(l, def, pick) {
		dropped = true
	}
	return dropped
}

// twice writes the first record that is picked again, changed and as a new event.
func twice[V any](l *tape, def topic.Def, change func(v *V) bool) bool {
	return find(l, def, func(p, n int, v *V) bool {
		if !change(v) {
			return false
		}
		again := *l.topics[def.Name][p][n]
		l.serial++
		again.Value, again.Headers = encode(def, v), []audit.Header{{Key: "ce_id", Value: fmt.Append(nil, "again ", l.serial)}}
		l.topics[def.Name][p] = slices.Insert(l.topics[def.Name][p], n+1, &again)
		l.number(def.Name, p)
		return true
	})
}

// say adds a record under a key.
func say[V any](l *tape, def topic.Def, key string, at time.Time, v *V) {
	l.put(&audit.Record{Topic: def.Name, Key: []byte(key), Value: encode(def, v), Time: at})
}

// sending is a document that goes to a node, because of a cause.
type sending struct {
	content, cause string
	times          int
}

// reminded adds to the first request to a node that it is sent, asked again and
// sent again, after change was made to the second request and its sending.
func reminded(l *tape, change func(r *event.FulfilmentRequested, again *sending)) bool {
	return find(l, topic.FulfilmentRequested, func(p, n int, r *event.FulfilmentRequested) bool {
		record := l.topics[topic.FulfilmentRequested.Name][p][n]
		again, document, node := sending{"1 lamp", "the reminder", 1}, r.FulfilmentID, r.Node
		r.Attempt++
		change(r, &again)
		l.sentAgain(topic.FulfilmentRequested, record.Time, &event.PartnerOutbound{DocumentID: document, Partner: node, Kind: "release"}, r.OrderID, encode(topic.FulfilmentRequested, r), again)
		return true
	})
}

// sentAgain adds that a document is sent, that somebody asks for it again, and that it is
// sent again.
func (l *tape) sentAgain(def topic.Def, at time.Time, document *event.PartnerOutbound, order string, request []byte, again sending) {
	send := func(s sending) {
		document.Sha256 = s.content
		for range s.times {
			l.sayAs(topic.PartnerOutbound, document.DocumentID, at, encode(topic.PartnerOutbound, document),
				audit.Header{Key: "ce_causationid", Value: []byte(s.cause)}, audit.Header{Key: "ce_correlationid", Value: []byte(order)})
		}
	}
	send(sending{"1 lamp", "the request", 1})
	at = at.Add(2 * time.Hour)
	l.sayAs(def, order, at, request, audit.Header{Key: "ce_id", Value: []byte("the reminder")})
	send(again)
}

// sayAs adds a record with headers.
func (l *tape) sayAs(def topic.Def, key string, at time.Time, value []byte, headers ...audit.Header) {
	l.put(&audit.Record{Topic: def.Name, Key: []byte(key), Value: value, Time: at, Headers: headers})
}

func (l *tape) number(name string, partition int) {
	for n, r := range l.topics[name][partition] {
		r.Offset = int64(n)
	}
}

func always[V any](*V) bool { return true }

// ends are the orders that ended, completed or cancelled.
func (l *tape) ends(completed, cancelled bool) map[string]bool {
	ended := make(map[string]bool)
	find(l, topic.OrderCompleted, func(_, _ int, v *event.OrderCompleted) bool { ended[v.OrderID] = completed; return false })
	find(l, topic.OrderCancelled, func(_, _ int, v *event.OrderCancelled) bool { ended[v.OrderID] = cancelled; return false })
	return ended
}

// shifted changes a node in a position, and what follows from it.
func shifted(p *event.InventoryPosition, change func(n *event.NodePosition) bool) bool {
	for i := range p.Nodes {
		if n := &p.Nodes[i]; change(n) {
			p.TotalAvailable -= max(0, n.Available)
			n.Available = n.OnHand - n.Unsellable - n.Reserved - n.SafetyStock
			p.TotalAvailable += max(0, n.Available)
			return true
		}
	}
	return false
}

// hasPaid picks orders that were paid through us and have ended.
func (l *tape) hasPaid() map[string]bool {
	ended, paid := l.ends(true, false), make(map[string]bool)
	find(l, topic.PaymentCaptured, func(_, _ int, v *event.PaymentCaptured) bool { paid[v.OrderID] = ended[v.OrderID]; return false })
	return paid
}

// freeing are the releases by which stock gets units back.
func freeing(l *tape) map[string]bool {
	held, freed := make(map[string]bool), make(map[string]bool)
	find(l, topic.InventoryAnswer, func(_, _ int, a *event.InventoryAnswer) bool {
		if a.Verdict == event.StockVerdictGranted && len(a.Grants) > 0 {
			held[a.OrderID+a.Sku] = true
		}
		return false
	})
	released := make(map[string]int)
	find(l, topic.InventoryCommand, func(_, _ int, c *event.InventoryCommand) bool {
		if c.Action == event.StockActionRelease {
			released[c.OrderID+c.Sku]++
		}
		return false
	})
	find(l, topic.InventoryCommand, func(_, _ int, c *event.InventoryCommand) bool {
		key := c.OrderID + c.Sku
		freed[c.CommandID] = c.Action == event.StockActionRelease && held[key] && released[key] == 1
		return false
	})
	return freed
}

// oversold raises a grant, what was asked for it and what is reserved from then on
// above all that there is.
func oversold(l *tape) bool {
	const more = 10_000
	var first event.InventoryAnswer
	if !edit(l, topic.InventoryAnswer, func(a *event.InventoryAnswer) bool {
		if a.Verdict != event.StockVerdictGranted || len(a.Grants) == 0 {
			return false
		}
		first = *a
		a.Grants[0].Qty += more
		return true
	}) {
		return false
	}
	edit(l, topic.InventoryCommand, func(c *event.InventoryCommand) bool {
		if c.CommandID != first.CommandID {
			return false
		}
		for n := range c.Nodes {
			if c.Nodes[n].Node == first.Grants[0].Node {
				c.Nodes[n].Qty += more
			}
		}
		return true
	})
	return editAll(l, topic.InventoryPosition, func(p *event.InventoryPosition) bool {
		return p.Sku == first.Sku && p.Version >= first.PositionVersion && shifted(p, func(n *event.NodePosition) bool {
			n.Reserved += more
			return n.Node == first.Grants[0].Node
		})
	})
}
