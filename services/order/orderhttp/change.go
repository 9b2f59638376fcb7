package orderhttp

import (
	"net/http"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/order"
)

// cancelBody asks to cancel what has not left.
type cancelBody struct {
	Reason      string `json:"reason"`
	RequestedBy string `json:"requested_by"`
}

// amendBody asks to replace the lines.
type amendBody struct {
	Revision int64      `json:"revision"`
	Reason   string     `json:"reason"`
	Lines    []BodyLine `json:"lines"`
}

// cancel asks to cancel an order: 200 it is cancelled, 202 its nodes were asked
// or stock gives back, 409 it has ended otherwise.
func (e *Edge) cancel(w http.ResponseWriter, r *http.Request) {
	var body cancelBody
	id, before := e.changing(w, r, &body)
	if before == nil {
		return
	}
	value, err := e.cancels.Append(nil, &event.OrderCancel{
		OrderID: id, Reason: orElse(clip(body.Reason), "CUSTOMER"), RequestedBy: orElse(clip(body.RequestedBy), before.Channel), RequestedAt: e.now(),
	})
	if err != nil {
		e.fail(w, r, err)
		return
	}
	o, err := e.decided(r, topic.OrderCancel, id, value)
	switch {
	case err != nil:
		e.fail(w, r, err)
	case o == nil || order.Open(o):
		e.show(w, r, http.StatusAccepted, id)
	case o.Phase == event.OrderPhaseCancelled:
		e.show(w, r, http.StatusOK, id)
	default:
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusConflict, "CANCEL_TOO_LATE", "The order is "+string(order.Status(o))+"."))
	}
}

// amend writes the request down, for the timeline, and refuses it.
func (e *Edge) amend(w http.ResponseWriter, r *http.Request) {
	var body amendBody
	id, before := e.changing(w, r, &body)
	if before == nil {
		return
	}
	value, err := e.amends.Append(nil, &event.OrderAmend{OrderID: id, Revision: body.Revision, Reason: clip(body.Reason), RequestedAt: e.now()})
	if err != nil {
		e.fail(w, r, err)
		return
	}
	if _, err := e.decided(r, topic.OrderAmend, id, value); err != nil {
		e.fail(w, r, err)
		return
	}
	httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusConflict, "AMEND_UNSUPPORTED", "The lines of an accepted order cannot be changed; cancel it and send a new one."))
}

// changing checks a request that changes an order and reads its body. It returns
// a nil record when it has answered.
func (e *Edge) changing(w http.ResponseWriter, r *http.Request, body any) (string, *order.Record) {
	id := idOf(r)
	if _, err := gateway.KeyOf(r); err != nil {
		e.fail(w, r, err)
		return "", nil
	}
	if e.elsewhere(w, r, id) {
		return "", nil
	}
	if err := httpd.DecodeRequest(r, body); err != nil {
		e.fail(w, r, err)
		return "", nil
	}
	o, err := e.Room.Order(e.Runtime, id)
	if err != nil {
		e.fail(w, r, err)
		return "", nil
	}
	if o == nil || o.SubmissionID == "" {
		httpd.WriteProblem(w, r, unknown(r))
		return "", nil
	}
	return id, o
}

func (e *Edge) now() time.Time { return e.Now().UTC().Truncate(time.Microsecond) }

func orElse(text, instead string) string {
	if text == "" {
		return instead
	}
	return text
}
