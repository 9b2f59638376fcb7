package audit

import (
	"strconv"
	"strings"
)

// K2, accounting: nothing that was put into the log is lost. Every request that a
// room answers is answered within Answer, or its record is a dead letter; every
// record can be read.
//
// From order.submit and order.accepted or order.rejected; inventory.command and
// inventory.answer; credit.request (hold) and credit.granted; order.return and
// return.claimed; settlement.request of a return and return.credited; and every
// topic of dead letters. What a room filters or parks stands in no topic; the
// runtime counts that at each commit.

// ask is a request and whether it was answered; the answer may be read first.
type ask struct {
	Place
	Key      string
	Answered bool
}

// deadLetters ends the names of topics of dead letters; their headers say which
// record could not be handled.
const (
	deadLetters    = ".dlq"
	headerOfTopic  = "__streams.errors.topic"
	headerOfPart   = "__streams.errors.partition"
	headerOfOffset = "__streams.errors.offset"
)

// ask files a request of a kind; one that is repeated is one request.
func (a *Auditor) ask(kind, id string, f *fact) {
	name := kind + sep + id
	q := a.asks[name]
	if q == nil {
		q = new(ask)
		a.asks[name] = q
	}
	if q.known() {
		return
	}
	a.touch(rowAsk + name)
	q.Place, q.Key = f.Place, f.key
	a.later(Accounting, judgeAnswer, name, "", f, a.limits.Answer)
}

// answered files the answer to a request.
func (a *Auditor) answered(kind, id string, f *fact) {
	name := kind + sep + id
	q := a.asks[name]
	if q == nil {
		q = new(ask)
		a.asks[name] = q
		a.later("", judgeAnswer, name, "", f, a.limits.Answer+a.limits.Skew)
	}
	q.Answered = true
	a.touch(rowAsk + name)
}

// judgeAnswers: the request was answered by now.
func (a *Auditor) judgeAnswers(w *appointment) {
	q := a.asks[w.Key]
	if q == nil {
		return
	}
	delete(a.asks, w.Key)
	a.touch(rowAsk + w.Key)
	if !q.known() {
		return
	}
	a.checked(Accounting)
	if q.Answered || a.dead[q.Place.String()] {
		return
	}
	kind, id, _ := strings.Cut(w.Key, sep)
	a.violated(Accounting, q.Key, "unanswered "+w.Key, "an answer to "+kind+" "+id+" within "+a.limits.Answer.String()+", or a dead letter", "neither", q.Place)
}

// deadLetter notes which record could not be handled.
func (a *Auditor) deadLetter(r *Record) {
	partition, err := strconv.ParseInt(r.header(headerOfPart), 10, 32)
	if err != nil {
		return // a timer or an answer of a call
	}
	offset, err := strconv.ParseInt(r.header(headerOfOffset), 10, 64)
	if err != nil {
		return
	}
	if len(a.dead) >= maxDead {
		clear(a.dead)
	}
	place := Place{r.header(headerOfTopic), int32(partition), offset}
	a.dead[place.String()] = true
	a.touch(rowDead + place.String())
}

// maxDead bounds the dead letters that are remembered.
const maxDead = 100_000

func (a *Auditor) noteCreditRequest(f *fact) {
	if f.text("action") == "hold" {
		a.ask("credit", f.text("request_id"), f)
	}
}

func (a *Auditor) noteCreditGranted(f *fact) { a.answered("credit", f.text("request_id"), f) }

func (a *Auditor) noteReturnClaim(f *fact) {
	a.ask("return", f.text("claim_id")+sep+strconv.FormatInt(f.number("revision"), 10), f)
}

func (a *Auditor) noteSettlementRequest(f *fact) {
	if f.text("return_id") != "" {
		a.ask("settlement", f.text("request_id"), f)
	}
}

func (a *Auditor) noteReturnCredited(f *fact) { a.answered("settlement", f.text("request_id"), f) }
