package changelog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/millrace/millrace/streams/trace"
)

// ID is a UUID in its 16 bytes: the id of a timer setting or of an effect.
type ID [16]byte

// Clock says which clock a timer runs on.
type Clock byte

const (
	// WallClock timers fire by the clock of the process that owns the task.
	WallClock Clock = 0
	// EventTime timers fire by the task's stream time: the highest timestamp of
	// the records it handled.
	EventTime Clock = 1
)

// Row is one record of a changelog: a key and its value; a nil value deletes.
type Row struct {
	Key, Value []byte
}

// rowVersion leads every value the runtime itself encodes. Timers and effects
// that belong to a trace or a class have tracedVersion, which adds a part; all
// others are written as before.
const (
	rowVersion    = 1
	tracedVersion = 2
)

// waitingBit in the version byte of a timer or an effect says that it fired or
// was answered, and waits among the parked inputs of its entity.
const waitingBit = 0x80

// markVersion leads marks: version 2 added the ids of topics.
const markVersion = 2

// ErrFormat is wrapped by each error about a row that this version cannot read:
// damaged, or written by a newer version.
var ErrFormat = errors.New("unknown or damaged changelog row")

// TimerRow is the value of a timer: when it is due, by which clock, and the id
// of this setting. A timer that was set again has a new setting, so that the
// old one is known to be void when it is met.
type TimerRow struct {
	Due     time.Time // microsecond resolution
	Clock   Clock
	Setting ID
	Trace   trace.Context // of the input that set it
	// Waiting says that it fired and waits among the parked inputs.
	Waiting bool
}

// Append appends the encoded row to dst.
func (r TimerRow) Append(dst []byte) []byte {
	version := byte(rowVersion)
	if r.Trace.Valid() {
		version = tracedVersion
	}
	dst = append(dst, version|waiting(r.Waiting), byte(r.Clock))
	dst = append(dst, r.Setting[:]...)
	dst = binary.AppendVarint(dst, r.Due.UnixMicro())
	if version == tracedVersion {
		dst = r.Trace.Append(dst)
	}
	return dst
}

// ReadTimer decodes a timer row.
func ReadTimer(b []byte) (TimerRow, error) {
	var r TimerRow
	d := reader{b: b}
	version, waits := d.waiting()
	r.Waiting = waits
	r.Clock = Clock(d.byte())
	r.Setting = d.id()
	r.Due = time.UnixMicro(d.varint()).UTC()
	if version == tracedVersion {
		r.Trace = d.trace(d.rest())
	}
	return r, d.end("timer")
}

// EffectRow is the value of an effect that was asked for and is not answered.
type EffectRow struct {
	ID      ID
	Name    string // the name the handler asked under
	AskedAt time.Time
	Class   string        // of the destination's budget; empty: the last one
	Trace   trace.Context // of the input that asked
	Request []byte
	// Waiting says that it was answered, and the answer waits among the parked
	// inputs.
	Waiting bool
}

// Append appends the encoded row to dst.
func (r EffectRow) Append(dst []byte) []byte {
	version := byte(rowVersion)
	if r.Trace.Valid() || r.Class != "" {
		version = tracedVersion
	}
	dst = append(dst, version|waiting(r.Waiting))
	dst = append(dst, r.ID[:]...)
	dst = binary.AppendVarint(dst, r.AskedAt.UnixMicro())
	dst = appendText(dst, r.Name)
	if version == tracedVersion {
		dst = appendText(dst, r.Class)
		dst = r.appendTrace(dst)
	}
	return append(dst, r.Request...)
}

func (r EffectRow) appendTrace(dst []byte) []byte {
	if !r.Trace.Valid() {
		return appendText(dst, "")
	}
	var room [64]byte
	return appendText(dst, string(r.Trace.Append(room[:0])))
}

// ReadEffect decodes an effect row; Request aliases b.
func ReadEffect(b []byte) (EffectRow, error) {
	var r EffectRow
	d := reader{b: b}
	version, waits := d.waiting()
	r.Waiting = waits
	r.ID = d.id()
	r.AskedAt = time.UnixMicro(d.varint()).UTC()
	r.Name = string(d.text())
	if version == tracedVersion {
		r.Class = string(d.text())
		if t := d.text(); len(t) > 0 {
			r.Trace = d.trace(t)
		}
	}
	r.Request = d.rest()
	return r, d.end("effect")
}

