// Package fulfilmenthttp is the HTTP edge of carriers:
//
//	POST /v1/carriers/{id}/scans   what a carrier says about its numbers
//
// A carrier signs what it sends as a Standard Webhook, or shows a bearer token. The edge
// checks the form, and writes a batch whole or not at all. It reads no word and decides
// nothing: the same statement has the same id whenever it is said, and counts once.
package fulfilmenthttp

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/millrace/millrace/platform/fault"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/platform/webhook"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/fulfilment"
	"github.com/millrace/millrace/services/gateway"
)

// Bounds of what comes in.
const (
	maxScans = 500
	maxText  = 200     // bytes
	maxRaw   = 4 << 10 // bytes
	maxAhead = time.Hour
)

// Carrier is a partner that says where parcels are.
type Carrier struct {
	ID string
	// Names are those of the carriers that it speaks for, as those who ship write them; the
	// first is meant when it names none.
	Names []string
	// Secrets sign what it sends, and Bearer is its token; they are asked at each request,
	// so that a rotated one is taken up. One of them may be nil.
	Secrets func() ([]webhook.Secret, error)
	Bearer  func() (string, error)
}

// Config of the edge. All fields are required.
type Config struct {
	Carriers []Carrier
	Together gateway.Together
	Schemas  *codec.Schemas
	Now      func() time.Time
}

// Edge serves /v1/carriers.
type Edge struct {
	Config
	scans *codec.Codec[event.ParcelScanned]
}

// New makes the edge.
func New(config Config) *Edge {
	return &Edge{Config: config, scans: codec.Of[event.ParcelScanned](config.Schemas, topic.ParcelScanned)}
}

// Routes adds the endpoints.
func (e *Edge) Routes(mux *http.ServeMux) {
	mux.HandleFunc("POST /v1/carriers/{id}/scans", e.take)
}

// batch is what a carrier says at once.
type batch struct {
	Events []scan `json:"events"`
}

type scan struct {
	Carrier  string    `json:"carrier"`  // by a name of it; empty for the partner's first
	Number   string    `json:"number"`   // tracking number
	Status   string    `json:"status"`   // the carrier's word
	Detail   string    `json:"detail"`   // what it adds to the word
	Time     time.Time `json:"time"`     // when it happened
	Sequence int64     `json:"sequence"` // in the carrier's own count, 0 for none
	Corrects bool      `json:"corrects"` // takes back what it said before
	Raw      string    `json:"raw"`      // the statement as it stands with the carrier
}

// take writes a batch: 200 once all of it is safe.
func (e *Edge) take(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	body, err := io.ReadAll(io.LimitReader(r.Body, httpd.DefaultBodyLimit+1)) // the signature is over the bytes
	if err == nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	c, problem := e.known(id, r, body)
	switch {
	case err != nil:
		httpd.WriteError(w, r, fmt.Errorf("reading body: %w", err))
		return
	case problem != nil:
		httpd.WriteProblem(w, r, problem)
		return
	}
	var said batch
	if err := httpd.DecodeRequest(r, &said); err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	commands, wrong, err := e.commands(c, said.Events)
	if len(wrong) > 0 {
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusUnprocessableEntity, "INVALID", "The request has fields that cannot be accepted, so nothing of it was taken.").WithErrors(wrong...))
		return
	}
	if err == nil {
		_, err = e.Together(r.Context(), commands...)
	}
	if err != nil {
		httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, fmt.Errorf("writing scans of %s: %w", id, err)))
		return
	}
	httpd.WriteJSON(w, r, http.StatusOK, map[string]int{"taken": len(commands)})
}

// known finds the carrier, and makes sure that it is who sends.
func (e *Edge) known(id string, r *http.Request, body []byte) (*Carrier, *httpd.Problem) {
	for n := range e.Carriers {
		if c := &e.Carriers[n]; c.ID == id {
			if err := e.authentic(c, r, body); err != nil {
				return nil, httpd.NewProblem(http.StatusUnauthorized, "UNAUTHENTICATED", "It is not known that "+id+" sends this: "+err.Error()+".")
			}
			return c, nil
		}
	}
	return nil, httpd.NewProblem(http.StatusNotFound, "CARRIER_UNKNOWN", fmt.Sprintf("No partner %.60q is a carrier.", id))
}

