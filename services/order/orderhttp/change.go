package orderhttp

import (
	"fmt"
	"net/http"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/order"
)

// cancelBody asks to cancel what has not left, or some units of lines.
type cancelBody struct {
	Reason      string       `json:"reason"`
	RequestedBy string       `json:"requested_by"`
	Lines       []cancelLine `json:"lines"`
}

// cancelLine is how many units of a line shall be cancelled.
type cancelLine struct {
	LineID   string `json:"line_id"`
	Quantity int64  `json:"quantity"`
}

// resolveBody is a decision about an order that cannot go on by itself, or shall not.
type resolveBody struct {
	Action       string     `json:"action"`
	Reason       string     `json:"reason"`
	FulfilmentID string     `json:"fulfilment_id"`
	ShipmentID   string     `json:"shipment_id"`
	Redress      string     `json:"redress"`
	Note         string     `json:"note"`
	RequestedBy  string     `json:"requested_by"`
	ExpiresAt    *time.Time `json:"expires_at"`
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
	command := event.OrderCancel{
		OrderID: id, Reason: orElse(clip(body.Reason), "CUSTOMER"), RequestedBy: orElse(clip(body.RequestedBy), before.Channel), RequestedAt: e.now(),
	}
	for n, l := range body.Lines {
		if l.LineID == "" || l.Quantity < 1 || n == maxLines {
			httpd.WriteProblem(w, r, invalid(httpd.Field{Pointer: fmt.Sprintf("/lines/%d", n), Code: codeRange, Detail: "want a line_id and a quantity of at least 1"}))
			return
		}
		command.Lines = append(command.Lines, event.CancelLine{LineID: l.LineID, Qty: l.Quantity})
	}
	if len(command.Lines) > 0 {
		command.RequestID = r.Header.Get(gateway.IdempotencyKey)
	}
	value, err := e.cancels.Append(nil, &command)
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
	case o.Phase == event.OrderPhaseCancelled, len(command.Lines) > 0 && o.Version > before.Version:
		e.show(w, r, http.StatusOK, id)
	default:
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusConflict, "CANCEL_TOO_LATE", "The order is "+string(order.Status(o))+"."))
	}
}

// amend asks for other lines: 200 they stand, 202 stock is giving back first, 409
// the revision is older than one that was taken, or the order has gone too far.
func (e *Edge) amend(w http.ResponseWriter, r *http.Request) {
	var body amendBody
	id, before := e.changing(w, r, &body)
	if before == nil {
		return
	}
	lines := &reading{edge: e, body: &Body{Channel: before.Channel, Currency: before.Currency, Lines: body.Lines}, out: new(event.OrderSubmit)}
	if lines.lines(); body.Revision < 1 {
		lines.wrong("/revision", codeRange, "a revision counts from 1")
	}
	if len(lines.fields) > 0 {
		httpd.WriteProblem(w, r, invalid(lines.fields...))
		return
	}
	value, err := e.amends.Append(nil, &event.OrderAmend{
		OrderID: id, Revision: body.Revision, Reason: clip(body.Reason), RequestedAt: e.now(), Currency: before.Currency, Lines: lines.out.Lines,
	})
	if err != nil {
		e.fail(w, r, err)
		return
	}
	o, err := e.decided(r, topic.OrderAmend, id, value)
	switch {
	case err != nil:
		e.fail(w, r, err)
	case o == nil || o.Revision == body.Revision && order.Planning(o):
		e.show(w, r, http.StatusAccepted, id)
	case o.Revision == body.Revision:
		e.show(w, r, http.StatusOK, id)
	case o.Revision > body.Revision:
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusConflict, "AMEND_STALE", fmt.Sprintf("Revision %d was taken before.", o.Revision)))
	default:
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusConflict, "AMEND_TOO_LATE", "The order is "+string(order.Status(o))+"; once nodes were asked, lines can only shrink."))
	}
}

// resolve takes a decision about an order: hold, resume, give_up, plan_again or lost.
// Whether it changed anything stands in the order and its timeline.
func (e *Edge) resolve(w http.ResponseWriter, r *http.Request) {
	var body resolveBody
	id, before := e.changing(w, r, &body)
	if before == nil {
		return
	}
	action := event.ResolveAction(body.Action)
	switch action {
	case event.ResolveActionHold, event.ResolveActionResume, event.ResolveActionGiveUp, event.ResolveActionPlanAgain:
	case event.ResolveActionLost:
		if field := body.lost(); field != nil {
			httpd.WriteProblem(w, r, invalid(*field))
			return
		}
	default:
		httpd.WriteProblem(w, r, invalid(httpd.Field{Pointer: "/action", Code: codeUnknown, Detail: "want hold, resume, give_up, plan_again or lost"}))
		return
	}
	if action == event.ResolveActionHold && order.Barriers[body.Reason] == 0 {
		httpd.WriteProblem(w, r, invalid(httpd.Field{Pointer: "/reason", Code: codeUnknown, Detail: fmt.Sprintf("%q is no reason of a hold", clip(body.Reason))}))
		return
	}
	value, err := e.resolves.Append(nil, &event.OrderResolve{
		OrderID: id, Action: action, Reason: clip(body.Reason), FulfilmentID: clip(body.FulfilmentID), ShipmentID: clip(body.ShipmentID), Redress: body.Redress, Note: clip(body.Note),
		RequestedBy: orElse(clip(body.RequestedBy), before.Channel), RequestedAt: e.now(), ExpiresAt: body.ExpiresAt,
	})
	if err != nil {
		e.fail(w, r, err)
		return
	}
	o, err := e.decided(r, topic.OrderResolve, id, value)
	switch {
	case err != nil:
		e.fail(w, r, err)
	case o == nil:
		e.show(w, r, http.StatusAccepted, id)
	default:
		e.show(w, r, http.StatusOK, id)
	}
}

// lost says what is wrong with a word that a shipment was lost, nil when nothing is.
func (b *resolveBody) lost() *httpd.Field {
	switch {
	case b.ShipmentID == "":
		return &httpd.Field{Pointer: "/shipment_id", Code: codeRange, Detail: "want the shipment that will not arrive"}
	case b.Redress != "" && !order.Redress(b.Redress).Redresses():
		return &httpd.Field{Pointer: "/redress", Code: codeUnknown, Detail: "want refund or reship, or none for what the channel does"}
	}
	return nil
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
