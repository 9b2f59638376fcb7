package spine_test

import (
	"fmt"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit"
)

// mutant is a mistake that the auditor must see: what one of the rooms or the
// runtime would have written, had it made the mistake.
type mutant struct {
	name   string
	breaks audit.Invariant
	make   func(l *tape) bool
}

// mutants are mistakes about stock, orders and money.
var mutants = []mutant{
	{"a receipt is lost", audit.Conservation, func(l *tape) bool {
		return drop(l, topic.InventoryMovement, func(m *event.InventoryMovement) bool { return m.OrderID == "" })
	}},
	{"a goods issue is lost", audit.Conservation, func(l *tape) bool {
		return drop(l, topic.InventoryMovement, func(m *event.InventoryMovement) bool { return m.ReservationID != "" })
	}},
	{"a receipt is booked twice", audit.Conservation, func(l *tape) bool {
		return twice(l, topic.InventoryMovement, func(m *event.InventoryMovement) bool { m.EntryID += " again"; return m.OrderID == "" })
	}},
	{"one unit more is booked than came", audit.Conservation, func(l *tape) bool {
		return edit(l, topic.InventoryMovement, func(m *event.InventoryMovement) bool { m.Qty--; return m.Qty > 0 && m.OrderID == "" })
	}},
	{"units are booked at another node", audit.Conservation, func(l *tape) bool {
		return edit(l, topic.InventoryMovement, func(m *event.InventoryMovement) bool { m.Node += " two"; return m.OrderID == "" })
	}},
	{"units that wait for a decision are sold", audit.Conservation, func(l *tape) bool {
		return edit(l, topic.InventoryMovement, func(m *event.InventoryMovement) bool {
			m.To = event.StockConditionQuarantine
			return m.OrderID == ""
		})
	}},
	{"a position has one unit more", audit.Conservation, func(l *tape) bool {
		return edit(l, topic.InventoryPosition, func(p *event.InventoryPosition) bool {
			return shifted(p, func(n *event.NodePosition) bool { n.OnHand++; return true })
		})
	}},
	{"a unit is lost for good", audit.Conservation, func(l *tape) bool {
		return editAll(l, topic.InventoryPosition, func(p *event.InventoryPosition) bool {
			return p.Sku == "sku1" && shifted(p, func(n *event.NodePosition) bool { n.OnHand--; return n.OnHand > n.Reserved })
		})
	}},
	{"a position goes back", audit.Conservation, func(l *tape) bool {
		return edit(l, topic.InventoryPosition, func(p *event.InventoryPosition) bool { p.Version -= 5; return p.Version > 3 })
	}},

	{"more is granted than there is", audit.Oversell, oversold},
	{"a position promises one unit too many", audit.Oversell, func(l *tape) bool {
		return edit(l, topic.InventoryPosition, func(p *event.InventoryPosition) bool {
			p.Nodes[0].Available++
			p.TotalAvailable++
			return true
		})
	}},
	{"the total promises one unit too many", audit.Oversell, func(l *tape) bool {
		return edit(l, topic.InventoryPosition, func(p *event.InventoryPosition) bool { p.TotalAvailable++; return true })
	}},
	{"promises lack units in silence", audit.Oversell, func(l *tape) bool {
		return editAll(l, topic.InventoryPosition, func(p *event.InventoryPosition) bool {
			return shifted(p, func(n *event.NodePosition) bool {
				n.OnHand = n.Reserved - 1
				return n.Reserved > 0 && n.Unsellable == 0
			})
		})
	}},

	{"a release is skipped", audit.Reservations, func(l *tape) bool {
		freed := freeing(l)
		return drop(l, topic.InventoryAnswer, func(a *event.InventoryAnswer) bool { return freed[a.CommandID] })
	}},
	{"a grant is told to nobody", audit.Reservations, func(l *tape) bool {
		allocated := make(map[string]bool)
		find(l, topic.OrderAllocated, func(_, _ int, e *event.OrderAllocated) bool {
			for _, a := range e.Allocations {
				allocated[a.ReservationID] = true
			}
			return false
		})
		return drop(l, topic.InventoryAnswer, func(a *event.InventoryAnswer) bool {
			return a.Verdict == event.StockVerdictGranted && len(a.Grants) > 0 && allocated[a.Grants[0].ReservationID]
		})
	}},
	{"one unit more is granted than was reserved", audit.Reservations, func(l *tape) bool {
		return edit(l, topic.InventoryAnswer, func(a *event.InventoryAnswer) bool {
			if a.Verdict != event.StockVerdictGranted || len(a.Grants) == 0 {
				return false
			}
			a.Grants[0].Qty++
			return true
		})
	}},
	{"one unit stays reserved", audit.Reservations, func(l *tape) bool {
		return edit(l, topic.InventoryPosition, func(p *event.InventoryPosition) bool {
			return shifted(p, func(n *event.NodePosition) bool { n.Reserved++; return n.Available > 1 })
		})
	}},
	{"a shipment uses no reservation", audit.Reservations, func(l *tape) bool {
		return edit(l, topic.InventoryMovement, func(m *event.InventoryMovement) bool {
			was := m.ReservationID
			m.ReservationID = ""
			return was != ""
		})
	}},
	{"stock answers what nobody asked", audit.Reservations, func(l *tape) bool {
		return drop(l, topic.InventoryCommand, func(c *event.InventoryCommand) bool { return c.Action == event.StockActionRelease })
	}},

	{"an order ends twice", audit.Terminal, func(l *tape) bool {
		return twice(l, topic.OrderCompleted, func(e *event.OrderCompleted) bool { e.OrderVersion++; return true })
	}},
	{"an order goes on after its end", audit.Terminal, func(l *tape) bool {
		ended := l.ends(true, true)
		return twice(l, topic.OrderReleased, func(e *event.OrderReleased) bool { e.OrderVersion = 1000; return ended[e.OrderID] })
	}},
	{"an order is completed and cancelled", audit.Terminal, func(l *tape) bool {
		return find(l, topic.OrderCompleted, func(p, n int, e *event.OrderCompleted) bool {
			say(l, topic.OrderCancelled, e.OrderID, l.topics[topic.OrderCompleted.Name][p][n].Time, &event.OrderCancelled{OrderID: e.OrderID, OrderVersion: e.OrderVersion})
			return true
		})
	}},
	{"a rejected order is taken on", audit.Terminal, func(l *tape) bool {
		return find(l, topic.OrderAccepted, func(p, n int, e *event.OrderAccepted) bool {
			say(l, topic.OrderRejected, e.OrderID, l.topics[topic.OrderAccepted.Name][p][n].Time, &event.OrderRejected{OrderID: e.OrderID})
			return true
		})
	}},
	{"an event of an order is lost", audit.Terminal, func(l *tape) bool {
		return drop(l, topic.OrderValidated, always[event.OrderValidated])
	}},
	{"two events of an order have one number", audit.Terminal, func(l *tape) bool {
		return edit(l, topic.OrderAllocated, func(e *event.OrderAllocated) bool { e.OrderVersion--; return true })
	}},
	{"the end of an order is lost", audit.Terminal, func(l *tape) bool {
		return drop(l, topic.OrderCompleted, always[event.OrderCompleted])
	}},
	{"an order is not taken on and goes on", audit.Terminal, func(l *tape) bool {
		return drop(l, topic.OrderAccepted, always[event.OrderAccepted])
	}},

	{"a unit of a line is nowhere", audit.Lines, func(l *tape) bool {
		return edit(l, topic.OrderState, func(s *event.OrderState) bool { s.Lines[0].Shipped--; return s.Lines[0].Shipped >= 0 })
	}},
	{"a unit of a line is in two places", audit.Lines, func(l *tape) bool {
		return edit(l, topic.OrderState, func(s *event.OrderState) bool { s.Lines[0].Cancelled++; return true })
	}},
	{"more is delivered than left", audit.Lines, func(l *tape) bool {
		return edit(l, topic.OrderState, func(s *event.OrderState) bool { s.Lines[0].Delivered = s.Lines[0].Shipped + 1; return true })
	}},
	{"a line is shipped above what was ordered", audit.Lines, func(l *tape) bool {
		return edit(l, topic.ShipmentConfirmed, func(s *event.ShipmentConfirmed) bool { s.Lines[0].Qty += 100; return true })
	}},
	{"a shipment counts twice", audit.Lines, func(l *tape) bool {
		return twice(l, topic.ShipmentConfirmed, func(s *event.ShipmentConfirmed) bool { s.ShipmentID += " again"; return true })
	}},
	{"a shipment is lost", audit.Lines, func(l *tape) bool {
		return drop(l, topic.ShipmentConfirmed, always[event.ShipmentConfirmed])
	}},
	{"the end counts one unit more", audit.Lines, func(l *tape) bool {
		return edit(l, topic.OrderCompleted, func(e *event.OrderCompleted) bool { e.UnitsShipped++; return true })
	}},
	{"the end forgets a unit that was taken off", audit.Lines, func(l *tape) bool {
		return edit(l, topic.OrderCancelled, func(e *event.OrderCancelled) bool { e.Units--; return e.Units >= 0 })
	}},
	{"more comes back than left", audit.Lines, func(l *tape) bool {
		return edit(l, topic.ReturnClaimed, func(e *event.ReturnClaimed) bool { e.Lines[0].Accepted += 1000; return true })
	}},

	{"a completed order keeps a reservation", audit.Leftovers, func(l *tape) bool {
		ended := l.ends(true, false)
		return edit(l, topic.InventoryMovement, func(m *event.InventoryMovement) bool {
			m.ReservationID = ""
			return ended[m.OrderID]
		})
	}},
	{"a cancelled order keeps a reservation", audit.Leftovers, func(l *tape) bool {
		ended, freed := l.ends(false, true), freeing(l)
		return dropAll(l, topic.InventoryAnswer, func(a *event.InventoryAnswer) bool { return ended[a.OrderID] && freed[a.CommandID] })
	}},
	{"a node never said its last word", audit.Leftovers, func(l *tape) bool {
		ended, silent := l.ends(true, true), ""
		if !edit(l, topic.FulfilmentRequested, func(r *event.FulfilmentRequested) bool {
			silent = r.FulfilmentID
			r.Lines[0].Qty++
			return ended[r.OrderID]
		}) {
			return false
		}
		return editAll(l, topic.FulfilmentStatus, func(s *event.FulfilmentStatusChanged) bool {
			s.Final, s.Withheld = false, nil
			return s.FulfilmentID == silent
		})
	}},
	{"what is called allocated is not reserved", audit.Leftovers, func(l *tape) bool {
		return edit(l, topic.OrderAllocated, func(e *event.OrderAllocated) bool {
			if len(e.Allocations) == 0 {
				return false
			}
			e.Allocations[0].ReservationID += " no"
			return true
		})
	}},
	{"money stays set aside", audit.Leftovers, func(l *tape) bool {
		ended := l.ends(true, true)
		return drop(l, topic.PaymentVoided, func(e *event.PaymentVoided) bool { return ended[e.OrderID] })
	}},

	{"a bill does not add up", audit.Money, func(l *tape) bool {
		return edit(l, topic.InvoiceRequested, func(e *event.InvoiceRequested) bool { e.Total++; return true })
	}},
	{"a line is billed one cent too high", audit.Money, func(l *tape) bool {
		whole := make(map[string]bool)
		find(l, topic.OrderAccepted, func(_, _ int, e *event.OrderAccepted) bool {
			for _, line := range e.Lines {
				whole[fmt.Sprint(e.OrderID, line.LineID, line.Amount)] = true
			}
			return false
		})
		return edit(l, topic.InvoiceRequested, func(e *event.InvoiceRequested) bool {
			if len(e.Lines) == 0 || !whole[fmt.Sprint(e.OrderID, e.Lines[0].LineID, e.Lines[0].Amount)] {
				return false
			}
			e.Lines[0].Amount++
			e.Goods++
			e.Total++
			return true
		})
	}},
	{"freight is billed too high", audit.Money, func(l *tape) bool {
		return edit(l, topic.InvoiceRequested, func(e *event.InvoiceRequested) bool { e.Shipping += 5000; e.Total += 5000; return true })
	}},
	{"a shipment is billed twice", audit.Money, func(l *tape) bool {
		return twice(l, topic.InvoiceRequested, func(e *event.InvoiceRequested) bool {
			e.InvoiceID += " again"
			return len(e.Lines) > 0 && e.Lines[0].Kind == event.LineKindGoods
		})
	}},
	{"a shipment is never billed", audit.Money, func(l *tape) bool {
		return drop(l, topic.InvoiceRequested, func(e *event.InvoiceRequested) bool { return e.ShipmentID != "" })
	}},
	{"an invoice is posted with another total", audit.Money, func(l *tape) bool {
		return edit(l, topic.InvoicePosted, func(e *event.InvoicePosted) bool { e.Total++; return true })
	}},
	{"an invoice is posted that nobody asked for", audit.Money, func(l *tape) bool {
		return twice(l, topic.InvoicePosted, func(e *event.InvoicePosted) bool { e.InvoiceID += " again"; return true })
	}},
	{"a bill is in another currency", audit.Money, func(l *tape) bool {
		return edit(l, topic.InvoiceRequested, func(e *event.InvoiceRequested) bool { e.Currency = "USD"; return true })
	}},
	{"units are credited twice", audit.Money, func(l *tape) bool {
		return twice(l, topic.RefundApproved, func(e *event.RefundApproved) bool { e.RefundID += " again"; return len(e.Lines) > 0 })
	}},
	{"a credit does not add up", audit.Money, func(l *tape) bool {
		return edit(l, topic.RefundApproved, func(e *event.RefundApproved) bool { e.Total++; return true })
	}},
	{"more is credited than was billed", audit.Money, func(l *tape) bool {
		return edit(l, topic.RefundApproved, func(e *event.RefundApproved) bool {
			if len(e.Lines) == 0 {
				return false
			}
			e.Lines[0].Amount += 100_000
			e.Total += 100_000
			return true
		})
	}},
	{"a credit note stands alone", audit.Money, func(l *tape) bool {
		return drop(l, topic.RefundApproved, always[event.RefundApproved])
	}},
	{"money is captured twice", audit.Money, func(l *tape) bool {
		return twice(l, topic.PaymentCaptured, func(e *event.PaymentCaptured) bool { e.TransactionID += " again"; return e.Amount > 0 })
	}},
	{"one cent more is captured", audit.Money, func(l *tape) bool {
		paid := l.hasPaid()
		return edit(l, topic.PaymentCaptured, func(e *event.PaymentCaptured) bool { e.Amount++; return paid[e.OrderID] })
	}},
	{"a capture is lost", audit.Money, func(l *tape) bool {
		paid := l.hasPaid()
		return drop(l, topic.PaymentCaptured, func(e *event.PaymentCaptured) bool { return paid[e.OrderID] && e.Amount > 0 })
	}},
	{"money is paid back twice", audit.Money, func(l *tape) bool {
		return twice(l, topic.PaymentRefunded, func(e *event.PaymentRefunded) bool { e.TransactionID += " again"; return e.Amount > 0 })
	}},
	{"money is never paid back", audit.Money, func(l *tape) bool {
		return drop(l, topic.PaymentRefunded, func(e *event.PaymentRefunded) bool { return e.Amount > 0 })
	}},
	{"goods without an order are credited twice", audit.Returns, func(l *tape) bool {
		return twice(l, topic.RefundApproved, func(e *event.RefundApproved) bool { e.RefundID += " again"; return e.OrderID == "" })
	}},
	{"goods are credited without an order and with one", audit.Returns, func(l *tape) bool {
		return twice(l, topic.RefundApproved, func(e *event.RefundApproved) bool {
			e.RefundID, e.OrderID = e.RefundID+" again", "another"
			return e.ReturnID != "" && len(e.Lines) > 0 && e.Lines[0].Qty > 0
		})
	}},
	{"one cent more is credited without an order than a person said", audit.Returns, func(l *tape) bool {
		granted := make(map[string]int64)
		find(l, topic.ReturnResolve, func(_, _ int, e *event.ReturnResolve) bool { granted[e.ReturnID] = e.Amount; return false })
		return edit(l, topic.RefundApproved, func(e *event.RefundApproved) bool {
			more := granted[e.ReturnID] + 1 - e.Total
			e.Lines[0].Amount += more
			e.Total += more
			return e.OrderID == ""
		})
	}},
	{"nobody said that goods without an order are credited", audit.Returns, func(l *tape) bool {
		return dropAll(l, topic.ReturnResolve, always[event.ReturnResolve])
	}},
	{"a credit note without an order has another total", audit.Returns, func(l *tape) bool {
		return edit(l, topic.CreditPosted, func(e *event.CreditPosted) bool { e.Total++; return e.OrderID == "" })
	}},
	{"a credit note without an order has two numbers", audit.Effects, func(l *tape) bool {
		return twice(l, topic.CreditPosted, func(e *event.CreditPosted) bool { e.Number += " again"; return e.OrderID == "" })
	}},
	{"the end counts a bill twice", audit.Money, func(l *tape) bool {
		return edit(l, topic.OrderCompleted, func(e *event.OrderCompleted) bool { e.Invoiced *= 2; return e.Invoiced > 0 })
	}},
}
