package orderstream

import (
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
)

// demand gives the lines of a submission that name no date the one that its channel and
// its customer demand, so that no later stage has to know it. The date of the basket
// stands when the order is wanted when the basket was: what is kept lives that long.
func (t *turn) demand(s *event.OrderSubmit) {
	if !order.InBasket(t.o) || t.o.Customer.PartyID != s.Customer.PartyID || !order.SameDate(t.o.NeededBy, s.RequestedBy) {
		t.o.MinExpiry = t.shelfDate(s.Channel, s.Customer.PartyID, s.RequestedBy)
	}
	dated := *s
	dated.Lines = order.Lasting(s.Lines, t.o.MinExpiry)
	t.submission = &dated
}

// shelfDate is the date that a channel and a customer demand of what is ordered now;
// the one that demands more decides.
func (t *turn) shelfDate(channel, customer string, neededBy *time.Time) *time.Time {
	row, _ := t.customers.Get(customer)
	return order.ShelfDate(max(t.cfg.MinShelfLife[channel], row.MinShelfLifeDays), t.ctx.Now(), neededBy)
}
