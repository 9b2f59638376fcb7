// Package partyhttp takes parties in and erases them:
//
//	PUT    /v1/parties/{id}
//	DELETE /v1/parties/{id}
//	GET    /v1/parties/{id}
//
// The last says that there is a party, its version, country, region and language:
// no personal data leaves over HTTP.
package partyhttp

import (
	"net/http"
	"time"

	"github.com/millrace/millrace/platform/fault"
	"github.com/millrace/millrace/platform/httpd"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/party"
	"github.com/millrace/millrace/services/party/partystream"
)

// Config of the edge. All fields are required.
type Config struct {
	Room *partystream.Room
	// Write writes a record of a topic, a tombstone when the value is nil.
	Write   gateway.Writer
	Schemas *codec.Schemas
	Now     func() time.Time
}

// Edge serves /v1/parties.
type Edge struct {
	Config
	parties *codec.Codec[event.Party]
}

// New makes the edge.
func New(config Config) *Edge {
	return &Edge{config, codec.Of[event.Party](config.Schemas, topic.Party)}
}

// Routes adds the endpoints.
func (e *Edge) Routes(mux *http.ServeMux) {
	mux.HandleFunc("PUT /v1/parties/{id}", e.put)
	mux.HandleFunc("DELETE /v1/parties/{id}", e.erase)
	mux.HandleFunc("GET /v1/parties/{id}", e.get)
}

// body is a party as it comes in.
type body struct {
	Name         string   `json:"name"`
	Organisation string   `json:"organisation"`
	Lines        []string `json:"lines"`
	City         string   `json:"city"`
	Postcode     string   `json:"postcode"`
	Region       string   `json:"region"`
	Country      string   `json:"country"`
	Email        string   `json:"email"`
	Phone        string   `json:"phone"`
	Language     string   `json:"language"`
	Source       string   `json:"source"`
}

// Shown is what is said of a party.
type Shown struct {
	PartyID  string    `json:"party_id"`
	Version  int64     `json:"version"`
	Country  string    `json:"country"`
	Region   string    `json:"region,omitempty"`
	Language string    `json:"language,omitempty"`
	AsOf     time.Time `json:"as_of"`
}

// put writes the whole party: 202, and readers of the topic have it soon.
func (e *Edge) put(w http.ResponseWriter, r *http.Request) {
	var b body
	if err := httpd.DecodeRequest(r, &b); err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	before, _ := e.Room.Party(r.PathValue("id"))
	p := event.Party{
		PartyID: r.PathValue("id"), Name: b.Name, Organisation: b.Organisation, Lines: b.Lines, City: b.City, Postcode: b.Postcode,
		Region: b.Region, Country: b.Country, Email: b.Email, Phone: b.Phone, Language: b.Language, Source: b.Source,
		Version: before.Version + 1, PublishedAt: e.Now(),
	}
	if faults := party.Check(&p); len(faults) > 0 {
		problem := httpd.NewProblem(http.StatusUnprocessableEntity, "INVALID", "The party has fields that cannot be accepted.")
		for _, f := range faults {
			problem = problem.WithErrors(httpd.Field{Pointer: "/" + f.Field, Code: httpd.CodeFormat, Detail: f.Detail})
		}
		httpd.WriteProblem(w, r, problem)
		return
	}
	value, err := e.parties.Append(nil, &p)
	if err != nil {
		httpd.WriteError(w, r, err)
		return
	}
	e.write(w, r, p.PartyID, value)
}

// erase writes a tombstone, whether or not there is such a party: whoever asks
// twice is answered alike.
func (e *Edge) erase(w http.ResponseWriter, r *http.Request) { e.write(w, r, r.PathValue("id"), nil) }

func (e *Edge) write(w http.ResponseWriter, r *http.Request, id string, value []byte) {
	if _, _, err := e.Write(r.Context(), topic.Party.Name, id, value); err != nil {
		httpd.WriteError(w, r, fault.Wrap(fault.Unavailable, err))
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func (e *Edge) get(w http.ResponseWriter, r *http.Request) {
	p, ok := e.Room.Party(r.PathValue("id"))
	switch {
	case ok:
		w.Header().Set("Cache-Control", "no-store")
		httpd.WriteJSON(w, r, http.StatusOK, Shown{p.PartyID, p.Version, p.Country, p.Region, p.Language, p.PublishedAt})
	case !e.Room.Ready():
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusServiceUnavailable, "NOT_READY", "Parties are still being read."))
	default:
		httpd.WriteProblem(w, r, httpd.NewProblem(http.StatusNotFound, "PARTY_UNKNOWN", "There is no such party, or it was erased."))
	}
}
