package availabilityhttp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/availability/availabilitystream"
)

// Bounds of the streams of changes.
const (
	maxStreams = 1000
	maxBurst   = 1000 // items
	// coalesce is the least time between two bursts of one stream; an item that
	// changes more often is sent as it is then.
	coalesce = 100 * time.Millisecond
	// silence is how long a stream without changes goes without a sign of life.
	silence = 15 * time.Second
	// writeWithin bounds one burst to a slow client.
	writeWithin = 30 * time.Second
)

// changes streams what changes as server-sent events named availability, each
// with an Item as data:
//
//	GET /v1/availability/changes?channel=shop&location=north&sku=A&since=0:1042,1:987
//
// The filters are those of a read; without a sku all items are sent. The last
// event of a burst has an id. A client that comes back with it, as Last-Event-ID
// or since, gets all that changed meanwhile, each item once; any process can go
// on with it. since=start begins with all there is, and without either a stream
// begins now. An item may be sent again that did not change.
func (e *Edge) changes(w http.ResponseWriter, r *http.Request) {
	follow, q, err := e.following(r)
	if err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	select {
	case e.streams <- struct{}{}:
		defer func() { <-e.streams }()
	default:
		w.Header().Set("Retry-After", "5")
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusServiceUnavailable, "TOO_MANY_STREAMS", fmt.Sprintf("This process serves %d streams, which is all it takes.", maxStreams)))
		return
	}
	ctx, cancel := httpd.UntilDraining(r.Context())
	defer cancel()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy that buffers would hold changes back
	w.WriteHeader(http.StatusOK)
	s := &stream{edge: e, out: w, control: http.NewResponseController(w), query: q, wanted: make(map[string]bool)}
	for _, sku := range q.SKUs {
		s.wanted[sku] = true
	}
	s.run(ctx, follow)
}

// following reads what a stream is asked for.
func (e *Edge) following(r *http.Request) (*availabilitystream.Changes, *query, error) {
	values := r.URL.Query()
	since := r.Header.Get("Last-Event-Id")
	if since == "" {
		since = values.Get("since")
	}
	values.Del("since")
	q, err := queryOf(values, !values.Has("sku"))
	if err != nil {
		return nil, nil, err
	}
	if _, _, err := e.viewOf(q); err != nil {
		return nil, nil, err
	}
	switch since {
	case "":
		return e.room.Follow(nil), q, nil
	case "start":
		since = ""
	}
	cursor, err := availability.ParseCursor(since)
	if err != nil {
		return nil, nil, invalid(httpd.Field{Pointer: "since", Code: httpd.CodeFormat, Detail: "It is the id of an event of this stream, or start."})
	}
	return e.room.Follow(cursor), q, nil
}

// stream is one open answer.
type stream struct {
	edge    *Edge
	out     http.ResponseWriter
	control *http.ResponseController
	query   *query
	wanted  map[string]bool // none: all
}

// run sends until ctx ends or the client is gone.
func (s *stream) run(ctx context.Context, changes *availabilitystream.Changes) {
	next, full := []byte(": begin\n\n"), false
	for s.write(next) == nil && (full || wait(ctx, coalesce)) {
		bounded, cancel := context.WithTimeout(ctx, silence)
		skus := changes.Next(bounded, maxBurst)
		cancel()
		full = len(skus) >= maxBurst // there is more
		var err error
		if next, err = s.burst(ctx, skus, changes.At()); err != nil {
			return
		}
	}
}

// wait reports whether ctx goes on for so long.
func wait(ctx context.Context, long time.Duration) bool {
	pause := time.NewTimer(long)
	defer pause.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-pause.C:
		return true
	}
}

func (s *stream) write(b []byte) error {
	err := s.control.SetWriteDeadline(time.Now().Add(writeWithin))
	if err != nil && !errors.Is(err, http.ErrNotSupported) { // the writers of tests have no deadline
		return err
	}
	if _, err := s.out.Write(b); err != nil {
		return err
	}
	return s.control.Flush()
}

// burst writes the items that were asked for, as they are now, and ends with
// the place behind them.
func (s *stream) burst(ctx context.Context, skus []string, at availability.Cursor) ([]byte, error) {
	var asked []string
	for _, sku := range skus {
		if len(s.wanted) == 0 || s.wanted[sku] {
			asked = append(asked, sku)
		}
	}
	b := []byte(": alive\n")
	if len(asked) > 0 {
		q := *s.query
		q.SKUs = asked
		a, err := s.edge.answer(ctx, &q)
		if err != nil {
			return nil, err
		}
		b = b[:0]
		for i := range a.reading.Items {
			if i > 0 {
				b = append(b, '\n')
			}
			b = append(b, "event: availability\ndata: "...)
			b = append(a.appendItem(b, &a.reading.Items[i]), '\n')
		}
	}
	if len(at) > 0 {
		b = fmt.Appendf(b, "id: %s\n", at)
	}
	return append(b, '\n'), nil
}
