package changelog

import (
	"encoding/binary"
	"time"
)

// InputKind says what kind of input came to an entity.
type InputKind byte

// The kinds of inputs, as they are stored.
const (
	RecordInput InputKind = 'r'
	TimerInput  InputKind = 't'
	AnswerInput InputKind = 'a'
)

// String implements fmt.Stringer; dead letters carry the kind in this form.
func (k InputKind) String() string {
	switch k {
	case RecordInput:
		return "record"
	case TimerInput:
		return "timer"
	case AnswerInput:
		return "answer"
	}
	return "unknown"
}

// Header is a header of a record.
type Header struct {
	Key   string
	Value []byte
}

// Place is where a record stands.
type Place struct {
	TopicID   ID
	Partition int32
	Offset    int64
}

// ParkedRow is the value of a parked input: one that failed for now, or that
// came behind such a one, with all that its handler needs. How often the first
// of an entity's parked inputs was tried is in the QueueRow, so that another try
// does not write the input again.
type ParkedRow struct {
	Kind InputKind

	// Topic, At, Time, Key and Headers are a record's; Time is also when a timer
	// was due.
	Topic   string
	At      Place
	Time    time.Time
	Key     []byte
	Headers []Header

	// Sub is the sub-key of the row that a timer or an answer uses up when it is
	// handled; empty for records and for what was redriven. ID is the setting or
	// the effect that this row must still have then.
	Sub  string
	ID   ID
	Name string // of the timer, or that the effect was asked under

	// Destination, Calls and Error are an answer's: who answered, after how many
	// calls, and the text of a final failure.
	Destination string
	Calls       int
	Failed      bool
	Error       string

	// Value is a record's value or the encoded answer; nil is kept apart from
	// empty.
	Value []byte

	// Redrives counts how often the input came back through the redrive topic;
	// Redriven is where it stood there the last time.
	Redrives int
	Redriven Place
}

// Append appends the encoded row to dst.
func (r *ParkedRow) Append(dst []byte) []byte {
	dst = append(dst, rowVersion, byte(r.Kind))
	dst = appendPlace(appendText(dst, r.Topic), r.At)
	dst = binary.AppendVarint(dst, r.Time.UnixMicro())
	dst = appendBytes(dst, r.Key)
	dst = binary.AppendUvarint(dst, uint64(len(r.Headers)))
	for _, h := range r.Headers {
		dst = appendBytes(appendText(dst, h.Key), h.Value)
	}
	dst = appendText(dst, r.Sub)
	dst = append(dst, r.ID[:]...)
	dst = appendText(appendText(dst, r.Name), r.Destination)
	dst = binary.AppendUvarint(dst, uint64(r.Calls))
	dst = appendText(appendFlag(dst, r.Failed), r.Error)
	dst = binary.AppendUvarint(dst, uint64(r.Redrives))
	return appendBytes(appendPlace(dst, r.Redriven), r.Value)
}

// ReadParked decodes a parked input; its slices alias b.
func ReadParked(b []byte) (ParkedRow, error) {
	var r ParkedRow
	d := reader{b: b}
	d.version()
	r.Kind = InputKind(d.byte())
	r.Topic, r.At = string(d.text()), d.place()
	r.Time = time.UnixMicro(d.varint()).UTC()
	r.Key = d.bytes()
	for n := d.uvarint(); n > 0 && !d.bad; n-- {
		r.Headers = append(r.Headers, Header{Key: string(d.text()), Value: d.bytes()})
	}
	r.Sub, r.ID = string(d.text()), d.id()
	r.Name, r.Destination = string(d.text()), string(d.text())
	r.Calls = int(d.uvarint())
	r.Failed, r.Error = d.byte() == 1, string(d.text())
	r.Redrives, r.Redriven = int(d.uvarint()), d.place()
	r.Value = d.bytes()
	switch r.Kind {
	case RecordInput, TimerInput, AnswerInput:
	default:
		d.bad = true
	}
	return r, d.end("parked input")
}

// QueueRow is the value under an entity's queue key, there as long as the entity
// has parked inputs or is quarantined: which they are, and how the first of them
// fares.
type QueueRow struct {
	// Head and Next bound the sequences of the parked inputs: [Head, Next).
	Head, Next uint64
	Bytes      int // of their rows' values

	// Attempts counts the tries of the first input; FirstFailed, FirstError and
	// LastError are about those. Due is when it is tried again.
	Attempts              int
	FirstFailed           time.Time
	FirstError, LastError string
	Due                   time.Time // microsecond resolution

	// Quarantined entities handle nothing: their inputs become dead letters.
	Quarantined bool
}

// Append appends the encoded row to dst.
func (r *QueueRow) Append(dst []byte) []byte {
	dst = appendFlag(append(dst, rowVersion), r.Quarantined)
	dst = binary.AppendUvarint(dst, r.Head)
	dst = binary.AppendUvarint(dst, r.Next)
	dst = binary.AppendUvarint(dst, uint64(r.Bytes))
	dst = binary.AppendUvarint(dst, uint64(r.Attempts))
	dst = binary.AppendVarint(dst, r.FirstFailed.UnixMicro())
	dst = binary.AppendVarint(dst, r.Due.UnixMicro())
	return appendText(appendText(dst, r.FirstError), r.LastError)
}

// ReadQueue decodes a queue row.
func ReadQueue(b []byte) (QueueRow, error) {
	var r QueueRow
	d := reader{b: b}
	d.version()
	r.Quarantined = d.byte() == 1
	r.Head, r.Next = d.uvarint(), d.uvarint()
	r.Bytes, r.Attempts = int(d.uvarint()), int(d.uvarint())
	r.FirstFailed = time.UnixMicro(d.varint()).UTC()
	r.Due = time.UnixMicro(d.varint()).UTC()
	r.FirstError, r.LastError = string(d.text()), string(d.text())
	d.bad = d.bad || r.Next < r.Head
	return r, d.end("queue")
}

func appendFlag(dst []byte, flag bool) []byte {
	if flag {
		return append(dst, 1)
	}
	return append(dst, 0)
}

// appendBytes keeps nil apart from empty: the length is one more than it is.
func appendBytes(dst, b []byte) []byte {
	if b == nil {
		return append(dst, 0)
	}
	return append(binary.AppendUvarint(dst, uint64(len(b))+1), b...)
}

func appendPlace(dst []byte, p Place) []byte {
	dst = append(dst, p.TopicID[:]...)
	return binary.AppendVarint(binary.AppendVarint(dst, int64(p.Partition)), p.Offset)
}

func (d *reader) bytes() []byte {
	n := d.uvarint()
	if n == 0 || d.bad {
		return nil
	}
	if n--; n > uint64(len(d.b)) {
		d.bad = true
		return nil
	}
	return d.take(int(n))
}

func (d *reader) place() Place {
	return Place{TopicID: d.id(), Partition: int32(d.varint()), Offset: d.varint()}
}
