package settlement

import (
	"fmt"
	"strings"

	"github.com/millrace/millrace/schemas/event"
)

// Report renders both transition tables, and which input each state handles, as
// the Markdown of machine.md.
func Report() string {
	var b strings.Builder
	b.WriteString("# The machines of settlement\n\nGenerated from machine.go by go generate; do not edit.\n\n## A payment request\n\n")
	write(&b, paymentTable, []event.PaymentState{event.PaymentStateAsked, event.PaymentStateDone, event.PaymentStateDeclined}, []Input{Answer, Decline, Silence})
	b.WriteString("\n## A credit\n\n")
	write(&b, creditTable, []event.CreditState{event.CreditStateWaitingInvoice, event.CreditStateApproved, event.CreditStatePosted}, []Input{Invoice, Post})
	return b.String()
}

func write[S ~string](b *strings.Builder, table []Rule[S], states []S, inputs []Input) {
	b.WriteString("| from | input | to | does | why |\n|---|---|---|---|---|\n")
	for _, r := range table {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", r.From, r.On, r.To, r.Does, r.Why)
	}
	b.WriteString("\n`x` is handled, `-` changes nothing.\n\n| state |")
	for _, in := range inputs {
		fmt.Fprintf(b, " %s |", in)
	}
	b.WriteString("\n|---" + strings.Repeat("|---", len(inputs)) + "|\n")
	for _, s := range states {
		fmt.Fprintf(b, "| %s |", s)
		for _, in := range inputs {
			mark := "-"
			if next(table, s, in) != nil {
				mark = "x"
			}
			fmt.Fprintf(b, " %s |", mark)
		}
		b.WriteString("\n")
	}
}
