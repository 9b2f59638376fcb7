package stock

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/millrace/millrace/schemas/event"
)

// TestScenarios runs the scripts of testdata/scenarios: each command is something
// that happens to one item at one node, and what follows it is all that stock said
// then and what stands there. Every script is a case in which an obvious rule of
// stock is wrong. Run with -rewrite to accept what it says now.
//
//	node movement                     its own goods issues move stock, not confirmed shipments
//	authority wms skew=1m [net] [news=15m]       whose counts set what is there, and how far its clock may be off;
//	                                  a net one leaves out what it has allocated; news come so long after a count
//	move r1 supplier qty=10 [seq=1] [at=-1h]     a fact of a source; below zero units leave
//	reserve o1 4 [plan=2] [mode=hold for=1h] [id=c7]
//	commit o1 | release o1 [plan=2] [units=2] [id=c8]    [written=1h] is when, if it is read later
//	ship s1 o1 3 [doc=D7] [plan=2]    a confirmed shipment
//	issue g1 3 doc=D7                 the node's own account of it
//	count wms 10 [allocated=2] [seq=3] [at=-1h]     a baseline, staged and applied
//	freeze [because=v1] | thaw        nothing is granted in between
//	pass 25h
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata/scenarios", func(t *testing.T, path string) {
		s := &script{item: newItem(t)}
		s.rules.Contracts, s.rules.Authority = map[string]Contract{}, map[string]string{}
		datadriven.RunTest(t, path, func(_ *testing.T, d *datadriven.TestData) string {
			s.said, s.d = nil, d
			s.run()
			return s.report()
		})
	})
}

// script plays one scenario.
type script struct {
	*item
	d        *datadriven.TestData
	said     []string
	commands int
}

func (s *script) word(n int) string {
	if n >= len(s.d.CmdArgs) {
		s.t.Fatalf("%s: %s needs at least %d words", s.d.Pos, s.d.Cmd, n+1)
	}
	return s.d.CmdArgs[n].Key
}

func (s *script) value(name string) string {
	for _, a := range s.d.CmdArgs {
		if a.Key == name && len(a.Vals) == 1 {
			return a.Vals[0]
		}
	}
	return ""
}

func (s *script) has(word string) bool {
	return slices.ContainsFunc(s.d.CmdArgs, func(a datadriven.CmdArg) bool { return a.Key == word })
}

func (s *script) number(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil && text != "" {
		s.t.Fatalf("%s: %v", s.d.Pos, err)
	}
	return n
}

func (s *script) span(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil && text != "" {
		s.t.Fatalf("%s: %v", s.d.Pos, err)
	}
	return d
}

// at is a moment relative to now.
func (s *script) at() time.Time { return s.now.Add(s.span(s.value("at"))) }

func (s *script) run() {
	switch s.d.Cmd {
	case "node":
		s.rules.IssueByMovement = map[string]bool{"north": s.word(0) == "movement"}
	case "authority":
		s.rules.Authority["north"] = s.word(0)
		s.rules.Contracts[s.word(0)] = Contract{Skew: s.span(s.value("skew")), AckWithin: day, NewsWithin: s.span(s.value("news")), Net: s.has("net"), Sellable: s.has("net")}
	case "move":
		s.told(s.word(0), s.word(1), s.number(s.value("seq")), s.number(s.value("qty")), s.at())
		s.hear(s.last.Answers())
	case "reserve", "commit", "release":
		s.ask()
	case "ship":
		m := event.InventoryMovement{EntryID: s.word(0), OrderID: s.word(1), Qty: s.number(s.word(2)), Document: s.value("doc")}
		m.ReservationID = ReservationID(m.OrderID, "lamp", "north", s.plan())
		s.leave(m)
	case "issue":
		s.leave(event.InventoryMovement{EntryID: s.word(0), Qty: s.number(s.word(1)), Document: s.value("doc"), Reason: ReasonGoodsIssue})
	case "count":
		staged := s.count(s.word(0), s.number(s.word(1)), s.number(s.value("allocated")), s.number(s.value("seq")), s.at())
		s.say("counted %d, by the ledger it should be %d", staged.Counted, staged.Expected)
	case "freeze", "thaw":
		s.hear(s.freeze(s.d.Cmd == "freeze", s.value("because")))
	case "pass":
		before := len(s.found)
		s.hear(s.pass(s.span(s.word(0))))
		s.found = s.found[before:]
	default:
		s.t.Fatalf("%s: no such command: %s", s.d.Pos, s.d.Cmd)
	}
}

func (s *script) plan() int64 { return max(1, s.number(s.value("plan"))) }

func (s *script) leave(m event.InventoryMovement) {
	m.Node, m.From, m.To = "north", event.StockConditionSellable, event.StockConditionOutside
	s.hear(s.move(m))
}

// ask sends a command of an order; the same id is the same command, sent again.
func (s *script) ask() {
	s.commands++
	id := s.value("id")
	if id == "" {
		id = fmt.Sprint("c", s.commands)
	}
	order, written := s.word(0), s.now
	if at := s.value("written"); at != "" {
		written = start.Add(s.span(at))
	}
	c := act(id, order, event.StockAction(s.d.Cmd), s.plan())
	switch s.d.Cmd {
	case "reserve":
		c = reserve(id, order, event.ReserveModeCommit, s.plan(), at("north", s.number(s.word(1))))
		if mode := s.value("mode"); mode != "" {
			c.Mode = event.ReserveMode(mode)
		}
		if span := s.value("for"); span != "" {
			until := s.now.Add(s.span(span))
			c.ExpiresAt = &until
		}
	case "release":
		if units := s.number(s.value("units")); units > 0 {
			c.ReservationIds = []string{ReservationID(order, "lamp", "north", s.plan())}
			c.Nodes = []event.NodeQty{at("north", units)}
		}
	}
	s.hear(s.commandAt(c, written))
}

func (s *script) say(format string, args ...any) {
	s.said = append(s.said, fmt.Sprintf(format, args...))
}

func (s *script) hear(answers []event.InventoryAnswer) {
	for _, a := range answers {
		text := fmt.Sprintf("%s: %s", a.OrderID, a.Verdict)
		for _, g := range a.Grants {
			text += fmt.Sprintf(" %d", g.Qty)
		}
		s.say("%s", strings.TrimSpace(text+" "+a.Reason))
	}
}

// report shows what was said, and what stands at the node.
func (s *script) report() string {
	if s.last != nil {
		found := s.last.Variances()
		if s.d.Cmd == "pass" {
			found = s.found
		}
		for _, v := range found {
			s.say("variance %s: %d expected, %d found", v.Class, v.Expected, v.Found)
		}
		for _, a := range s.last.Done() {
			s.say("%s by %s: %s", a.Action, a.By, strings.TrimSpace(a.Reason+" "+a.ViolationID))
		}
		for _, x := range s.last.Shortages() {
			s.say("shortage: %d of %d promised are not there", x.Qty, x.Reserved)
		}
	}
	p := s.position("north")
	s.say("= %d on hand, %d reserved, %d available", p.OnHand, p.Reserved, p.Available)
	if f := s.record.Freeze; f != nil {
		s.say("  frozen by %s: %s", f.By, strings.TrimSpace(f.Reason+" "+f.ViolationID))
	}
	if s.record.OverShipped > 0 {
		s.say("  %d shipped above what was promised", s.record.OverShipped)
	}
	return strings.Join(s.said, "\n") + "\n"
}
