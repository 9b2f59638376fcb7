package orderstream_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/streams/streamstest"
)

// TestPrepaidOrdersLeaveOnceEnoughIsSetAside: statements of payment partners, in
// any order, twice, before the submission or after stock's answer, release the
// order exactly when they add up to its worth.
func TestPrepaidOrdersLeaveOnceEnoughIsSetAside(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := open(t)
		qty := rapid.Int64Range(1, 9).Draw(rt, "qty")
		terms := event.PaymentTermsPrepaid
		s := c.order(line("a", qty))
		s.Terms = &terms
		set := int64(0)
		inputs := []func(){func() { put(c, submits, s) }}
		for n := range rapid.IntRange(0, 4).Draw(rt, "statements") {
			amount := rapid.Int64Range(1, 500).Draw(rt, "amount")
			set += amount
			for range rapid.IntRange(1, 2).Draw(rt, "times") {
				inputs = append(inputs, func() { c.pay("authorise", fmt.Sprint("T", n), amount) })
			}
		}
		if rapid.Bool().Draw(rt, "declined") {
			inputs = append(inputs, func() {
				put(c, declines, &event.PaymentDeclined{PaymentID: "P", TransactionID: "D", OrderID: c.id, Action: event.PaymentActionAuthorise, Currency: "EUR", Reason: "FUNDS", DeclinedAt: c.Now()})
			})
		}
		stock := &shelf{left: map[string]int64{"a north": 20}, grants: map[string][]event.Grant{}}
		answer := func() {
			for _, cmd := range c.next() {
				stock.answer(c, cmd)
			}
		}
		for _, do := range rapid.Permutation(inputs).Draw(rt, "arrival") {
			do()
			if rapid.Bool().Draw(rt, "stock answers") {
				answer()
			}
		}
		answer()
		f := c.facts()
		if left, want := count[event.FulfilmentRequested](c, topic.FulfilmentRequested) == 1, set >= 100*qty; left != want {
			rt.Fatalf("of %d due %d are set aside, and the order is %s: %+v", 100*qty, set, order.Status(f.Order), f.Order)
		}
		if len(f.Order.Holds) > 0 && order.Secured(f.Order) {
			rt.Fatalf("it is held %v with all its money there", f.Order.Holds)
		}
	})
}

// TestMoneyForAnOrderThatEndedIsBookedAndSaysNothing: a buyer whose card was
// refused cancels, and pays with another one all the same.
func TestMoneyForAnOrderThatEndedIsBookedAndSaysNothing(t *testing.T) {
	c := open(t)
	terms := event.PaymentTermsPrepaid
	s := c.order(line("a", 3))
	s.Terms = &terms
	put(c, submits, s)
	stock := &shelf{left: map[string]int64{"a north": 20}, grants: map[string][]event.Grant{}}
	answer := func() {
		for cmds := c.next(); len(cmds) > 0; cmds = c.next() {
			for _, cmd := range cmds {
				stock.answer(c, cmd)
			}
		}
	}
	answer()
	put(c, declines, &event.PaymentDeclined{PaymentID: "P", TransactionID: "D", OrderID: c.id, Action: event.PaymentActionAuthorise, Currency: "EUR", Reason: "FUNDS", DeclinedAt: c.Now()})
	put(c, cancels, &event.OrderCancel{OrderID: c.id, Reason: "CUSTOMER", RequestedAt: c.Now()})
	answer()
	if status := order.Status(c.facts().Order); status != event.OrderStatusCancelled {
		t.Fatalf("the order is %s, want cancelled", status)
	}
	c.pay("authorise", "T", 300)
	answer()
	f := c.facts()
	if n := count[event.OrderResumed](c, topic.OrderResumed); n != 0 || order.Status(f.Order) != event.OrderStatusCancelled || f.Order.Authorised != 300 {
		t.Errorf("%d times resumed after its end; it is %s with %d set aside", n, order.Status(f.Order), f.Order.Authorised)
	}
}

