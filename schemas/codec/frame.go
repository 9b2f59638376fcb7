package codec

import (
	"encoding/binary"
	"fmt"
	"math"
)

// A frame is a zero byte, the schema id as four bytes big-endian, and the body.
const (
	frameMagic = 0
	frameSize  = 5
	maxID      = math.MaxInt32
)

// appendFrame appends the head of a frame.
func appendFrame(dst []byte, id int64) []byte {
	return binary.BigEndian.AppendUint32(append(dst, frameMagic), uint32(id))
}

// SchemaID returns the id of the schema b was written with and its Avro body.
func SchemaID(b []byte) (id int, body []byte, err error) {
	if len(b) < frameSize {
		return 0, nil, fmt.Errorf("%d bytes are no Avro frame, the head alone has %d", len(b), frameSize)
	}
	if b[0] != frameMagic {
		return 0, nil, fmt.Errorf("first byte is %#02x, an Avro frame starts with 0x00: the writer did not use a schema registry", b[0])
	}
	n := binary.BigEndian.Uint32(b[1:])
	if n == 0 || n > maxID {
		return 0, nil, fmt.Errorf("schema id %d is out of range", n)
	}
	return int(n), b[frameSize:], nil
}
