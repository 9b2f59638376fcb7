package changelog

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// LayoutKey is the key of the layout: one row a task, written with the first
// transaction of a program that keeps other things than the one before.
var LayoutKey = []byte{0, 'D'}

// Layout says what the rows of a task are, as the program that wrote them knew
// it: so that a later program can tell whether it understands them.
type Layout struct {
	Parts []Part // in order
}

// Part is one kind of thing that is kept: the states of an entity, the children
// of a collection, or the requests to a destination.
type Part struct {
	Kind   Kind // State, Child or Effect
	Entity string
	// Name of the collection or destination, else empty.
	Name string
	// Schema is what the codec tells of the bytes it writes, empty when it tells
	// nothing.
	Schema string
}

// Compare orders parts.
func (p Part) Compare(other Part) int {
	return cmp.Or(cmp.Compare(p.Entity, other.Entity), cmp.Compare(p.Kind, other.Kind), cmp.Compare(p.Name, other.Name))
}

// Has says whether rows with this key are of the part. All rows of an entity,
// its queue of parked inputs too, are of its State part.
func (p Part) Has(key []byte) bool {
	if p.Kind == State {
		return bytes.HasPrefix(bytes.TrimPrefix(key, QueuePrefix), AppendEntityName(nil, p.Entity))
	}
	k, err := Parse(key)
	return err == nil && k.Entity == p.Entity && k.Kind == p.Kind && k.Collection == p.Name
}

// Prefix leads the keys among which those of the part are: its rows, or the
// queues of parked inputs.
func (p Part) Prefix(queues bool) []byte {
	if queues {
		return AppendEntityName(append([]byte(nil), QueuePrefix...), p.Entity)
	}
	return AppendEntityName(nil, p.Entity)
}

// Append appends the encoded layout to dst.
func (l Layout) Append(dst []byte) []byte {
	parts := slices.Clone(l.Parts)
	slices.SortFunc(parts, Part.Compare)
	dst = binary.AppendUvarint(append(dst, rowVersion), uint64(len(parts)))
	for _, p := range parts {
		dst = appendText(appendText(appendText(append(dst, byte(p.Kind)), p.Entity), p.Name), p.Schema)
	}
	return dst
}

// ReadLayout decodes a layout.
func ReadLayout(b []byte) (Layout, error) {
	var l Layout
	d := reader{b: b}
	d.version()
	for n := d.uvarint(); n > 0 && !d.bad; n-- {
		l.Parts = append(l.Parts, Part{Kind: Kind(d.byte()), Entity: string(d.text()), Name: string(d.text()), Schema: string(d.text())})
	}
	return l, d.end("layout")
}
