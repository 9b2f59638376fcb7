package business

import (
	"bytes"
	"fmt"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/streams/task"
)

// auditor follows what happened in order, with a fold of its own, and notes every
// breach of what must hold at each record.
type auditor struct {
	counted  bool   // baselines change what is on hand: the shelves take it from positions
	keep     bool   // what happened is kept, to be told with a breach
	trace    string // an order whose history is kept; none keeps nobody's
	happened []*entry
	breaches []breach
	commands map[string]*event.InventoryCommand
	shelves  map[string]*shelf  // by sku
	cases    map[string]*docket // by order id
	states   map[string]*event.OrderState
	heard    map[string]map[string]bool // documents on record, by partner
	sent     map[string]map[string]bool
	tally    map[string]int   // of what happened, so that a test knows what it saw
	issues   map[string]bool  // nodes whose own goods issues move stock
	supplies map[string]bool  // nodes of suppliers, who ship their own goods
	spared   map[string]int64 // how many units of each item a node never promises
	doubled  map[string]bool  // orders of which a node shipped something twice
}

// breach is a rule that did not hold, and the order it is about, if any.
type breach struct{ order, text string }

func newAuditor() *auditor {
	return &auditor{
		commands: make(map[string]*event.InventoryCommand), shelves: make(map[string]*shelf), cases: make(map[string]*docket), states: make(map[string]*event.OrderState),
		heard: make(map[string]map[string]bool), sent: make(map[string]map[string]bool), tally: make(map[string]int), issues: make(map[string]bool), supplies: make(map[string]bool), spared: make(map[string]int64), doubled: make(map[string]bool),
	}
}

func (a *auditor) breach(order, format string, args ...any) {
	a.breaches = append(a.breaches, breach{order, fmt.Sprintf(format, args...)})
}

// follow takes what one run of a handler said.
func (a *auditor) follow(run []*entry) {
	if a.keep {
		a.happened = append(a.happened, run...)
	}
	if in := run[0].record; in != nil && run[0].app == stockstream.Name && shelved[in.Topic] {
		a.shelf(in.Key).follow(a, run)
	}
	if a.trace != "" {
		for _, e := range run {
			if e.key == a.trace || bytes.Contains(e.raw, []byte(a.trace)) {
				a.happened = append(a.happened, e)
			}
		}
	}
	for _, e := range run {
		if command, ok := e.value.(*event.InventoryCommand); ok {
			a.commands[command.CommandID] = command
			a.shelf([]byte(command.Sku)).hear(command)
		}
		a.note(e)
	}
}

// appended takes a record as it comes into the log.
func (a *auditor) appended(r *task.Record) {
	if r.Topic != topic.InventoryMovement.Name {
		return
	}
	if m := watched[r.Topic](r.Value).(*event.InventoryMovement); a.issues[m.Node] && m.ReservationID != "" {
		s := a.shelf(r.Key)
		s.confirmed = append(s.confirmed, confirmed{r.Offset, m})
	}
}
