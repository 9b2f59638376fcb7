package codec_test

import (
	"reflect"
	"testing"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
)

// Whatever a broker hands out is refused or is a value that can be written and
// read again; nothing makes Decode panic or allocate out of proportion.
func FuzzDecode(f *testing.F) {
	c := codec.Of[event.OrderSubmit](schemas, topic.OrderSubmit)
	for _, lines := range []int{0, 1, 3} {
		b, err := c.Append(nil, sampleOrder(lines))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:len(b)/2])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var v, again event.OrderSubmit
		if c.Decode(b, &v) != nil {
			return
		}
		out, err := c.Append(nil, &v)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if err := c.Decode(out, &again); err != nil || !reflect.DeepEqual(v, again) {
			t.Fatalf("read %+v, then %+v, %v", v, again, err)
		}
	})
}
