package httpd

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/millrace/millrace/platform/fault"
)

// ProblemType is the media type of a Problem.
const ProblemType = "application/problem+json"

// Problem is an error answer after RFC 9457. Code is stable and for programs,
// Detail is for people; Retryable says whether the same request may succeed
// later. It is also an error, so a handler can return it through other code.
type Problem struct {
	Type      string  `json:"type"`
	Title     string  `json:"title"`
	Status    int     `json:"status"`
	Detail    string  `json:"detail,omitempty"`
	Code      string  `json:"code"`
	Errors    []Field `json:"errors,omitempty"`
	RequestID string  `json:"request_id,omitempty"`
	Retryable bool    `json:"retryable"`
}

// Field is one thing wrong in a request body: an RFC 6901 pointer to it, a
// stable code and a sentence.
type Field struct {
	Pointer string `json:"pointer"`
	Code    string `json:"code"`
	Detail  string `json:"detail"`
}

// NewProblem returns a problem whose type and title follow from code and
// status. Answers 429, 503 and 504 are retryable.
func NewProblem(status int, code, detail string) *Problem {
	return &Problem{
		Type:      "/problems/" + strings.ToLower(strings.ReplaceAll(code, "_", "-")),
		Title:     http.StatusText(status),
		Status:    status,
		Detail:    detail,
		Code:      code,
		Retryable: status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout,
	}
}

// Error returns code and detail.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// WithErrors returns the problem with the fields that are wrong.
func (p *Problem) WithErrors(fields ...Field) *Problem {
	p.Errors = append(p.Errors, fields...)
	return p
}

// statusOf is the answer to each kind of failure.
var statusOf = map[fault.Code]int{
	fault.Invalid:     http.StatusUnprocessableEntity,
	fault.NotFound:    http.StatusNotFound,
	fault.Conflict:    http.StatusConflict,
	fault.Denied:      http.StatusForbidden,
	fault.Throttled:   http.StatusTooManyRequests,
	fault.Unavailable: http.StatusServiceUnavailable,
	fault.Timeout:     http.StatusGatewayTimeout,
}

// ProblemOf classifies err: a Problem is itself, a DecodeError points at the
// wrong fields, a classified fault maps to its status. An unclassified error
// is INTERNAL and its text is withheld, since it may name inner things.
func ProblemOf(err error) *Problem {
	var problem *Problem
	if errors.As(err, &problem) {
		return problem
	}
	var decode *DecodeError
	if errors.As(err, &decode) {
		return decode.Problem()
	}
	code := fault.CodeOf(err)
	status, known := statusOf[code]
	if !known {
		return NewProblem(http.StatusInternalServerError, "INTERNAL", "The server failed; the request id finds the reason in its log.")
	}
	return NewProblem(status, string(code), err.Error())
}

// WriteProblem answers r with p and the request's id. The shared p is not
// changed, so problems may be declared once.
func WriteProblem(w http.ResponseWriter, r *http.Request, p *Problem) {
	answer := *p
	answer.RequestID = RequestIDOf(r.Context())
	body, err := json.Marshal(answer)
	if err != nil { // strings, ints and bools always marshal
		panic(err)
	}
	h := w.Header()
	h.Set("Content-Type", ProblemType)
	h.Set("Cache-Control", "no-store")
	h.Del("ETag")
	w.WriteHeader(answer.Status)
	_, _ = w.Write(append(body, '\n'))
}

// WriteError answers r with the problem that err is.
func WriteError(w http.ResponseWriter, r *http.Request, err error) {
	WriteProblem(w, r, ProblemOf(err))
}

// WriteJSON answers with status and v as JSON. A value that cannot be
// marshalled becomes a 500, since nothing has been sent yet.
func WriteJSON(w http.ResponseWriter, r *http.Request, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		WriteError(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}