// errSecret says that it is our side that cannot check; why goes to no stranger.
var errSecret = errors.New("its secret cannot be read here")

func (e *Edge) authentic(c *Carrier, r *http.Request, body []byte) error {
	token, shown := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if shown && c.Bearer != nil {
		want, err := c.Bearer()
		if err != nil || want == "" {
			return errSecret
		}
		if subtle.ConstantTimeCompare([]byte(token), []byte(want)) != 1 {
			return errors.New("the bearer token is another one")
		}
		return nil
	}
	if c.Secrets == nil {
		return errors.New("send Authorization: Bearer with its token")
	}
	secrets, err := c.Secrets()
	if err != nil {
		return errSecret
	}
	return webhook.Verify(secrets, r.Header, e.Now(), body)
}

// commands are the records of a batch, or what is wrong with it.
func (e *Edge) commands(c *Carrier, scans []scan) (all []gateway.Command, wrong []httpd.Field, err error) {
	if len(scans) < 1 || len(scans) > maxScans {
		return nil, []httpd.Field{{Pointer: "/events", Code: httpd.CodeRange, Detail: fmt.Sprintf("there are 1 to %d events", maxScans)}}, nil
	}
	for n, s := range scans {
		wrong = append(wrong, e.check(c, n, &s)...)
		name := s.Carrier
		if name == "" {
			name = c.Names[0]
		}
		record := event.ParcelScanned{
			Partner: c.ID, Carrier: name, Tracking: s.Number, Word: s.Status, Detail: s.Detail, Corrects: s.Corrects, Raw: s.Raw, SourceSeq: s.Sequence,
			OccurredAt: s.Time.UTC().Truncate(time.Microsecond),
		}
		key := fulfilment.LabelID(record.Carrier, s.Number)
		record.ScanID = scanID(&record, key)
		value, failed := e.scans.Append(nil, &record)
		err = errors.Join(err, failed)
		all = append(all, gateway.Command{Topic: topic.ParcelScanned.Name, Key: key, Value: value})
	}
	return all, wrong, err
}

// check says what is wrong with the nth statement of a batch.
func (e *Edge) check(c *Carrier, n int, s *scan) (wrong []httpd.Field) {
	add := func(field, code, detail string) {
		wrong = append(wrong, httpd.Field{Pointer: fmt.Sprintf("/events/%d/%s", n, field), Code: code, Detail: detail})
	}
	for field, text := range map[string]string{"number": s.Number, "status": s.Status} {
		if strings.TrimSpace(text) == "" || len(text) > maxText {
			add(field, httpd.CodeRange, fmt.Sprintf("It is needed, and bounded at %d bytes.", maxText))
		}
	}
	if len(s.Detail) > maxText || len(s.Raw) > maxRaw {
		add("raw", httpd.CodeRange, fmt.Sprintf("a detail has up to %d bytes, what is raw up to %d", maxText, maxRaw))
	}
	if s.Time.IsZero() || s.Time.After(e.Now().Add(maxAhead)) {
		add("time", httpd.CodeRange, "want when it happened, which is not ahead of now")
	}
	if s.Sequence < 0 {
		add("sequence", httpd.CodeRange, "a sequence counts from 1; 0 is none")
	}
	if s.Carrier != "" && !c.speaksFor(s.Carrier) {
		add("carrier", httpd.CodeRange, "the partner speaks for "+strings.Join(c.Names, ", "))
	}
	return wrong
}

func (c *Carrier) speaksFor(name string) bool {
	for _, own := range c.Names {
		if strings.EqualFold(strings.TrimSpace(own), strings.TrimSpace(name)) {
			return true
		}
	}
	return false
}

// scanID names a statement by all that it says.
func scanID(s *event.ParcelScanned, key string) string {
	parts := []string{"scan", s.Partner, key, s.Word, s.Detail, strconv.FormatBool(s.Corrects), strconv.FormatInt(s.SourceSeq, 10), s.OccurredAt.Format(time.RFC3339Nano)}
	return uuid.NewSHA1(event.NS, []byte(strings.Join(parts, event.Separator))).String()
}
