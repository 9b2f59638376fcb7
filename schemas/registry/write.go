package registry

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/millrace/millrace/schemas/compat"
)

// submission is a schema as clients send it.
type submission struct {
	Schema     string `json:"schema"`
	Type       string `json:"schemaType"` // AVRO when empty
	References []any  `json:"references"`
}

// submitted reads a schema from a request.
func submitted(r *http.Request) (string, error) {
	var body submission
	if err := decode(r, &body); err != nil {
		return "", err
	}
	switch {
	case body.Type != "" && body.Type != "AVRO":
		return "", invalidSchema(fmt.Sprintf("type %s is not supported, only AVRO is", body.Type))
	case len(body.References) > 0:
		return "", invalidSchema("references are not supported: write every type out")
	case body.Schema == "":
		return "", invalidSchema("it is empty")
	}
	return body.Schema, nil
}

// register keeps a schema under a subject and answers with its id. A schema the
// subject already has is answered with the id it has.
func (s *Server) register(r *http.Request) (any, error) {
	text, err := submitted(r)
	if err != nil {
		return nil, err
	}
	subject := r.PathValue("subject")
	s.mu.Lock()
	defer s.mu.Unlock()
	now, err := s.current(r)
	if err != nil {
		return nil, err
	}
	if v, ok := now.find(subject, text); ok {
		return map[string]int{"id": v.ID}, nil
	}
	problems, err := compat.Check(now.level(subject), []byte(text), texts(now.subjects[subject])...)
	switch {
	case err != nil:
		return nil, invalidSchema(err.Error())
	case len(problems) > 0:
		return nil, incompatible(strings.Join(lines(problems), "; "))
	case len(now.schemas) >= maxSchemas:
		return nil, invalidSchema(fmt.Sprintf("the registry is full, it holds %d schemas", maxSchemas))
	}
	next := now.next(subject, text)
	record, err := next.record()
	if err != nil {
		return nil, err
	}
	if err := s.keep(r, record); err != nil {
		return nil, err
	}
	return map[string]int{"id": next.ID}, nil
}

// current returns the state that a change may build on. After a failed write it
// is read anew: the record may have been kept all the same, and its id must not
// be given twice. The caller holds the lock.
func (s *Server) current(r *http.Request) (*state, error) {
	if s.stale {
		if err := s.load(r.Context()); err != nil {
			s.log.Error("reading schema store after a failed write", "err", err)
			return nil, storeFailed()
		}
	}
	return s.state, nil
}

// keep writes a record to the store and then into the state. The caller holds
// the lock.
func (s *Server) keep(r *http.Request, record Record) error {
	if err := s.store.Append(r.Context(), record); err != nil {
		s.stale = true
		s.log.Error("writing to schema store", "key", record.Key, "err", err)
		return storeFailed()
	}
	return s.state.apply(record)
}

// lookup answers with the version of a subject that equals the schema sent.
func (s *Server) lookup(r *http.Request) (any, error) {
	text, err := submitted(r)
	if err != nil {
		return nil, err
	}
	subject := r.PathValue("subject")
	s.mu.RLock()
	defer s.mu.RUnlock()
	if _, ok := s.state.subjects[subject]; !ok {
		return nil, subjectNotFound(subject)
	}
	v, ok := s.state.find(subject, text)
	if !ok {
		return nil, schemaNotFound("in subject " + subject)
	}
	return v, nil
}

// setLevel keeps a compatibility level, of one subject or of all others.
func (s *Server) setLevel(r *http.Request) (any, error) {
	var body config
	if err := decode(r, &body); err != nil {
		return nil, err
	}
	level, err := compat.ParseLevel(string(body.Level))
	if err != nil {
		return nil, invalidLevel(err)
	}
	subject := r.PathValue("subject")
	s.mu.Lock()
	defer s.mu.Unlock()
	now, err := s.current(r)
	if err != nil {
		return nil, err
	}
	if now.levels[subject] == level {
		return body, nil
	}
	record, err := body.record(subject)
	if err != nil {
		return nil, err
	}
	return body, s.keep(r, record)
}

// compatible answers whether a schema might follow one version of a subject, or
// all of them when the request names none.
func (s *Server) compatible(r *http.Request) (any, error) {
	text, err := submitted(r)
	if err != nil {
		return nil, err
	}
	subject := r.PathValue("subject")
	s.mu.RLock()
	defer s.mu.RUnlock()
	older := s.state.subjects[subject]
	if r.PathValue("version") != "" {
		v, err := s.versionOf(r)
		if err != nil {
			return nil, err
		}
		older = []version{v}
	}
	problems, err := compat.Check(s.state.level(subject), []byte(text), texts(older)...)
	if err != nil {
		return nil, invalidSchema(err.Error())
	}
	return map[string]any{"is_compatible": len(problems) == 0, "messages": lines(problems)}, nil
}

// lines returns problems as text.
func lines(problems []compat.Problem) []string {
	out := make([]string, len(problems))
	for i, p := range problems {
		out[i] = p.String()
	}
	return out
}