// TestOrdersOnAccountLeaveWithTheCreditOfWhatTheyAreWorthNow: answers about what
// an order was worth before count no more.
func TestOrdersOnAccountLeaveWithTheCreditOfWhatTheyAreWorthNow(t *testing.T) {
	c := open(t)
	terms := event.PaymentTermsAccount
	s := c.order(line("a", 5))
	s.Terms, s.Customer.PartyID = &terms, "C1"
	put(c, submits, s)
	put(c, amends, &event.OrderAmend{OrderID: c.id, Revision: 2, Currency: "EUR", Lines: c.order(line("a", 7)).Lines})
	stock := &shelf{left: map[string]int64{"a north": 20}, grants: map[string][]event.Grant{}}
	for cmds := c.next(); len(cmds) > 0; cmds = c.next() {
		for _, cmd := range cmds {
			stock.answer(c, cmd)
		}
	}
	asked := streamstest.Read(c.Driver, typed[event.CreditRequest](topic.CreditRequest))
	if len(asked) != 2 || asked[0].Value.Amount != 500 || asked[1].Value.Amount != 700 || asked[1].Value.Revision <= asked[0].Value.Revision {
		t.Fatalf("asked %+v, want 500 and then 700", asked)
	}
	answer := func(n int) {
		q := asked[n].Value
		put(c, grants, &event.CreditGranted{RequestID: q.RequestID, OrderID: c.id, Outcome: event.CreditOutcomeGranted, Currency: "EUR", Amount: q.Amount, DecidedAt: c.Now()})
	}
	answer(0)
	c.want(event.OrderStatusAllocated)
	answer(1)
	c.want(event.OrderStatusReleased)
}

// TestTermsAreThoseOfTheCustomerUnlessTheOrderSays: and without either nobody is asked.
func TestTermsAreThoseOfTheCustomerUnlessTheOrderSays(t *testing.T) {
	prepaid := event.PaymentTermsPrepaid
	for name, x := range map[string]struct {
		known bool
		own   *event.PaymentTerms
		want  *event.PaymentTerms
		asks  int
	}{
		"nothing is agreed":          {},
		"the customer's":             {known: true, want: new(event.PaymentTermsAccount), asks: 1},
		"the order's":                {known: true, own: &prepaid, want: &prepaid},
		"the order's, of a nobody's": {own: &prepaid, want: &prepaid},
	} {
		c := open(t)
		if x.known {
			streamstest.Send(c.Driver, typed[event.CustomerPublished](topic.CustomerPublished), "C1", &event.CustomerPublished{Customer: "C1", Terms: event.PaymentTermsAccount, Active: true})
		}
		s := c.order(line("a", 5))
		s.Terms, s.Customer.PartyID = x.own, "C1"
		put(c, submits, s)
		said := streamstest.Read(c.Driver, typed[event.OrderAccepted](topic.OrderAccepted))[0].Value.Terms
		if (said == nil) != (x.want == nil) || said != nil && *said != *x.want {
			t.Errorf("%s: terms %v", name, said)
		}
		if n := count[event.CreditRequest](c, topic.CreditRequest); n != x.asks {
			t.Errorf("%s: credit is asked %d times, want %d", name, n, x.asks)
		}
	}
}

// TestCreditMayComeWhileAnOrderWaitsForSupply: the answer counts when supply comes.
func TestCreditMayComeWhileAnOrderWaitsForSupply(t *testing.T) {
	c := open(t)
	terms := event.PaymentTermsAccount
	s := c.order(line("a", 5))
	s.Terms, s.Customer.PartyID = &terms, "C1"
	put(c, submits, s)
	stock := &shelf{left: map[string]int64{}, grants: map[string][]event.Grant{}}
	answer := func() {
		for cmds := c.next(); len(cmds) > 0; cmds = c.next() {
			for _, cmd := range cmds {
				stock.answer(c, cmd)
			}
		}
	}
	answer()
	c.want(event.OrderStatusBackordered)
	q := streamstest.Read(c.Driver, typed[event.CreditRequest](topic.CreditRequest))[0].Value
	put(c, grants, &event.CreditGranted{RequestID: q.RequestID, OrderID: c.id, Outcome: event.CreditOutcomeGranted, Currency: "EUR", Amount: q.Amount, DecidedAt: c.Now()})
	stock.left["a south"] = 5
	put(c, resolves, &event.OrderResolve{OrderID: c.id, Action: event.ResolveActionPlanAgain, RequestedBy: "eve"})
	answer()
	c.want(event.OrderStatusReleased)
}
