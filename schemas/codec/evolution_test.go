package codec_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	hamba "github.com/hamba/avro/v2"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// registered is a registry that holds one foreign writer schema under id 900.
type registered struct {
	foreign string
	fetches int
	mu      sync.Mutex
}

func (r *registered) Register(context.Context, string, []byte) (int, error) { return 1, nil }

func (r *registered) SchemaByID(context.Context, int) ([]byte, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fetches++
	return []byte(r.foreign), nil
}

// foreignCancel is the schema of order.cancel after change, and a record
// written with it.
func foreignCancel(t *testing.T, old, changed string, extra map[string]any) (*registered, []byte) {
	t.Helper()
	text, err := topic.OrderCancel.Schema()
	if err != nil {
		t.Fatal(err)
	}
	foreign := strings.Replace(string(text), old, changed, 1)
	if foreign == string(text) {
		t.Fatalf("the schema does not contain %s", old)
	}
	schema, err := hamba.ParseBytesWithCache([]byte(foreign), "", &hamba.SchemaCache{})
	if err != nil {
		t.Fatal(err)
	}
	value := map[string]any{"order_id": "o", "reason": "r", "requested_by": "b", "requested_at": time.UnixMicro(7)}
	for k, v := range extra {
		value[k] = v
	}
	body, err := hamba.Marshal(schema, value)
	if err != nil {
		t.Fatal(err)
	}
	return &registered{foreign: foreign}, append([]byte{0, 0, 0, 3, 132}, body...)
}

