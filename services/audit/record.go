package audit

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/twmb/avro"
)

// Record is one committed record as it stands in the log.
type Record struct {
	Topic     string
	Partition int32
	Offset    int64
	Key       []byte
	Value     []byte // nil for a tombstone
	Headers   []Header
	Time      time.Time // the broker's or the writer's, as the topic has it
}

// Header is a header of a record.
type Header struct {
	Key   string
	Value []byte
}

// header returns the value of the first header of a name, "" for none.
func (r *Record) header(name string) string {
	for i := range r.Headers {
		if r.Headers[i].Key == name {
			return string(r.Headers[i].Value)
		}
	}
	return ""
}

// Place is where a record stands.
type Place struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// String writes a place as topic/partition@offset.
func (p Place) String() string { return fmt.Sprintf("%s/%d@%d", p.Topic, p.Partition, p.Offset) }

func (p Place) known() bool { return p.Topic != "" }

// fact is a decoded record.
type fact struct {
	Place
	at    time.Time
	key   string
	id    string // ce_id
	cause string // ce_id of what led to it
	order string // ce_correlationid: the order it belongs to
	row
}

// row is an Avro record as generic values.
type row map[string]any

func (r row) text(name string) string {
	text, _ := r[name].(string)
	return text
}

func (r row) number(name string) int64 { return number(r[name]) }

func (r row) flag(name string) bool {
	flag, _ := r[name].(bool)
	return flag
}

func (r row) moment(name string) time.Time {
	at, _ := r[name].(time.Time)
	return at
}

func (r row) rows(name string) []row {
	list, _ := r[name].([]any)
	rows := make([]row, 0, len(list))
	for _, v := range list {
		if m, ok := v.(map[string]any); ok {
			rows = append(rows, m)
		}
	}
	return rows
}

func (r row) texts(name string) []string {
	list, _ := r[name].([]any)
	texts := make([]string, 0, len(list))
	for _, v := range list {
		if text, ok := v.(string); ok {
			texts = append(texts, text)
		}
	}
	return texts
}

func number(v any) int64 {
	switch n := v.(type) {
	case int64:
		return n
	case int32:
		return int64(n)
	case int:
		return int64(n)
	}
	return 0
}

// maxSchemas bounds the writers' schemas that are kept; more come only from
// forged ids.
const maxSchemas = 1024

// decoder reads framed Avro with the writer's schema.
type decoder struct {
	text   func(id int) ([]byte, error)
	parsed map[int]*avro.Schema
}

// decode returns the record in a frame: a zero byte, the schema id as four bytes,
// the body. missing says that only the schema could not be had.
func (d *decoder) decode(b []byte) (value row, missing bool, err error) {
	if len(b) < 5 || b[0] != 0 {
		return nil, false, fmt.Errorf("%d bytes are no frame of a schema registry", len(b))
	}
	id := int(binary.BigEndian.Uint32(b[1:5]))
	schema := d.parsed[id]
	if schema == nil {
		text, err := d.text(id)
		if err != nil {
			return nil, true, fmt.Errorf("getting schema %d: %w", id, err)
		}
		if schema, err = avro.Parse(string(text)); err != nil {
			return nil, false, fmt.Errorf("parsing schema %d: %w", id, err)
		}
		if len(d.parsed) >= maxSchemas {
			clear(d.parsed)
		}
		d.parsed[id] = schema
	}
	var v any
	rest, err := schema.Decode(b[5:], &v)
	if err != nil {
		return nil, false, fmt.Errorf("reading with schema %d: %w", id, err)
	}
	if len(rest) > 0 {
		return nil, false, fmt.Errorf("%d bytes follow the record of schema %d", len(rest), id)
	}
	record, ok := v.(map[string]any)
	if !ok {
		return nil, false, fmt.Errorf("schema %d is of no record", id)
	}
	return record, false, nil
}

func comparePlaces(x, y Place) int {
	return cmp.Or(cmp.Compare(x.Topic, y.Topic), cmp.Compare(x.Partition, y.Partition), cmp.Compare(x.Offset, y.Offset))
}
