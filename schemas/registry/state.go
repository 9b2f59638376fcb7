package registry

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/millrace/millrace/schemas/compat"
)

// state is what the server knows: pure, folded from the records of its store.
type state struct {
	subjects map[string][]version    // versions by subject; version n stands at n-1
	schemas  []string                // text by id; id n stands at n-1
	ids      map[string]int          // id by normal form, equal schemas share one
	levels   map[string]compat.Level // compatibility by subject, "" for all others
}

// version is one schema of a subject. It is also the value of its record.
type version struct {
	Subject string `json:"subject"`
	Version int    `json:"version"`
	ID      int    `json:"id"`
	Schema  string `json:"schema"`
}

// config is the value of a compatibility record.
type config struct {
	Level compat.Level `json:"compatibility"`
}

// Keys of records start with what they hold.
const (
	schemaKey = "schema/"
	configKey = "config/"
)

// newState returns the state of an empty registry.
func newState() *state {
	return &state{
		subjects: map[string][]version{},
		ids:      map[string]int{},
		levels:   map[string]compat.Level{"": compat.FullTransitive},
	}
}

// record returns the record that keeps v.
func (v version) record() (Record, error) {
	value, err := json.Marshal(v)
	return Record{Key: fmt.Sprintf("%s%s/%d", schemaKey, v.Subject, v.Version), Value: value}, err
}

// record returns the record that keeps c for subject.
func (c config) record(subject string) (Record, error) {
	value, err := json.Marshal(c)
	return Record{Key: configKey + subject, Value: value}, err
}

// apply folds one record into the state. Versions and ids come in the order they
// were given; a record out of order is damage.
func (s *state) apply(r Record) error {
	if subject, ok := strings.CutPrefix(r.Key, configKey); ok {
		var c config
		if err := json.Unmarshal(r.Value, &c); err != nil {
			return fmt.Errorf("reading record %s: %w", r.Key, err)
		}
		s.levels[subject] = c.Level
		return nil
	}
	var v version
	if err := json.Unmarshal(r.Value, &v); err != nil {
		return fmt.Errorf("reading record %s: %w", r.Key, err)
	}
	return s.add(v)
}

// add folds a version into the state.
func (s *state) add(v version) error {
	known := s.subjects[v.Subject]
	if v.Version <= len(known) && v.Version > 0 && known[v.Version-1] == v {
		return nil // written twice
	}
	if v.Version != len(known)+1 || v.ID < 1 || v.ID > len(s.schemas)+1 {
		return fmt.Errorf("version %d of %s with id %d does not follow: two registries wrote to one store", v.Version, v.Subject, v.ID)
	}
	if v.ID == len(s.schemas)+1 {
		s.schemas = append(s.schemas, v.Schema)
		s.ids[normal(v.Schema)] = v.ID
	}
	s.subjects[v.Subject] = append(known, v)
	return nil
}

// next returns the version that registering schema under subject makes.
func (s *state) next(subject, schema string) version {
	id, ok := s.ids[normal(schema)]
	if !ok {
		id = len(s.schemas) + 1
	}
	return version{Subject: subject, Version: len(s.subjects[subject]) + 1, ID: id, Schema: schema}
}

// find returns the version of subject that equals schema.
func (s *state) find(subject, schema string) (version, bool) {
	id, ok := s.ids[normal(schema)]
	i := slices.IndexFunc(s.subjects[subject], func(v version) bool { return v.ID == id })
	if !ok || i < 0 {
		return version{}, false
	}
	return s.subjects[subject][i], true
}

// level returns the compatibility level in force for subject.
func (s *state) level(subject string) compat.Level {
	if level, ok := s.levels[subject]; ok {
		return level
	}
	return s.levels[""]
}

// texts returns the schemas of some versions.
func texts(versions []version) [][]byte {
	out := make([][]byte, len(versions))
	for i, v := range versions {
		out[i] = []byte(v.Schema)
	}
	return out
}

// normal returns schema without regard to white space and the order of
// attributes, which clients change when they render it; numbers keep their
// digits.
func normal(schema string) string {
	decoder := json.NewDecoder(strings.NewReader(schema))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return schema
	}
	var out bytes.Buffer
	if json.NewEncoder(&out).Encode(value) != nil {
		return schema
	}
	return out.String()
}