// Mark is the reserved row of a task, written in every transaction: how far its
// inputs were handled and who wrote it.
type Mark struct {
	Instance    string // the process that committed it
	Transaction uint64 // counts the task's transactions
	EffectSeq   uint64 // the next effect's sequence
	StreamTime  time.Time
	// Clean says that the owner gave the task back with no effect running.
	Clean bool
	// Positions holds the offset of the next record to handle, by input topic.
	Positions []Position
}

// Position is the offset of the next record to handle of one input topic, in
// the partition whose number is the task's.
type Position struct {
	Topic string
	// TopicID is the id of the topic that the offset is in, zero in marks of
	// version 1: a topic that was made anew has another one.
	TopicID [16]byte
	Next    int64
}

// Append appends the encoded mark to dst.
func (m *Mark) Append(dst []byte) []byte {
	dst = append(dst, markVersion, 0)
	if m.Clean {
		dst[len(dst)-1] = 1
	}
	dst = appendText(dst, m.Instance)
	dst = binary.AppendUvarint(dst, m.Transaction)
	dst = binary.AppendUvarint(dst, m.EffectSeq)
	dst = binary.AppendVarint(dst, m.StreamTime.UnixMicro())
	dst = binary.AppendUvarint(dst, uint64(len(m.Positions)))
	for _, p := range m.Positions {
		dst = append(appendText(dst, p.Topic), p.TopicID[:]...)
		dst = binary.AppendVarint(dst, p.Next)
	}
	return dst
}

// ReadMark decodes a mark of this version or an older one.
func ReadMark(b []byte) (Mark, error) {
	var m Mark
	d := reader{b: b}
	version := d.byte()
	d.bad = d.bad || version == 0 || version > markVersion
	m.Clean = d.byte() == 1
	m.Instance = string(d.text())
	m.Transaction = d.uvarint()
	m.EffectSeq = d.uvarint()
	m.StreamTime = time.UnixMicro(d.varint()).UTC()
	n := d.uvarint()
	for i := uint64(0); i < n && !d.bad; i++ {
		p := Position{Topic: string(d.text())}
		if version >= 2 {
			p.TopicID = d.id()
		}
		p.Next = d.varint()
		m.Positions = append(m.Positions, p)
	}
	return m, d.end("mark")
}

// reader takes encoded rows apart; the first fault sticks.
type reader struct {
	b   []byte
	bad bool
}

func (d *reader) version() {
	if d.byte() != rowVersion {
		d.bad = true
	}
}

// Wait returns the row of a timer or an effect with the mark that it waits among
// the parked inputs.
func Wait(row []byte) []byte {
	waiting := bytes.Clone(row)
	if len(waiting) > 0 {
		waiting[0] |= waitingBit
	}
	return waiting
}

// waiting returns what the version byte of a timer or an effect has beside the
// version.
func waiting(waits bool) byte {
	if waits {
		return waitingBit
	}
	return 0
}

// waiting reads the version byte of a timer or an effect.
func (d *reader) waiting() (version byte, waits bool) {
	v := d.byte()
	version = v &^ waitingBit
	d.bad = d.bad || version != rowVersion && version != tracedVersion
	return version, v&waitingBit != 0
}

func (d *reader) take(n int) []byte {
	if d.bad || n > len(d.b) {
		d.bad = true
		return make([]byte, n)
	}
	t := d.b[:n]
	d.b = d.b[n:]
	return t
}

// rest takes all that is left.
func (d *reader) rest() (b []byte) {
	b, d.b = d.b, nil
	return b
}

func (d *reader) trace(b []byte) trace.Context {
	c, err := trace.Read(b)
	d.bad = d.bad || err != nil
	return c
}

func (d *reader) byte() byte { return d.take(1)[0] }

func (d *reader) id() (id ID) {
	copy(id[:], d.take(len(id)))
	return id
}

func (d *reader) varint() int64 {
	v, w := binary.Varint(d.b)
	if w <= 0 {
		d.bad = true
		return 0
	}
	d.b = d.b[w:]
	return v
}

func (d *reader) uvarint() uint64 {
	v, w := binary.Uvarint(d.b)
	if w <= 0 {
		d.bad = true
		return 0
	}
	d.b = d.b[w:]
	return v
}

func (d *reader) text() []byte {
	t, rest, ok := cut(d.b)
	if !ok {
		d.bad = true
		return nil
	}
	d.b = rest
	return t
}

func (d *reader) end(what string) error {
	if d.bad || len(d.b) > 0 {
		return fmt.Errorf("reading %s row: %w", what, ErrFormat)
	}
	return nil
}
