package codec_test

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
)

func TestHostileCountsAreRefusedAtOnce(t *testing.T) {
	c := codec.Of[event.OrderValidated](schemas, topic.OrderValidated)
	whole, err := c.Append(nil, &event.OrderValidated{OrderID: "o"})
	if err != nil {
		t.Fatal(err)
	}
	head := whole[:len(whole)-1] // all but the end of waived, an array of strings
	for name, counts := range map[string][]int64{
		"huge count":             {1 << 40},
		"largest count":          {1<<63 - 1},
		"huge negative count":    {-(1 << 40), 1},
		"smallest count":         {-1 << 63, 1},
		"negative with no bytes": {-1000, 0},
	} {
		b := append([]byte(nil), head...)
		for _, n := range counts {
			b = binary.AppendVarint(b, n)
		}
		began := time.Now()
		var v event.OrderValidated
		err := c.Decode(b, &v)
		took := time.Since(began)
		if err == nil {
			t.Errorf("%s: %d strings were read from %d bytes", name, len(v.Waived), len(b))
		}
		if took > time.Second {
			t.Errorf("%s: refusing took %s", name, took)
		}
	}
}

// Items that take no bytes give a reader nothing to measure a count by.
func TestCountOfItemsWithoutBytesIsRefusedAtOnce(t *testing.T) {
	text, err := topic.OrderCancel.Schema()
	if err != nil {
		t.Fatal(err)
	}
	for name, item := range map[string]string{"null": `"null"`, "empty record": `{"type": "record", "name": "Nothing", "fields": []}`} {
		field := `"fields": [{"name": "none", "type": {"type": "array", "items": ` + item + `}, "default": []},`
		src := &registered{foreign: strings.Replace(string(text), `"fields": [`, field, 1)}
		c := codec.Of[event.OrderCancel](codec.New(src), topic.OrderCancel)
		mustRead(t, c, append(binary.AppendVarint([]byte{0, 0, 0, 3, 132}, 2), 0, 0, 0, 0, 0, 0, 0))
		frame := append(binary.AppendVarint([]byte{0, 0, 0, 3, 132}, 1<<40), 0, 0, 0, 0, 0, 0, 0)
		done := make(chan error, 1)
		go func() { done <- c.Decode(frame, new(event.OrderCancel)) }()
		select {
		case err := <-done:
			mustSay(t, err, "order.cancel.v1", "array") // refused for its count, not for its schema
		case <-time.After(5 * time.Second):
			t.Fatalf("%s: still reading after 5 s", name)
		}
	}
}

// mustRead fails unless frame is a record of c.
func mustRead[T any](t *testing.T, c *codec.Codec[T], frame []byte) {
	t.Helper()
	if err := c.Decode(frame, new(T)); err != nil {
		t.Errorf("a harmless record was refused: %v", err)
	}
}
