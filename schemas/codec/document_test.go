package codec_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
)

func TestDocumentsShowARecordWithoutItsType(t *testing.T) {
	submit := event.OrderSubmit{OrderID: "o-1", Total: 1 << 60, OrderedAt: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC), Lines: []event.OrderLine{{Sku: "A", Qty: 2}}}
	b, err := codec.Of[event.OrderSubmit](schemas, topic.OrderSubmit).Append(nil, &submit)
	if err != nil {
		t.Fatal(err)
	}
	documents := codec.NewDocuments(schemas)
	value, id, err := documents.Read(b)
	if err != nil || id == 0 {
		t.Fatalf("schema %d, %v", id, err)
	}
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		OrderID   string    `json:"order_id"`
		Total     int64     `json:"total"`
		OrderedAt time.Time `json:"ordered_at"`
		Lines     []struct {
			Sku string `json:"sku"`
			Qty int64  `json:"qty"`
		} `json:"lines"`
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.OrderID != "o-1" || got.Total != 1<<60 || !got.OrderedAt.Equal(submit.OrderedAt) || len(got.Lines) != 1 || got.Lines[0].Sku != "A" || got.Lines[0].Qty != 2 {
		t.Errorf("%s", text)
	}
	for n := range b {
		if _, _, err := documents.Read(b[:n]); err == nil {
			t.Errorf("the first %d of %d bytes were read without an error", n, len(b))
		}
	}
}
