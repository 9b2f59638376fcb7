package envelope_test

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/envelope"
	"github.com/millrace/millrace/schemas/topic"
)

func TestDeriverWritesWhatDeriveAndAppendWrite(t *testing.T) {
	defs := topic.All()
	text := rapid.StringMatching(`[a-z0-9-]{0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		cause := envelope.Envelope{
			ID:            rapid.StringMatching(`[a-z0-9-]{1,12}|6f3f0a52-0000-4000-8000-000000000001`).Draw(t, "id"),
			CorrelationID: text.Draw(t, "order"), TraceParent: text.Draw(t, "trace"),
		}
		def := rapid.SampledFrom(defs).Draw(t, "topic")
		key, ordinal := text.Draw(t, "key"), rapid.IntRange(0, 3000).Draw(t, "ordinal")
		now := time.Unix(rapid.Int64Range(0, 1<<32).Draw(t, "now"), 0)

		want := envelope.Derive(cause, "millrace/order", def, ordinal, key, now)
		if want.CorrelationID == "" && def.Partitioning == topic.ByOrder {
			want.CorrelationID = key
		}
		got := envelope.NewDeriver(cause, "millrace/order", now).Append(nil, &def, ordinal, []byte(key))
		if !reflect.DeepEqual(got, want.Append(nil)) {
			t.Fatalf("got %s\nwant %s", got, want.Append(nil))
		}
	})
}
