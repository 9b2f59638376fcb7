// Package taphttp serves topics over HTTP: which there are, and their records as
// lines of JSON.
package taphttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/platform/kafka"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/topic"
)

// Edge answers GET /v1/topics and GET /v1/events/{topic}.
type Edge struct {
	Reader    *kafka.Reader
	Documents *codec.Documents
}

// Routes adds the edge to mux.
func (e *Edge) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/topics", e.topics)
	mux.HandleFunc("GET /v1/events/{topic}", e.events)
}

// Topic is one topic in the answer of GET /v1/topics.
type Topic struct {
	Name       string `json:"name"`
	Kind       string `json:"kind"`
	Key        string `json:"key"`
	Owner      string `json:"owner"`
	Lifecycle  string `json:"lifecycle"`
	Partitions int    `json:"partitions"`
	// Records is an upper bound: markers of transactions count.
	Records   int64  `json:"records"`
	Retention string `json:"retention,omitempty"`
	Doc       string `json:"doc"`
}

func (e *Edge) topics(w http.ResponseWriter, r *http.Request) {
	defs := topic.All()
	names := make([]string, len(defs))
	for i, def := range defs {
		names[i] = def.Name
	}
	ends, err := e.Reader.Ends(r.Context(), names...)
	if err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	answer := struct {
		Topics []Topic `json:"topics"`
	}{make([]Topic, 0, len(defs))}
	for _, def := range defs {
		t := Topic{
			Name: def.Name, Kind: string(def.Kind), Key: def.Key, Owner: def.Owner, Lifecycle: string(def.Lifecycle),
			Partitions: len(ends[def.Name].Next), Records: ends[def.Name].Records(), Doc: def.Doc,
		}
		if def.Retention > 0 {
			t.Retention = fmt.Sprintf("%dd", int(def.Retention/(24*time.Hour)))
		}
		answer.Topics = append(answer.Topics, t)
	}
	httpd.WriteJSON(w, r, http.StatusOK, answer)
}

// Line is one record in the answer of GET /v1/events/{topic}.
type Line struct {
	Topic     string            `json:"topic"`
	Partition int32             `json:"partition"`
	Offset    int64             `json:"offset"`
	Timestamp time.Time         `json:"timestamp"`
	Key       string            `json:"key"`
	Headers   map[string]string `json:"headers,omitempty"`
	SchemaID  int               `json:"schema_id,omitempty"`
	Value     any               `json:"value"` // null for a tombstone
	// Error says why Value could not be read.
	Error string `json:"error,omitempty"`
}

// errLimit ends a tail that has shown enough.
var errLimit = errors.New("limit reached")

// query is what a caller of GET /v1/events/{topic} asked for.
type query struct {
	start  kafka.Start
	follow bool
	limit  int
	key    string
}

func (e *Edge) events(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("topic")
	q, problem := parse(r)
	if problem != nil {
		httpd.WriteProblem(w, r, problem)
		return
	}
	ctx, cancel := httpd.UntilDraining(r.Context())
	defer cancel()
	out := &lines{w: w, control: http.NewResponseController(w), documents: e.Documents, query: q}
	err := e.Reader.Tail(ctx, name, q.start, q.follow, out.write)
	switch {
	case err == nil, errors.Is(err, errLimit):
		out.begin()
	case out.begun:
		// The status is gone: cut the answer so that nobody takes it for whole.
		panic(http.ErrAbortHandler)
	case errors.Is(err, kafka.ErrNoTopic):
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusNotFound, "UNKNOWN_TOPIC", fmt.Sprintf("there is no topic %q; GET /v1/topics lists all", name)))
	default:
		httpd.WriteError(w, r, err)
	}
}

func parse(r *http.Request) (query, *httpd.Problem) {
	values := r.URL.Query()
	q := query{follow: values.Get("follow") == "true", key: values.Get("key")}
	switch since := values.Get("since"); since {
	case "", "earliest":
		q.start.Earliest = true
	case "latest":
	default:
		d, err := time.ParseDuration(since)
		if err != nil || d <= 0 {
			return q, httpd.NewProblem(http.StatusUnprocessableEntity, "INVALID_SINCE", fmt.Sprintf("since=%q: want earliest, latest or a duration such as 15m", since))
		}
		q.start.Since = d
	}
	if limit := values.Get("limit"); limit != "" {
		n, err := strconv.Atoi(limit)
		if err != nil || n <= 0 {
			return q, httpd.NewProblem(http.StatusUnprocessableEntity, "INVALID_LIMIT", fmt.Sprintf("limit=%q: want a whole number above 0", limit))
		}
		q.limit = n
	}
	return q, nil
}

// lines writes records as NDJSON and flushes when the reader would wait.
type lines struct {
	w         http.ResponseWriter
	control   *http.ResponseController
	documents *codec.Documents
	query     query
	begun     bool
	count     int
}

// streamFor is how long one line may take to be written to a slow client.
const streamFor = 30 * time.Second

func (l *lines) begin() {
	if !l.begun {
		l.begun = true
		l.w.Header().Set("Content-Type", "application/x-ndjson")
		l.w.Header().Set("Cache-Control", "no-store")
		l.w.WriteHeader(http.StatusOK)
	}
}

func (l *lines) write(r kafka.Record) error {
	if l.query.key != "" && l.query.key != string(r.Key) {
		return nil
	}
	l.begin()
	if err := l.control.SetWriteDeadline(time.Now().Add(streamFor)); err != nil {
		return fmt.Errorf("extending the answer: %w", err)
	}
	if err := json.NewEncoder(l.w).Encode(l.line(r)); err != nil {
		return fmt.Errorf("writing line: %w", err)
	}
	if l.query.follow || l.count%256 == 0 {
		if err := l.control.Flush(); err != nil {
			return fmt.Errorf("writing line: %w", err)
		}
	}
	if l.count++; l.count == l.query.limit {
		return errLimit
	}
	return nil
}

func (l *lines) line(r kafka.Record) Line {
	line := Line{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: time.UnixMilli(r.Timestamp).UTC(), Key: string(r.Key)}
	if len(r.Headers) > 0 {
		line.Headers = make(map[string]string, len(r.Headers))
		for _, h := range r.Headers {
			line.Headers[h.Key] = string(h.Value)
		}
	}
	if r.Value == nil {
		return line
	}
	value, id, err := l.documents.Read(r.Value)
	line.SchemaID, line.Value = id, value
	if err != nil {
		line.Error = err.Error()
	}
	return line
}
