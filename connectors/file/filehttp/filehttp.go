// Package filehttp is the HTTP edge of files: it takes the files of a partner,
// starts their run and shows how far it is.
//
//	POST /v1/partners/{id}/files?speed=&seed=   multipart/form-data, or one raw file with ?name=
//	GET  /v1/runs/{id}
//	GET  /v1/runs/{id}/refused                  the refused rows as JSON lines
//
// A run's id follows from the partner, the content of the files and the seed:
// sending the same again is the same run, so an upload that broke off is simply
// repeated. X-Checksum-Sha256, when given, must fit the one raw file or the
// part that carries it.
package filehttp

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/millrace/millrace/connectors/file/filestream"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/streams"
)

// Limit is the largest upload in bytes, all files together. A server must let
// bodies of this size come through to the edge.
const Limit = 256 << 20

const uploadTime = 10 * time.Minute // to send an upload

// Edge serves the files' routes.
type Edge struct {
	// Partners are those that may send files.
	Partners []partner.Config
	// Dir is where runs lie, as in filestream.Config.
	Dir string
	// Start writes the command that begins a run, and returns when it is safe.
	Start func(ctx context.Context, run *event.PartnerRun) error
	// Room and Rows show runs.
	Room *filestream.Room
	Rows streams.Committed
}

// Routes adds the edge's routes to a mux.
func (e *Edge) Routes(mux *http.ServeMux) {
	mux.HandleFunc("POST /v1/partners/{id}/files", e.serve(e.upload))
	mux.HandleFunc("GET /v1/runs/{id}", e.serve(e.show))
	mux.HandleFunc("GET /v1/runs/{id}/refused", e.serve(e.refused))
}

func (e *Edge) serve(handle func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := handle(w, r)
		if refusal, ok := streams.RefusalOf(err); ok {
			if refusal.RetryAfter > 0 {
				w.Header().Set("Retry-After", strconv.Itoa(int(refusal.RetryAfter.Seconds())))
			}
			err = httpd.NewProblem(refusal.Status, "NOT_HERE", err.Error())
		}
		if err != nil {
			httpd.WriteError(w, r, err)
		}
	}
}

// upload stores the files and starts the run.
func (e *Edge) upload(w http.ResponseWriter, r *http.Request) error {
	p, ok := partner.ByID(e.Partners, r.PathValue("id"))
	if !ok || p.File == nil {
		return httpd.NewProblem(http.StatusNotFound, "PARTNER_UNKNOWN", "No partner of this id sends files.")
	}
	speed, err := number(r, "speed")
	if err != nil {
		return err
	}
	seed, err := number(r, "seed")
	if err != nil {
		return err
	}
	control := http.NewResponseController(w)
	deadline := time.Now().Add(uploadTime)
	if err := errors.Join(control.SetReadDeadline(deadline), control.SetWriteDeadline(deadline)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, Limit)
	run, err := e.store(r, p, seed)
	if err != nil {
		return err
	}
	run.Speed, run.RequestedAt = speed, time.Now().UTC().Truncate(time.Microsecond)
	if err := e.Start(r.Context(), run); err != nil {
		return err
	}
	w.Header().Set("Location", "/v1/runs/"+run.RunID)
	httpd.WriteJSON(w, r, http.StatusAccepted, map[string]any{"run_id": run.RunID, "partner": run.Partner, "files": run.Files})
	return nil
}

// number reads a query parameter of 0 or more; 0 when it is not there.
func number(r *http.Request, name string) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, httpd.NewProblem(http.StatusBadRequest, "PARAMETER", "The parameter "+name+" must be an integer of 0 or more.")
	}
	return n, nil
}