func TestRecordOfANewerWriterIsRead(t *testing.T) {
	src, frame := foreignCancel(t, `"fields": [`, `"fields": [{"name": "urgency", "type": "long", "default": 0},`, map[string]any{"urgency": int64(3)})
	c := codec.Of[event.OrderCancel](codec.New(src), topic.OrderCancel)
	var got event.OrderCancel
	for range 3 {
		if err := c.Decode(frame, &got); err != nil {
			t.Fatal(err)
		}
	}
	want := event.OrderCancel{OrderID: "o", Reason: "r", RequestedBy: "b", RequestedAt: time.UnixMicro(7).UTC(), Lines: []event.CancelLine{}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
	if src.fetches != 1 {
		t.Errorf("the writer schema was fetched %d times", src.fetches)
	}
}

func TestFieldMissingInAnOlderRecordGetsItsDefaultAlsoInAUsedValue(t *testing.T) {
	text, err := topic.ShipmentConfirmed.Schema()
	if err != nil {
		t.Fatal(err)
	}
	older := bytes.Replace(text, []byte(`{"name": "carrier", "type": "string", "default": "", "doc": "Carrier's code."},`), nil, 1)
	if bytes.Equal(older, text) {
		t.Fatal("the schema has no such carrier field")
	}
	schema, err := hamba.ParseBytesWithCache(older, "", &hamba.SchemaCache{})
	if err != nil {
		t.Fatal(err)
	}
	body, err := hamba.Marshal(schema, event.ShipmentConfirmed{ShipmentID: "s"})
	if err != nil {
		t.Fatal(err)
	}
	c := codec.Of[event.ShipmentConfirmed](codec.New(&registered{foreign: string(older)}), topic.ShipmentConfirmed)
	got := event.ShipmentConfirmed{Carrier: "left over"}
	if err := c.Decode(append([]byte{0, 0, 0, 3, 132}, body...), &got); err != nil {
		t.Fatal(err)
	}
	if got.ShipmentID != "s" || got.Carrier != "" {
		t.Errorf("read %+v", got)
	}
}

func TestTimesOfAnotherPrecisionAreRefused(t *testing.T) {
	src, frame := foreignCancel(t, "timestamp-micros", "timestamp-millis", nil)
	c := codec.Of[event.OrderCancel](codec.New(src), topic.OrderCancel)
	mustSay(t, c.Decode(frame, new(event.OrderCancel)), "order.cancel.v1", "schema 900", "requested_at", "timestamp-millis")
}

func TestUnreachableRegistryIsNotTheRecordsFault(t *testing.T) {
	frame := []byte{0, 0, 0, 3, 132, 0}
	var v event.OrderCancel
	err := codec.Of[event.OrderCancel](codec.New(unreachable{}), topic.OrderCancel).Decode(frame, &v)
	if !errors.Is(err, codec.ErrUnavailable) || errors.Is(err, codec.ErrUnknownID) {
		t.Errorf("registry away: %v", err)
	}
	err = codec.Of[event.OrderCancel](schemas, topic.OrderCancel).Decode(frame, &v)
	if !errors.Is(err, codec.ErrUnknownID) || errors.Is(err, codec.ErrUnavailable) {
		t.Errorf("unknown id: %v", err)
	}
}

func TestCanReadComparesMeaningInEveryPlace(t *testing.T) {
	record := func(field string) []byte {
		return []byte(`{"type":"record","name":"R","fields":[{"name":"f","type":` + field + `}]}`)
	}
	micros, plain := `{"type":"long","logicalType":"timestamp-micros"}`, `"long"`
	inner := func(t string) string {
		return `{"type":"record","name":"I","fields":[{"name":"g","type":` + t + `}]}`
	}
	for name, wrap := range map[string]func(string) string{
		"field":         func(t string) string { return t },
		"array":         func(t string) string { return `{"type":"array","items":` + t + `}` },
		"map":           func(t string) string { return `{"type":"map","values":` + t + `}` },
		"union":         func(t string) string { return `["null",` + t + `]` },
		"nested record": inner,
	} {
		t.Run(name, func(t *testing.T) {
			a, b := record(wrap(micros)), record(wrap(plain))
			if err := codec.CanRead(a, a); err != nil {
				t.Errorf("equal schemas: %v", err)
			}
			mustSay(t, codec.CanRead(a, b), "R.f", "timestamp-micros")
			mustSay(t, codec.CanRead(b, a), "R.f", "timestamp-micros")
		})
	}
	mustSay(t, codec.CanRead(record(`["null",`+micros+`]`), record(plain)), "R.f", "timestamp-micros")
}

func TestCanReadEndsOnSchemasThatContainThemselves(t *testing.T) {
	tree := []byte(`{"type":"record","name":"T","fields":[{"name":"children","type":{"type":"array","items":"T"}}]}`)
	if err := codec.CanRead(tree, tree); err != nil {
		t.Error(err)
	}
}

func TestCodecIsSafeForConcurrentUse(t *testing.T) {
	src, frame := foreignCancel(t, `"fields": [`, `"fields": [{"name": "urgency", "type": "long", "default": 0},`, map[string]any{"urgency": int64(3)})
	s := codec.New(src)
	c := codec.Of[event.OrderCancel](s, topic.OrderCancel)
	if err := s.RegisterAll(context.Background(), []topic.Def{topic.OrderCancel}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				own, err := c.Append(nil, &event.OrderCancel{OrderID: "o"})
				for _, b := range [][]byte{own, frame} {
					var got event.OrderCancel
					if err == nil {
						err = c.Decode(b, &got)
					}
					if err != nil || got.OrderID != "o" {
						t.Errorf("read %+v, %v", got, err)
					}
				}
			}
		})
	}
	wg.Wait()
}

func TestWireFormatStaysAsItIs(t *testing.T) {
	const file = "testdata/order_submit.hex"
	b, err := codec.Of[event.OrderSubmit](schemas, topic.OrderSubmit).Append(nil, sampleOrder(2))
	if err != nil {
		t.Fatal(err)
	}
	got := hex.Dump(b)
	if *rewrite {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the bytes of an order changed; they are\n%s\nand were\n%s\nIf a field was added, run this test with -rewrite.", got, want)
	}
}
