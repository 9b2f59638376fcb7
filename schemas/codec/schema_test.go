package codec_test

import (
	"strings"
	"testing"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
)

// A store asks with the text that it kept, which may be of an older program.
func TestCodecTellsItsSchemaAndJudgesOthers(t *testing.T) {
	c := codec.Of[event.OrderCancel](schemas, topic.OrderCancel)
	text := c.Schema()
	if strings.ContainsAny(text, "\n\t") || !strings.Contains(text, `"order_id"`) {
		t.Errorf("schema is %q", text)
	}
	if err := c.CanRead(text); err != nil {
		t.Errorf("its own schema: %v", err)
	}
	mustSay(t, c.CanRead(strings.Replace(text, `"name":"order_id"`, `"name":"order_number"`, 1)), "order_id")
	mustSay(t, c.CanRead("version 2\n"), "schema")
}
