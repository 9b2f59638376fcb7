package registry

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// subjects answers with the names of all subjects.
func (s *Server) subjects(*http.Request) (any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return append([]string{}, slices.Sorted(maps.Keys(s.state.subjects))...), nil
}

// versions answers with the version numbers of a subject.
func (s *Server) versions(r *http.Request) (any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	subject := r.PathValue("subject")
	versions, ok := s.state.subjects[subject]
	if !ok {
		return nil, subjectNotFound(subject)
	}
	numbers := make([]int, len(versions))
	for i, v := range versions {
		numbers[i] = v.Version
	}
	return numbers, nil
}

// version answers with one version of a subject.
func (s *Server) version(r *http.Request) (any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.versionOf(r)
}

// versionText answers with the schema of one version alone.
func (s *Server) versionText(r *http.Request) (any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	v, err := s.versionOf(r)
	return json.RawMessage(v.Schema), err
}

// versionOf returns the version a request names: a number, latest or -1. The
// caller holds the lock.
func (s *Server) versionOf(r *http.Request) (version, error) {
	subject, name := r.PathValue("subject"), r.PathValue("version")
	versions, ok := s.state.subjects[subject]
	if !ok {
		return version{}, subjectNotFound(subject)
	}
	if name == "latest" || name == "-1" {
		return versions[len(versions)-1], nil
	}
	n, err := strconv.ParseInt(name, 10, 32)
	switch {
	case err != nil || n < 1:
		return version{}, invalidVersion(name)
	case int(n) > len(versions):
		return version{}, versionNotFound(name)
	}
	return versions[n-1], nil
}

// schema answers with the schema of an id.
func (s *Server) schema(r *http.Request) (any, error) {
	text, _, err := s.byID(r)
	return map[string]string{"schema": text}, err
}

// schemaText answers with the schema of an id alone.
func (s *Server) schemaText(r *http.Request) (any, error) {
	text, _, err := s.byID(r)
	return json.RawMessage(text), err
}

// byID returns the schema and the id a request names.
func (s *Server) byID(r *http.Request) (string, int, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || id < 1 || id > len(s.state.schemas) {
		return "", 0, schemaNotFound(r.PathValue("id"))
	}
	return s.state.schemas[id-1], id, nil
}

// usages answers with the subjects and versions that use an id.
func (s *Server) usages(r *http.Request) (any, error) {
	_, id, err := s.byID(r)
	if err != nil {
		return nil, err
	}
	type usage struct {
		Subject string `json:"subject"`
		Version int    `json:"version"`
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	found := []usage{}
	for _, versions := range s.state.subjects {
		for _, v := range versions {
			if v.ID == id {
				found = append(found, usage{v.Subject, v.Version})
			}
		}
	}
	return found, nil
}

// globalLevel answers with the level of subjects that have none of their own.
func (s *Server) globalLevel(*http.Request) (any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return map[string]any{"compatibilityLevel": s.state.level("")}, nil
}

// subjectLevel answers with a subject's own level, or the global one if asked.
func (s *Server) subjectLevel(r *http.Request) (any, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	subject := r.PathValue("subject")
	if _, own := s.state.levels[subject]; !own && r.URL.Query().Get("defaultToGlobal") != "true" {
		return nil, levelNotFound(subject)
	}
	return map[string]any{"compatibilityLevel": s.state.level(subject)}, nil
}
