package audit

import (
	"container/heap"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// What an auditor keeps over a restart is a set of rows: a book, an appointment,
// a request, a violation that was told, each under a key of its own. Identities of
// events are not kept: a repeat is known among what one process has read.

// Prefixes of the keys of rows.
const (
	rowOrder     = "o/"
	rowItem      = "i/"
	rowReturn    = "r/"
	rowAsk       = "q/"
	rowDead      = "d/"
	rowTold      = "v/"
	rowTelling   = "h/"
	rowDeaf      = "e/"
	rowDue       = "a/"
	rowTally     = "t/"
	rowWatermark = "w"
)

func (w *appointment) rowKey() string {
	return rowDue + strings.Join([]string{fmt.Sprintf("%020d", w.Due.UnixNano()), w.What, w.Key, w.Ref, w.Place.String()}, sep)
}

// touch notes that a row changes.
func (a *Auditor) touch(key string) { a.touched[key] = true }

// Changes calls fn with every row that changed since the last call, nil for one
// that is gone. The rows of all calls so far are the state of the auditor.
func (a *Auditor) Changes(fn func(key string, value []byte) error) error {
	a.touch(rowWatermark)
	for _, i := range Invariants {
		a.touch(rowTally + string(i))
	}
	for key := range a.touched {
		value, err := a.row(key)
		if err == nil {
			err = fn(key, value)
		}
		if err != nil {
			return fmt.Errorf("keeping row %q: %w", key, err)
		}
	}
	clear(a.touched)
	return nil
}

// row encodes what stands under a key now, nil for nothing.
func (a *Auditor) row(key string) ([]byte, error) {
	kind, id := key[:min(2, len(key))], key[min(2, len(key)):]
	switch kind {
	case rowOrder:
		if o := a.orders[id]; o != nil {
			return json.Marshal(o)
		}
	case rowItem:
		if i := a.items[id]; i != nil {
			return json.Marshal(i)
		}
	case rowReturn:
		if g := a.returns[id]; g != nil {
			return json.Marshal(g)
		}
	case rowAsk:
		if q := a.asks[id]; q != nil {
			return json.Marshal(q)
		}
	case rowDue:
		if w := a.due[key]; w != nil {
			return json.Marshal(w)
		}
	case rowDead:
		if a.dead[id] {
			return json.Marshal(id)
		}
	case rowTelling:
		if t := a.tellings[id]; t != nil {
			return json.Marshal(t)
		}
	case rowDeaf:
		return json.Marshal(a.deaf[id])
	case rowTold:
		return json.Marshal(id)
	case rowTally:
		return json.Marshal(a.tally(Invariant(id)))
	default:
		return json.Marshal(a.watermark)
	}
	return nil, nil
}

// Restore puts a row back that Changes told of. All rows must be put back before
// anything is observed.
func (a *Auditor) Restore(key string, value []byte) error {
	kind, id := key[:min(2, len(key))], key[min(2, len(key)):]
	var err error
	switch kind {
	case rowOrder:
		err = json.Unmarshal(value, a.order(id))
	case rowItem:
		err = json.Unmarshal(value, a.item(id))
	case rowReturn:
		err = json.Unmarshal(value, a.giveback(id, nil))
	case rowAsk:
		q := new(ask)
		err = json.Unmarshal(value, q)
		a.asks[id] = q
	case rowDue:
		w := new(appointment)
		if err = json.Unmarshal(value, w); err == nil {
			a.appoint(w)
		}
	case rowDead:
		a.dead[id] = true
	case rowTelling:
		err = json.Unmarshal(value, a.telling(id))
	case rowDeaf:
		var at time.Time
		err = json.Unmarshal(value, &at)
		a.deaf[id] = at
	case rowTold:
		a.told[id] = true
	case rowTally:
		err = json.Unmarshal(value, a.tally(Invariant(id)))
	case rowWatermark:
		var at time.Time
		err = json.Unmarshal(value, &at)
		a.watermark = at
	default:
		err = fmt.Errorf("there is no such kind of row")
	}
	if err != nil {
		return fmt.Errorf("restoring row %q: %w", key, err)
	}
	clear(a.touched)
	return nil
}

// appoint puts an appointment on the agenda, once.
func (a *Auditor) appoint(w *appointment) {
	key := w.rowKey()
	if a.due[key] != nil {
		return
	}
	a.due[key] = w
	a.touch(key)
	heap.Push(&a.agenda, w)
}

// next takes the first appointment off the agenda if it is due, nil else.
func (a *Auditor) next() *appointment {
	if len(a.agenda) == 0 || a.agenda[0].Due.After(a.watermark) {
		return nil
	}
	w := heap.Pop(&a.agenda).(*appointment)
	key := w.rowKey()
	delete(a.due, key)
	a.touch(key)
	return w
}
