package spine_test

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit"
)

// logMutants are mistakes about what goes outside and about the log itself.
var logMutants = []mutant{
	{"an order is registered twice", audit.Effects, func(l *tape) bool {
		return twice(l, topic.OrderRegistered, func(e *event.OrderRegistered) bool { e.Number += "-2"; return true })
	}},
	{"an invoice has two numbers", audit.Effects, func(l *tape) bool {
		return twice(l, topic.InvoicePosted, func(e *event.InvoicePosted) bool { e.Number += "-2"; return true })
	}},
	{"a credit note has two numbers", audit.Effects, func(l *tape) bool {
		return twice(l, topic.CreditPosted, func(e *event.CreditPosted) bool { e.Number += "-2"; return true })
	}},
	{"a document is sent twice", audit.Effects, func(l *tape) bool {
		for range 2 {
			say(l, topic.PartnerOutbound, "erp/d1", time.Now(), &event.PartnerOutbound{DocumentID: "d1", Partner: "erp", Kind: "sale"})
		}
		return true
	}},
	{"a release is sent again and nobody asked", audit.Effects, func(l *tape) bool {
		return reminded(l, func(_ *event.FulfilmentRequested, again *sending) { again.cause = "a handler that ran twice" })
	}},
	{"a request is sent twice", audit.Effects, func(l *tape) bool {
		return reminded(l, func(r *event.FulfilmentRequested, _ *sending) { r.Attempt = 1 })
	}},
	{"a reminder is sent twice", audit.Effects, func(l *tape) bool {
		return reminded(l, func(_ *event.FulfilmentRequested, again *sending) { again.times = 2 })
	}},
	{"a reminder says something else", audit.Effects, func(l *tape) bool {
		return reminded(l, func(_ *event.FulfilmentRequested, again *sending) { again.content = "2 lamps" })
	}},
	{"a reminder of one release sends another again", audit.Effects, func(l *tape) bool {
		return reminded(l, func(r *event.FulfilmentRequested, _ *sending) { r.FulfilmentID = "another" })
	}},
	{"a call is answered twice", audit.Effects, func(l *tape) bool {
		for range 2 {
			say(l, topic.EffectStatus, "k", time.Now(), &event.EffectStatus{EffectID: "e1", State: event.EffectStateAnswered})
		}
		return true
	}},

	{"the cache shows what nobody said", audit.Cache, func(l *tape) bool {
		l.cached = func(version int64) int64 { return version + 1000 }
		return true
	}},
	{"the cache stays behind", audit.Cache, func(l *tape) bool {
		l.cached = func(version int64) int64 { return version - 1 }
		return true
	}},
	{"the cache loses an item", audit.Cache, func(l *tape) bool {
		l.cached = func(int64) int64 { return 0 }
		return true
	}},

	{"an input is handled twice", audit.Provenance, func(l *tape) bool {
		return find(l, topic.InventoryAnswer, func(p, n int, _ *event.InventoryAnswer) bool {
			again := *l.topics[topic.InventoryAnswer.Name][p][n]
			l.topics[topic.InventoryAnswer.Name][p] = append(l.topics[topic.InventoryAnswer.Name][p], &again)
			l.number(topic.InventoryAnswer.Name, p)
			return true
		})
	}},

	{"a command is never answered", audit.Accounting, func(l *tape) bool {
		silent := ""
		return dropAll(l, topic.InventoryAnswer, func(a *event.InventoryAnswer) bool {
			if silent == "" {
				silent = a.CommandID
			}
			return a.CommandID == silent
		})
	}},
	{"a submission is never answered", audit.Accounting, func(l *tape) bool {
		return drop(l, topic.OrderRejected, always[event.OrderRejected])
	}},
	{"credit is never answered", audit.Accounting, func(l *tape) bool {
		silent := ""
		return dropAll(l, topic.CreditGranted, func(a *event.CreditGranted) bool {
			if silent == "" {
				silent = a.RequestID
			}
			return a.RequestID == silent
		})
	}},
	{"the claim of a return is never answered", audit.Accounting, func(l *tape) bool {
		silent := ""
		return dropAll(l, topic.ReturnClaimed, func(a *event.ReturnClaimed) bool {
			if silent == "" {
				silent = a.ClaimID
			}
			return a.ClaimID == silent
		})
	}},
	{"the credit of a return is never answered", audit.Accounting, func(l *tape) bool {
		silent := ""
		return dropAll(l, topic.ReturnCredited, func(a *event.ReturnCredited) bool {
			if silent == "" {
				silent = a.RequestID
			}
			return a.RequestID == silent
		})
	}},
	{"a record cannot be read", audit.Accounting, func(l *tape) bool {
		return find(l, topic.OrderAccepted, func(p, n int, _ *event.OrderAccepted) bool {
			r := l.topics[topic.OrderAccepted.Name][p][n]
			r.Value = r.Value[:len(r.Value)-3]
			return true
		})
	}},

	{"an order that ended goes on in its state", audit.States, func(l *tape) bool {
		ended := l.ends(true, true)
		return editAll(l, topic.OrderState, func(s *event.OrderState) bool {
			was := s.Status
			s.Status = event.OrderStatusReleased
			return ended[s.OrderID] && (was == event.OrderStatusCompleted || was == event.OrderStatusCancelled)
		})
	}},
	{"a cancelled order is completed in its state", audit.States, func(l *tape) bool {
		return edit(l, topic.OrderState, func(s *event.OrderState) bool {
			was := s.Status
			s.Status = event.OrderStatusCompleted
			return was == event.OrderStatusCancelled
		})
	}},
	{"the state of an order does not hear of its end", audit.States, func(l *tape) bool {
		ended := l.ends(true, true)
		return dropAll(l, topic.OrderState, func(s *event.OrderState) bool {
			return ended[s.OrderID] && (s.Status == event.OrderStatusCompleted || s.Status == event.OrderStatusCancelled)
		})
	}},
	{"an order is taken on that nobody submitted", audit.Acceptance, func(l *tape) bool {
		taken := make(map[string]bool)
		find(l, topic.OrderAccepted, func(_, _ int, e *event.OrderAccepted) bool { taken[e.OrderID] = true; return false })
		silent := ""
		return dropAll(l, topic.OrderSubmit, func(s *event.OrderSubmit) bool {
			if silent == "" && taken[s.OrderID] {
				silent = s.OrderID
			}
			return s.OrderID == silent
		})
	}},
	{"an order is taken on with one unit more", audit.Acceptance, func(l *tape) bool {
		return edit(l, topic.OrderAccepted, func(e *event.OrderAccepted) bool { e.Lines[0].Qty++; return true })
	}},
	{"an order is taken on at another price", audit.Acceptance, func(l *tape) bool {
		return edit(l, topic.OrderAccepted, func(e *event.OrderAccepted) bool { e.Total++; return true })
	}},
}
