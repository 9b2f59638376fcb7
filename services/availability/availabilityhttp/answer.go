package availabilityhttp

import (
	"encoding/json"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/availability/availabilitystream"
)

// Answer is the body of GET /v1/availability and of a batch.
type Answer struct {
	// Stale says that the items may be older than they should be.
	Stale bool `json:"stale"`
	// Reduced says that, for that reason, the channel is shown a part of the units.
	Reduced bool   `json:"reduced,omitempty"`
	Items   []Item `json:"items"` // in the order asked for
}

// Item is what can be sold of a sku, in base units.
type Item struct {
	SKU   string `json:"sku"`
	Known bool   `json:"known"` // false: all that follows is absent
	// Available is the sum over the locations shown; one that lacks units takes
	// nothing from what others have. Of a kit it is what its parts give together.
	Available int64      `json:"available"`
	Locations []Location `json:"locations"`
	Parts     []Part     `json:"parts,omitempty"` // of a kit
	Version   int64      `json:"version,omitempty"`
	AsOf      *time.Time `json:"as_of,omitempty"`
	Source    *Source    `json:"source,omitempty"` // absent of a kit
}

// Location is what a node could promise; below zero it lacks units for what it
// has promised.
type Location struct {
	Location  string `json:"location"`
	Available int64  `json:"available"`
}

// Part is what a kit is made of.
type Part struct {
	SKU       string `json:"sku"`
	Quantity  int64  `json:"quantity"` // in one kit
	Available int64  `json:"available"`
}

// Source is the record the answer was made from.
type Source struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// answer is an Answer that is not written yet. It is written by hand, since
// reading availability is what clients do most; a test compares with
// encoding/json.
type answer struct {
	reading availabilitystream.Reading
	view    availability.View
	stale   bool
	reduced bool
}

// append writes the answer behind b as Answer's JSON.
func (a *answer) append(b []byte) []byte {
	b = append(b, `{"stale":`...)
	b = strconv.AppendBool(b, a.stale)
	if a.reduced {
		b = append(b, `,"reduced":true`...)
	}
	b = append(b, `,"items":[`...)
	for i := range a.reading.Items {
		if i > 0 {
			b = append(b, ',')
		}
		b = a.appendItem(b, &a.reading.Items[i])
	}
	return append(b, "]}"...)
}

func (a *answer) appendItem(b []byte, item *availabilitystream.Item) []byte {
	b = appendText(append(b, `{"sku":`...), item.SKU)
	b = strconv.AppendBool(append(b, `,"known":`...), item.Known)
	if !item.Known {
		return append(b, `,"available":0,"locations":[]}`...)
	}
	b = strconv.AppendInt(append(b, `,"available":`...), item.Total(a.view), 10)
	nodes := item.Nodes
	if item.Parts != nil && a.view.Bought {
		nodes = availability.Assembled(item.SKU, item.Parts, item.PartRows, a.view).Nodes
	}
	b = a.appendLocations(append(b, `,"locations":`...), nodes)
	for i, part := range item.Parts {
		if b = append(b, ','); i == 0 {
			b = append(b, `"parts":[`...)
		}
		b = appendText(append(b, `{"sku":`...), part.Sku)
		b = strconv.AppendInt(append(b, `,"quantity":`...), part.Qty, 10)
		b = strconv.AppendInt(append(b, `,"available":`...), a.view.Total(item.PartRows[i]), 10)
		b = append(b, '}')
	}
	if item.Parts != nil {
		b = append(b, ']')
	}
	if item.Version > 0 {
		b = strconv.AppendInt(append(b, `,"version":`...), item.Version, 10)
	}
	if !item.AsOf.IsZero() {
		b = append(item.AsOf.AppendFormat(append(b, `,"as_of":"`...), time.RFC3339Nano), '"')
	}
	if item.Version > 0 {
		b = appendSource(append(b, `,"source":`...), item.Source)
	}
	return append(b, '}')
}

func (a *answer) appendLocations(b []byte, nodes []availability.NodeUnits) []byte {
	b = append(b, '[')
	first := true
	for i := range nodes {
		n := &nodes[i]
		if !a.view.Shows(n.Node) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendText(append(b, `{"location":`...), n.Node)
		b = strconv.AppendInt(append(b, `,"available":`...), a.view.Units(n), 10)
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendSource(b []byte, s availability.Source) []byte {
	b = appendText(append(b, `{"topic":`...), s.Topic)
	b = strconv.AppendInt(append(b, `,"partition":`...), int64(s.Partition), 10)
	b = strconv.AppendInt(append(b, `,"offset":`...), s.Offset, 10)
	return append(b, '}')
}

// appendText writes a JSON string as encoding/json does.
func appendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(text) // a string always marshals
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}
