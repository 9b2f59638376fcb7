package availabilityhook

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/effect"
)

// said says whether the newest message stands on webhook.status. One from before the
// topic does not, and what it said is told once more, under the number 1.
func said(told *event.AvailabilityToldRecord) bool { return told.Seq > 0 }

// digest is the SHA-256 of a body in hex.
func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// sayAsked writes what an endpoint is to be told.
func (r *Room) sayAsked(ctx streams.Ctx, h *hook, told *event.AvailabilityToldRecord, m *Message, body []byte) {
	r.status.Send(ctx, ctx.Key(), &event.WebhookStatus{
		MessageID: told.MessageID, Endpoint: h.ID, Channel: h.Channel, Type: Changed, Subject: ctx.Key(), Seq: told.Seq, State: event.WebhookStateAsked,
		Sha256: digest(body), Version: m.Data.Version, Available: m.Data.Available, Locations: told.Shown, At: ctx.Now(),
	})
}

// sayAnswered writes what became of the newest message: what was taken is said as the
// call saw it, so that a body which changed on its way shows.
func (r *Room) sayAnswered(ctx streams.Ctx, told *event.AvailabilityToldRecord, in streams.Answer[taken]) {
	if !said(told) {
		return
	}
	s := event.WebhookStatus{
		MessageID: in.Value.ID, Endpoint: in.Name, Type: Changed, Subject: ctx.Key(), Seq: told.Seq, State: event.WebhookStateTaken,
		Sha256: in.Value.SHA256, Attempt: in.Attempts, At: ctx.Now(),
	}
	if in.Err != nil {
		s.MessageID, s.State, s.Cause = told.MessageID, event.WebhookStateRefused, effect.Cause(in.Err)
	}
	r.status.Send(ctx, ctx.Key(), &s)
}
