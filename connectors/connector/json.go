package connector

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Post is a document that is sent as JSON; id names what it is about.
func Post(kind, id, path string, body any) (Document, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return Document{}, fmt.Errorf("writing %s %s: %w", kind, id, err)
	}
	return Document{ID: id, Kind: kind, Method: http.MethodPost, Path: path, Body: b}, nil
}

// Day is a day as partners write it, YYYY-MM-DD; empty for none.
func Day(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format(time.DateOnly)
}

// ReadEvents reads a page {"events": [...]} of a node's feed. H is the vendor's
// line; canonical says what one means and gets its bytes as they came.
func ReadEvents[H any](page []byte, canonical func(line H, raw []byte) NodeEvent) ([]NodeEvent, error) {
	var doc struct {
		Events []json.RawMessage `json:"events"`
	}
	if err := json.Unmarshal(page, &doc); err != nil {
		return nil, fmt.Errorf("reading page of events: %w", err)
	}
	events := make([]NodeEvent, len(doc.Events))
	for i, raw := range doc.Events {
		var line H
		if err := json.Unmarshal(raw, &line); err != nil {
			return nil, fmt.Errorf("reading event %d of a page: %w", i, err)
		}
		events[i] = canonical(line, raw)
	}
	return events, nil
}
