// Package cataloguehttp is the HTTP edge of the catalogue:
//
//	GET  /v1/products/{sku}
//	GET  /v1/prices?customer=C-100&sku=A&sku=B&qty=10&currency=EUR
//	POST /v1/eligibility {"customer": "C-100", "ship_to": {"country": "DE"}, "currency": "EUR", "lines": [...]}
//	GET  /v1/catalog/quarantine
//	GET  /v1/crossrefs?partner=shop&kind=item
//	GET  /v1/crossrefs/unmapped
//	GET  /v1/crossrefs/candidates?partner=shop&their_id=B7&name=hex+bolt&barcode=4006381333931
//	PUT  /v1/crossrefs/{partner}/{kind}/{their_id} {"our_id": "WS-1001", "by": "ann"}
//	POST /v1/catalog/quarantine:resolve {"kind": "product", "key": "A", "submission_id": "...", "approve": true, "by": "ann"}
//
// All reads are answered from this process's copies, never by asking the owner of
// the data.
package cataloguehttp

import (
	"net/http"
	"time"

	"github.com/millrace/millrace/platform/fault"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/catalogue/cataloguestream"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/streams"
)

// cacheControl suits data that changes within minutes to hours.
const cacheControl = "max-age=10, stale-while-revalidate=60, stale-if-error=3600"

// maxWaiting bounds the answer of the quarantine, in rows.
const maxWaiting = 500

// Config of the edge. All fields are required.
type Config struct {
	Room    *cataloguestream.Room
	Rows    streams.Committed
	Write   gateway.Writer
	Schemas *codec.Schemas
	Now     func() time.Time
}

// Edge answers from a room.
type Edge struct {
	Config
	resolves  *codec.Codec[event.CatalogResolve]
	submits   *codec.Codec[event.CatalogSubmit]
	crossrefs *codec.Codec[event.CrossrefPublished]
}

// New makes the edge.
func New(config Config) *Edge {
	return &Edge{
		config, codec.Of[event.CatalogResolve](config.Schemas, topic.CatalogResolve), codec.Of[event.CatalogSubmit](config.Schemas, topic.CatalogSubmit),
		codec.Of[event.CrossrefPublished](config.Schemas, topic.CrossrefPublished),
	}
}

// Routes adds the endpoints.
func (e *Edge) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/products/{sku}", e.product)
	mux.HandleFunc("GET /v1/prices", e.prices)
	mux.HandleFunc("POST /v1/eligibility", e.eligibility)
	mux.HandleFunc("GET /v1/crossrefs", e.listCrossrefs)
	mux.HandleFunc("GET /v1/crossrefs/candidates", e.candidates)
	mux.HandleFunc("GET /v1/crossrefs/unmapped", e.unmapped)
	mux.HandleFunc("PUT /v1/crossrefs/{partner}/{kind}/{their_id}", e.mapCrossref)
	mux.HandleFunc("GET /v1/catalog/quarantine", e.quarantine)
	mux.HandleFunc("POST /v1/catalog/quarantine:resolve", e.resolve)
}

func unprocessable(fields ...httpd.Field) error {
	return httpd.NewProblem(http.StatusUnprocessableEntity, "INVALID", "The question has fields that cannot be accepted.").WithErrors(fields...)
}

// missing is the problem of what is not there; while the copies are still being
// read nobody can say so.
func (e *Edge) missing(code, detail string) *httpd.Problem {
	if !e.Room.Ready() {
		return httpd.NewProblem(http.StatusServiceUnavailable, "NOT_READY", "The catalogue is still being read.")
	}
	return httpd.NewProblem(http.StatusNotFound, code, detail)
}

// Waiting is a row in quarantine.
type Waiting struct {
	Kind         string     `json:"kind"`
	Key          string     `json:"key"`
	SubmissionID string     `json:"submission_id"`
	Source       string     `json:"source"`
	Since        *time.Time `json:"since,omitempty"`
	Version      int64      `json:"version"`    // of the published row, 0 for none
	Approvable   bool       `json:"approvable"` // nothing in it is impossible
	Findings     []Finding  `json:"findings"`
}

// Finding is one thing that is wrong or odd in a row.
type Finding struct {
	Field  string `json:"field,omitempty"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Fatal  bool   `json:"fatal"`
}

func (e *Edge) quarantine(w http.ResponseWriter, r *http.Request) {
	answer := struct {
		Rows []Waiting `json:"rows"`
		More bool      `json:"more"`
	}{Rows: []Waiting{}}
	err := e.Room.Quarantine(e.Rows, func(row cataloguestream.Waiting) bool {
		if len(answer.Rows) == maxWaiting {
			answer.More = true
			return false
		}
		answer.Rows = append(answer.Rows, waitingOf(row))
		return true
	})
	if err != nil {
		httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, err))
		return
	}
	httpd.WriteCached(w, r, "no-cache", answer)
}

func waitingOf(row cataloguestream.Waiting) Waiting {
	shown := Waiting{
		Kind: string(row.Kind), Key: row.Key, SubmissionID: row.WaitingSubmission, Source: row.WaitingSource, Since: row.WaitingSince,
		Version: row.Version, Approvable: true, Findings: []Finding{},
	}
	for _, f := range row.Findings {
		shown.Findings = append(shown.Findings, Finding(f))
		shown.Approvable = shown.Approvable && !f.Fatal
	}
	return shown
}

// resolution is a person's word on a row in quarantine.
type resolution struct {
	Kind         string `json:"kind"`
	Key          string `json:"key"`
	SubmissionID string `json:"submission_id"`
	Approve      bool   `json:"approve"`
	By           string `json:"by"`
	Reason       string `json:"reason"`
}

// resolve writes the word down: 202, since the row's entity decides. A word that
// is repeated, or comes too late, does nothing.
func (e *Edge) resolve(w http.ResponseWriter, r *http.Request) {
	if _, err := gateway.KeyOf(r); err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	var word resolution
	if err := httpd.DecodeRequest(r, &word); err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	var wrong []httpd.Field
	for pointer, text := range map[string]string{"/kind": word.Kind, "/key": word.Key, "/submission_id": word.SubmissionID, "/by": word.By} {
		if text == "" || len(text) > 2*maxText {
			wrong = append(wrong, httpd.Field{Pointer: pointer, Code: httpd.CodeRange, Detail: "It is needed, and bounded at 400 bytes."})
		}
	}
	if len(wrong) > 0 {
		httpd.WriteError(w, r, unprocessable(wrong...))
		return
	}
	command := event.CatalogResolve{
		SubmissionID: word.SubmissionID, Kind: event.CatalogKind(word.Kind), RowKey: word.Key, Approve: word.Approve,
		By: word.By, Reason: word.Reason, ResolvedAt: e.Now(),
	}
	value, err := e.resolves.Append(nil, &command)
	if err == nil {
		_, _, err = e.Write(r.Context(), topic.CatalogResolve.Name, cataloguestream.Key(command.Kind, word.Key), value)
	}
	if err != nil {
		httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, err))
		return
	}
	w.WriteHeader(http.StatusAccepted)
}
