package orderhttp

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/order"
)

// post takes an order: 201 it is decided, 200 the same order was decided before,
// 422 the number belongs to another order, 202 it is not decided yet.
func (e *Edge) post(w http.ResponseWriter, r *http.Request) {
	key, err := gateway.KeyOf(r)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	var body Body
	if err := decodeTwice(r, &body); err != nil {
		e.fail(w, r, err)
		return
	}
	s, lapsed, wrong := e.read(&body)
	if len(wrong) > 0 {
		httpd.WriteProblem(w, r, invalid(wrong...))
		return
	}
	if !gateway.Agree(key, s.Channel, s.ExternalID) {
		httpd.WriteProblem(w, r, mismatch("The idempotency key of an order is its external_id, or channel:external_id.").WithErrors(
			httpd.Field{Pointer: "/external_id", Code: gateway.CodeMismatch, Detail: fmt.Sprintf("the header %s says %q", gateway.IdempotencyKey, key)}))
		return
	}
	if e.elsewhere(w, r, s.OrderID) {
		return
	}
	if lapsed {
		o, err := e.Room.Order(e.Runtime, s.OrderID)
		if err != nil {
			e.fail(w, r, err)
			return
		}
		if o == nil || o.SubmissionID == "" {
			httpd.WriteProblem(w, r, invalid(httpd.Field{Pointer: "/quote", Code: codeExpired, Detail: "the quote has expired; ask for another promise"}))
			return
		}
	}
	e.submit(w, r, s)
}

// submit writes the command and answers what the order entity decided.
func (e *Edge) submit(w http.ResponseWriter, r *http.Request, s *event.OrderSubmit) {
	s.SubmissionID = uuid.Must(uuid.NewV7()).String()
	if s.OrderedAt.IsZero() {
		s.OrderedAt = e.Now().UTC().Truncate(time.Microsecond)
	}
	value, err := e.submits.Append(nil, s)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	keep, err := e.confirm(s)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	o, err := e.decided(r, topic.OrderSubmit, s.OrderID, value, keep...)
	if err != nil {
		e.fail(w, r, err)
		return
	}
	w.Header().Set("Location", "/v1/orders/"+s.OrderID)
	e.answer(w, r, s, o)
}

// answer tells the submission's outcome from the order's record; nil means that
// time was up.
func (e *Edge) answer(w http.ResponseWriter, r *http.Request, s *event.OrderSubmit, o *order.Record) {
	switch {
	case o == nil || o.SubmissionID == "":
		httpd.WriteJSON(w, r, http.StatusAccepted, pending{OrderID: s.OrderID, Channel: s.Channel, ExternalID: s.ExternalID, Status: event.OrderStatusSubmitted})
	case o.BodyHash != s.BodyHash:
		httpd.WriteProblem(w, r, mismatch(fmt.Sprintf("Channel %s has an order %s with another content.", s.Channel, s.ExternalID)).WithErrors(
			httpd.Field{Pointer: "/external_id", Code: gateway.CodeMismatch, Detail: "the number belongs to another order"}))
	case o.Phase == event.OrderPhaseRejected:
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusUnprocessableEntity, "REJECTED", "The order was refused: "+o.CancelReason+"; its timeline says why."))
	case o.SubmissionID == s.SubmissionID:
		e.show(w, r, http.StatusCreated, s.OrderID)
	default:
		w.Header().Set(gateway.Replayed, "true")
		e.show(w, r, http.StatusOK, s.OrderID)
	}
}

// show answers with the whole order.
func (e *Edge) show(w http.ResponseWriter, r *http.Request, status int, id string) {
	f, err := e.Room.Facts(e.Runtime, id)
	switch {
	case err != nil:
		e.fail(w, r, err)
	case f == nil:
		httpd.WriteProblem(w, r, unknown(r))
	default:
		httpd.WriteJSON(w, r, status, viewOf(f))
	}
}

// pending is the answer while nothing is decided.
type pending struct {
	OrderID    string            `json:"order_id"`
	Channel    string            `json:"channel"`
	ExternalID string            `json:"external_id"`
	Status     event.OrderStatus `json:"status"`
}

func invalid(fields ...httpd.Field) *httpd.Problem {
	return httpd.NewProblem(http.StatusUnprocessableEntity, "INVALID", "The order cannot be taken; nothing was written.").WithErrors(fields...)
}

func mismatch(detail string) *httpd.Problem {
	return httpd.NewProblem(http.StatusUnprocessableEntity, gateway.CodeMismatch, detail)
}

// decodeTwice decodes the body and leaves it to be read again, in case the
// request must go to another process.
func decodeTwice(r *http.Request, dst any) error {
	var kept bytes.Buffer
	body := r.Body
	r.Body = io.NopCloser(io.TeeReader(body, &kept))
	err := httpd.DecodeRequest(r, dst)
	r.Body = io.NopCloser(&kept)
	return err
}
