package audit

import (
	"fmt"
	"strconv"
	"strings"
)

// E2, webhooks: the messages to an endpoint about an item are numbered from 1 without
// gap or repeat; each has an id of its own, and what was sent under it is what was to
// be sent; each is answered, or within Take an alert says that the endpoint takes
// nothing. A message says what stock said, and an endpoint whose messages are all
// answered knows what can be sold as of the newest position, within Answer.
//
// From webhook.status, inventory.position and alert.raised. Numbers, ids and bodies
// are judged at once, where a message comes from when the watermark passes it by Skew.
// Messages are owed to the endpoints of the configuration alone; what they say is
// worked out from positions here. That a failed attempt sent the same body is not
// seen, only that the last one did.
func (a *Auditor) noteTelling(f *fact) {
	a.checked(Webhooks)
	key := tellingKey(f.text("endpoint"), f.text("subject"))
	if f.text("state") == stateAsked {
		a.noteMessage(key, f)
	} else {
		a.noteTaken(key, f)
	}
}

// noteMessage takes a message that is to be sent.
func (a *Auditor) noteMessage(key string, f *fact) {
	t := a.telling(key)
	seq, id := f.number("seq"), f.text("message_id")
	if was, again := a.seen.add("message"+sep+id, f.Place); again {
		a.violated(Webhooks, about(key), "id "+id+strconv.FormatInt(seq, 10), "each message has an id of its own", "message "+id+" is asked for again", was, f.Place)
	}
	if unknown := t.Seq == 0 && a.config.Partial; seq != t.Seq+1 && !unknown {
		a.violated(Webhooks, about(key), "number "+f.String(), fmt.Sprintf("message %d", t.Seq+1), fmt.Sprintf("message %d", seq), t.Place, f.Place)
	}
	t.Asked, t.Seq, t.ID, t.SHA256, t.Version, t.Says = Asked{f.Place, f.at}, seq, id, f.text("sha256"), f.number("version"), says(f.row)
	t.State, t.Answered = stateAsked, Place{}
	name := strconv.FormatInt(seq, 10)
	a.later(Webhooks, judgeSource, key, name, f, a.limits.Skew)
	a.later(Webhooks, judgeTaken, key, name, f, a.limits.Take)
}

// noteTaken takes the answer to a message, which is always the newest.
func (a *Auditor) noteTaken(key string, f *fact) {
	t, seq, id := a.telling(key), f.number("seq"), f.text("message_id")
	if t.Seq == 0 && a.config.Partial {
		return // the message was written before the log begins
	}
	switch {
	case t.Seq != seq || t.ID != id || t.State != stateAsked:
		a.violated(Webhooks, about(key), "answer "+f.String(), "an answer to a message that is on its way", fmt.Sprintf("one to message %d, %s", seq, id), t.Place, t.Answered, f.Place)
		return
	case f.text("state") == stateTaken && f.text("sha256") != t.SHA256:
		a.violated(Webhooks, about(key), "body "+id, "body "+t.SHA256+" under the id "+id, "body "+f.text("sha256"), t.Place, f.Place)
	}
	t.State, t.Answered = f.text("state"), f.Place
	a.later(Webhooks, judgeKnown, key, "", f, a.limits.Answer)
}

// noteSale takes what every endpoint should be told of a position.
func (a *Auditor) noteSale(f *fact) {
	for i := range a.config.Endpoints {
		e := &a.config.Endpoints[i]
		key, sells := tellingKey(e.ID, f.key), e.sells(f.row)
		if t := a.tellings[key]; t != nil && t.Sells == sells {
			continue
		}
		t := a.telling(key)
		t.Sells, t.Sold = sells, Asked{f.Place, f.at}
		a.later(Webhooks, judgeKnown, key, "", f, a.limits.Answer)
	}
}

// noteDeaf takes an alert about an endpoint that takes nothing.
func (a *Auditor) noteDeaf(f *fact) {
	endpoint := f.text("subject")
	if strings.HasPrefix(f.text("kind"), "WEBHOOK_") && f.at.After(a.deaf[endpoint]) {
		a.deaf[endpoint] = f.at
		a.touch(rowDeaf + endpoint)
	}
}

// judgeSources: the newest message says what stock said.
func (a *Auditor) judgeSources(w *appointment) {
	t := a.tellings[w.Key]
	if t == nil || strconv.FormatInt(t.Seq, 10) != w.Ref {
		return // a newer message is judged by itself
	}
	_, sku := cut(w.Key)
	a.checked(Webhooks)
	if newest := a.Newest(sku); t.Version > newest {
		a.violated(Webhooks, about(w.Key), "ahead "+w.Ref, fmt.Sprintf("a message of version %d at most", newest), fmt.Sprintf("version %d", t.Version), t.Place)
	}
}

// judgeTakings: the newest message was answered, or an alert says that it is not.
func (a *Auditor) judgeTakings(w *appointment) {
	t := a.tellings[w.Key]
	endpoint, _ := cut(w.Key)
	if t == nil || strconv.FormatInt(t.Seq, 10) != w.Ref || a.endpoint(endpoint) == nil {
		return
	}
	a.checked(Webhooks)
	if t.State == stateAsked && !a.isDeaf(endpoint, t) {
		a.violated(Webhooks, about(w.Key), "untaken "+w.Ref, fmt.Sprintf("message %d is taken within %s, or an alert says that the endpoint takes nothing", t.Seq, a.limits.Take), "neither", t.Place)
	}
}

// isDeaf says whether an alert about an endpoint stands since its newest message.
func (a *Auditor) isDeaf(endpoint string, t *telling) bool {
	alerted, known := a.deaf[endpoint]
	return known && !alerted.Before(t.At)
}

// judgeKnowledge: an endpoint whose newest message was answered knows what can be sold
// by now.
func (a *Auditor) judgeKnowledge(w *appointment) {
	t := a.tellings[w.Key]
	endpoint, sku := cut(w.Key)
	switch {
	case t == nil || a.endpoint(endpoint) == nil || t.Sells == "":
		return
	case t.State == stateAsked || t.Seq == 0 && a.config.Partial:
		return // it is on its way, or stands before the log begins
	case t.Sold.At.Add(a.limits.Answer).After(w.Due) || t.Version > a.Newest(sku):
		return // what changed meanwhile is judged by itself, and so is what is read ahead
	}
	a.checked(Webhooks)
	switch {
	case t.State == stateRefused && !a.isDeaf(endpoint, t):
		a.violated(Webhooks, about(w.Key), "refused "+t.Answered.String(), "an alert that the endpoint is no more", "none", t.Place, t.Answered)
	case t.State == stateTaken && t.Says != t.Sells, t.Seq == 0:
		seen := "nothing was told"
		if t.Seq > 0 {
			seen = fmt.Sprintf("message %d says %s", t.Seq, t.Says)
		}
		a.violated(Webhooks, about(w.Key), "unknown "+t.Sold.String(), "a message that says "+t.Sells, seen, t.Sold.Place, t.Place, t.Answered)
	}
}
