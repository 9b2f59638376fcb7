package settlement

import "github.com/millrace/millrace/schemas/event"

// Input is what can happen to a payment request or a credit.
type Input string

// The inputs.
const (
	Answer  Input = "answer"  // a fact says that it was done
	Decline Input = "decline" // the partner refused it
	Silence Input = "silence" // no answer came in time
	Invoice Input = "invoice" // the invoice that it credits is posted
	Post    Input = "post"    // the system of record posted the credit note
)

// Rule is a line of a transition table over the states S. A pair of state and
// input without a line changes nothing.
type Rule[S ~string] struct {
	From S
	On   Input
	To   S
	Does string
	Why  string
}

// paymentTable is every transition of a payment request.
var paymentTable = []Rule[event.PaymentState]{
	{event.PaymentStateAsked, Answer, event.PaymentStateDone, "book the amount", "the fact counts, not what was asked; what lacks is asked anew"},
	{event.PaymentStateAsked, Decline, event.PaymentStateDeclined, "use another means, or stop", "the same question has the same answer"},
	{event.PaymentStateAsked, Silence, event.PaymentStateAsked, "ask again under the same id", "the answer may be lost; the partner does it once"},
	{event.PaymentStateDeclined, Answer, event.PaymentStateDone, "book the amount", "refused, then done after all: a fact; if it is too much it is paid back"},
	{event.PaymentStateDeclined, Decline, event.PaymentStateDeclined, "-", "said twice"},
	{event.PaymentStateDone, Answer, event.PaymentStateDone, "book the amount", "done in parts; a repeat is known by its transaction"},
	{event.PaymentStateDone, Decline, event.PaymentStateDone, "-", "an old refusal that comes late"},
}

// creditTable is every transition of a credit.
var creditTable = []Rule[event.CreditState]{
	{event.CreditStateWaitingInvoice, Invoice, event.CreditStateApproved, "say refund.approved; the balance falls", "a credit note names a posted invoice; what is credited without an order has none to wait for"},
	{event.CreditStateApproved, Post, event.CreditStatePosted, "the balance follows the posted total", "the system of record decides what was credited"},
	{event.CreditStatePosted, Post, event.CreditStatePosted, "-", "said twice"},
}

// next finds the rule for an input, nil when it changes nothing.
func next[S ~string](table []Rule[S], from S, on Input) *Rule[S] {
	for i := range table {
		if table[i].From == from && table[i].On == on {
			return &table[i]
		}
	}
	return nil
}
