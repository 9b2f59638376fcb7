package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/millrace/millrace/schemas/topic"
)

// record is a record of a topic as the server shows it.
type record struct {
	Timestamp time.Time       `json:"timestamp"`
	Key       string          `json:"key"`
	Value     json.RawMessage `json:"value"`
	Error     string          `json:"error"`
}

// deleted tells a tombstone.
func (r *record) deleted() bool {
	return r.Error == "" && (len(r.Value) == 0 || string(r.Value) == "null")
}

// into decodes the value into an event. Field names of schemas are those of Go
// with underscores between the words, and case does not count.
func (r *record) into(event any) error {
	if r.Error != "" {
		return fmt.Errorf("reading the record of %s: %s", r.Key, r.Error)
	}
	decoder := json.NewDecoder(bytes.NewReader(r.Value))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return fmt.Errorf("reading the record of %s: %w", r.Key, err)
	}
	text, err := json.Marshal(joined(value))
	if err == nil {
		err = json.Unmarshal(text, event)
	}
	if err != nil {
		return fmt.Errorf("reading the record of %s: %w", r.Key, err)
	}
	return nil
}

// joined takes the underscores out of all field names.
func joined(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := make(map[string]any, len(value))
		for name, inner := range value {
			out[strings.ReplaceAll(name, "_", "")] = joined(inner)
		}
		return out
	case []any:
		for i := range value {
			value[i] = joined(value[i])
		}
	}
	return value
}

// records reads what a topic holds, one record at a time.
func (r *remote) records(ctx context.Context, of topic.Def, query url.Values, take func(*record) error) error {
	body, err := r.open(ctx, http.MethodGet, "/v1/events/"+url.PathEscape(of.Name)+"?"+query.Encode(), nil, nil)
	if err != nil {
		return err
	}
	defer body.Close()
	for lines := json.NewDecoder(bufio.NewReader(body)); ; {
		var one record
		switch err := lines.Decode(&one); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("reading %s: %w", of.Name, err)
		}
		if err := take(&one); err != nil {
			return fmt.Errorf("reading %s: %w", of.Name, err)
		}
	}
}
