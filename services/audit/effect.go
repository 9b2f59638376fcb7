package audit

import (
	"fmt"
	"strings"
)

// E1, effects: the outside has each document once. The system of record gave one
// number to an order, an invoice and a credit note; no document is on record as
// sent twice, but for a reminder; no call to the outside that did not go at once was
// answered twice.
//
// A reminder is the same document again, byte for byte, by which a partner knows
// it under its number. It is sent when whoever asked the partner asks again, once
// each time: a sending that repeats without such a request of its own is a second
// effect.
//
// From order.registered, invoice.posted, credit.posted, partner.outbound and
// effect.status, judged at once; whether a repeat was asked for, from
// fulfilment.requested, fulfilment.cancel, purchase.requested and payment.requested, when the
// watermark passes it by Skew. What a partner has and never told stands in no
// topic; documents pulled from it are compared by whoever pulls them.

// paper is a number that the outside gave to something of ours.
type paper struct {
	Place
	Number string
}

// numbered takes the number that the outside gave to a thing of an order.
func (a *Auditor) numbered(o *order, thing, number string, f *fact) {
	a.checked(Effects)
	was, known := o.Papers[thing]
	if !known {
		o.Papers[thing] = paper{f.Place, number}
		return
	}
	if was.Number != number {
		a.violated(Effects, o.ID, thing+" "+number, fmt.Sprintf("one number for %s", thing), fmt.Sprintf("%s and %s", was.Number, number), was.Place, f.Place)
	}
}

func (a *Auditor) noteRegistered(f *fact) {
	a.numbered(a.word(f.key, f), "the order at "+f.text("system"), f.text("number"), f)
}

// reminder is a request that was made again, and what it is about.
type reminder struct {
	Place
	Of string // fulfilment, purchase or payment
}

// noteReminder takes a request to a partner that is repeated.
func (a *Auditor) noteReminder(f *fact) {
	if f.number("attempt") > 1 && f.id != "" {
		a.word(f.text("order_id"), f).Reminders[f.id] = reminder{f.Place, f.text("fulfilment_id") + f.text("purchase_id") + f.text("payment_id")}
	}
}

// repeat is a document that was sent again because of a cause.
type repeat struct {
	Place
	First           Place
	Cause, Document string
}

// noteOutbound takes a document that was sent.
func (a *Auditor) noteOutbound(f *fact) {
	a.checked(Effects)
	name := "sent" + sep + f.text("partner") + sep + f.text("kind") + sep + f.text("document_id")
	first, again := a.seen.add(name, f.Place)
	_, same := a.seen.add(name+sep+f.text("sha256"), f.Place)
	if !again {
		return
	}
	document := fmt.Sprintf("document %s of kind %s", f.text("document_id"), f.text("kind"))
	_, used := a.seen.add(name+sep+"for"+sep+f.cause, f.Place)
	switch {
	case !same:
		a.violated(Effects, f.key, "sent anew "+name+f.String(), "a document is sent again only as it was", fmt.Sprintf("%s went to %s with another content", document, f.text("partner")), first, f.Place)
	case f.order == "" || f.cause == "" || used:
		a.violated(Effects, f.key, "sent "+name, sentOnce, fmt.Sprintf("%s went to %s again", document, f.text("partner")), first, f.Place)
	default:
		a.order(f.order).Repeats[f.String()] = repeat{f.Place, first, f.cause, f.text("document_id")}
		a.later(Effects, judgeRepeat, f.order, f.String(), f, a.limits.Skew)
	}
}

const sentOnce = "a document is sent once, and once more each time that it is asked for again"

// judgeRepeats: somebody asked again for what was sent again.
func (a *Auditor) judgeRepeats(w *appointment) {
	o := a.orders[w.Key]
	if o == nil {
		return
	}
	r, waits := o.Repeats[w.Ref]
	if !waits {
		return
	}
	delete(o.Repeats, w.Ref)
	a.checked(Effects)
	if why, asked := o.Reminders[r.Cause]; !asked || !strings.HasPrefix(r.Document, why.Of) {
		a.violated(Effects, o.ID, "sent "+w.Ref, sentOnce, fmt.Sprintf("document %s was sent again and nobody asked for it", r.Document), r.First, r.Place, why.Place)
	}
}

// noteEffect takes a step of a call to the outside.
func (a *Auditor) noteEffect(f *fact) {
	if s := f.text("state"); s != "answered" && s != "refused" {
		return
	}
	a.checked(Effects)
	if was, twice := a.seen.add("effect"+sep+f.text("effect_id"), f.Place); twice {
		a.violated(Effects, f.key, "answered "+f.text("effect_id"), "a call is answered once", "effect "+f.text("effect_id")+" was answered again", was, f.Place)
	}
}
