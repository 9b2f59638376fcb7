package envelope_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/envelope"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
)

// whole has every attribute.
var whole = envelope.Envelope{
	ID: "1", Source: "order", Type: "order.v1.OrderAccepted", Time: time.Date(2026, 8, 1, 12, 0, 0, 1000, time.UTC),
	Subject: "key", CorrelationID: "o", CausationID: "0", PartitionKey: "key", ReplayOf: "r", CorrectionOf: "c",
	TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}

func TestHeadersHaveTheNamesOfCloudEvents(t *testing.T) {
	var names []string
	for _, h := range whole.Append(nil) {
		names = append(names, h.Key)
	}
	slices.Sort(names)
	want := []string{
		"ce_causationid", "ce_correctionof", "ce_correlationid", "ce_id", "ce_partitionkey", "ce_replayof", "ce_source",
		"ce_specversion", "ce_subject", "ce_time", "ce_type", "content-type", "traceparent",
	}
	if !slices.Equal(names, want) {
		t.Errorf("headers %v, want %v", names, want)
	}
}

func TestEnvelopeSurvivesTheHeaders(t *testing.T) {
	text := rapid.StringMatching(`[ -~]{0,40}`)
	rapid.Check(t, func(t *rapid.T) {
		want := envelope.Envelope{
			ID: "i" + text.Draw(t, "id"), Source: "s" + text.Draw(t, "source"), Type: "t" + text.Draw(t, "type"),
			Subject: text.Draw(t, "subject"), CorrelationID: text.Draw(t, "correlation"), CausationID: text.Draw(t, "causation"),
			PartitionKey: text.Draw(t, "partition key"), ReplayOf: text.Draw(t, "replay"), CorrectionOf: text.Draw(t, "correction"),
			TraceParent: text.Draw(t, "trace"),
		}
		if rapid.Bool().Draw(t, "timed") {
			want.Time = time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "time")).UTC()
		}
		headers := want.Append([]envelope.Header{{Key: "foreign", Value: []byte("x")}})
		got, err := envelope.Read(rapid.Permutation(headers).Draw(t, "order"))
		if err != nil || got != want {
			t.Fatalf("read %+v, %v\nwant %+v", got, err, want)
		}
	})
}

func TestDamagedHeadersAreRefusedByName(t *testing.T) {
	set := func(key, value string) func([]envelope.Header) []envelope.Header {
		return func(headers []envelope.Header) []envelope.Header {
			i := slices.IndexFunc(headers, func(h envelope.Header) bool { return h.Key == key })
			headers[i].Value = []byte(value)
			return headers
		}
	}
	for name, c := range map[string]struct {
		damage func([]envelope.Header) []envelope.Header
		want   []string
	}{
		"no headers":      {func([]envelope.Header) []envelope.Header { return nil }, []string{"ce_specversion"}},
		"other version":   {set(envelope.SpecVersion, "0.3"), []string{"ce_specversion", "0.3"}},
		"empty id":        {set(envelope.ID, ""), []string{"ce_id", "missing"}},
		"empty source":    {set(envelope.Source, ""), []string{"ce_source", "missing"}},
		"empty type":      {set(envelope.Type, ""), []string{"ce_type", "missing"}},
		"time not a time": {set(envelope.Time, "yesterday"), []string{"ce_time", "yesterday"}},
		"value too long":  {set(envelope.Subject, strings.Repeat("x", 1025)), []string{"ce_subject", "1025"}},
		"id stands twice": {func(h []envelope.Header) []envelope.Header {
			return append(h, envelope.Header{Key: envelope.ID, Value: []byte("2")})
		}, []string{"ce_id", "twice"}},
		"time stands twice": {func(h []envelope.Header) []envelope.Header { return append(h, h[len(h)-1]) }, []string{"ce_time", "twice"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := envelope.Read(c.damage(whole.Append(nil)))
			for _, word := range c.want {
				if err == nil || !strings.Contains(err.Error(), word) {
					t.Errorf("error %v, want it to say %q", err, word)
				}
			}
		})
	}
}

func TestDerivedEnvelopePassesOnOrderAndTrace(t *testing.T) {
	now := time.Date(2026, 8, 1, 13, 0, 0, 0, time.UTC)
	got := envelope.Derive(whole, "stock", topic.InventoryCommand, 2, "SKU-1", now)
	want := envelope.Envelope{
		ID: event.Derived("1", "inventory.command.v1", 2), Source: "stock", Type: "inventory.v1.InventoryCommand", Time: now,
		Subject: "SKU-1", PartitionKey: "SKU-1", CorrelationID: "o", CausationID: "1", TraceParent: whole.TraceParent,
	}
	if got != want {
		t.Errorf("derived %+v, want %+v", got, want)
	}
}

func TestContentTypeIsAvro(t *testing.T) {
	i := slices.IndexFunc(whole.Append(nil), func(h envelope.Header) bool { return h.Key == envelope.ContentType })
	if got := whole.Append(nil)[i].Value; !bytes.Equal(got, []byte("application/avro")) {
		t.Errorf("content-type is %s", got)
	}
}
