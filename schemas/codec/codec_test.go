package codec_test

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
)

// records pairs each topic with a round trip of its values.
var records = map[string]func(*testing.T, topic.Def){
	topic.OrderSubmit.Name:         ofTopic[event.OrderSubmit],
	topic.OrderCancel.Name:         ofTopic[event.OrderCancel],
	topic.OrderAmend.Name:          ofTopic[event.OrderAmend],
	topic.OrderResolve.Name:        ofTopic[event.OrderResolve],
	topic.OrderPromise.Name:        ofTopic[event.OrderPromise],
	topic.OrderReserve.Name:        ofTopic[event.OrderReserve],
	topic.OrderHeld.Name:           ofTopic[event.OrderHeld],
	topic.OrderResumed.Name:        ofTopic[event.OrderResumed],
	topic.OrderAmended.Name:        ofTopic[event.OrderAmended],
	topic.OrderAccepted.Name:       ofTopic[event.OrderAccepted],
	topic.OrderRejected.Name:       ofTopic[event.OrderRejected],
	topic.OrderValidated.Name:      ofTopic[event.OrderValidated],
	topic.CapacityRequest.Name:     ofTopic[event.CapacityRequest],
	topic.CapacityGranted.Name:     ofTopic[event.CapacityGranted],
	topic.CapacityLoad.Name:        ofTopic[event.CapacityLoad],
	topic.OrderSourced.Name:        ofTopic[event.OrderSourced],
	topic.OrderAllocated.Name:      ofTopic[event.OrderAllocated],
	topic.OrderBackordered.Name:    ofTopic[event.OrderBackordered],
	topic.OrderReleased.Name:       ofTopic[event.OrderReleased],
	topic.OrderCompleted.Name:      ofTopic[event.OrderCompleted],
	topic.OrderCancelled.Name:      ofTopic[event.OrderCancelled],
	topic.OrderRegistered.Name:     ofTopic[event.OrderRegistered],
	topic.OrderState.Name:          ofTopic[event.OrderState],
	topic.InventoryCommand.Name:    ofTopic[event.InventoryCommand],
	topic.InventoryAnswer.Name:     ofTopic[event.InventoryAnswer],
	topic.InventoryMovement.Name:   ofTopic[event.InventoryMovement],
	topic.InventorySupply.Name:     ofTopic[event.InventorySupply],
	topic.InventoryPosition.Name:   ofTopic[event.InventoryPosition],
	topic.InventoryVariance.Name:   ofTopic[event.InventoryVariance],
	topic.InventoryShortage.Name:   ofTopic[event.InventoryShortage],
	topic.InventoryPools.Name:      ofTopic[event.InventoryPools],
	topic.FulfilmentRequested.Name: ofTopic[event.FulfilmentRequested],
	topic.FulfilmentCancel.Name:    ofTopic[event.FulfilmentCancel],
	topic.FulfilmentReported.Name:  ofTopic[event.FulfilmentReported],
	topic.FulfilmentStatus.Name:    ofTopic[event.FulfilmentStatusChanged],
	topic.ShipmentConfirmed.Name:   ofTopic[event.ShipmentConfirmed],
	topic.PurchaseRequested.Name:   ofTopic[event.PurchaseRequested],
	topic.PurchaseAccepted.Name:    ofTopic[event.PurchaseAccepted],
	topic.ParcelScanned.Name:       ofTopic[event.ParcelScanned],
	topic.ParcelReported.Name:      ofTopic[event.ParcelReported],
	topic.ParcelStatus.Name:        ofTopic[event.ParcelStatusChanged],
	topic.AlertRaised.Name:         ofTopic[event.AlertRaised],
	topic.AuditViolation.Name:      ofTopic[event.AuditViolation],
	topic.InvoiceRequested.Name:    ofTopic[event.InvoiceRequested],
	topic.InvoicePosted.Name:       ofTopic[event.InvoicePosted],
	topic.ReturnRequested.Name:     ofTopic[event.ReturnRequested],
	topic.ProductPublished.Name:    ofTopic[event.ProductPublished],
	topic.PricePublished.Name:      ofTopic[event.PricePublished],
	topic.CustomerPublished.Name:   ofTopic[event.CustomerPublished],
	topic.NodePublished.Name:       ofTopic[event.NodePublished],
	topic.LanePublished.Name:       ofTopic[event.LanePublished],
	topic.CrossrefPublished.Name:   ofTopic[event.CrossrefPublished],
	topic.CrossrefWanted.Name:      ofTopic[event.CrossrefWanted],
	topic.CrossrefFound.Name:       ofTopic[event.CrossrefFound],
	topic.Party.Name:               ofTopic[event.Party],
	topic.PartnerInbound.Name:      ofTopic[event.PartnerInbound],
	topic.PartnerOutbound.Name:     ofTopic[event.PartnerOutbound],
	topic.PartnerRun.Name:          ofTopic[event.PartnerRun],
	topic.OrderReturn.Name:         ofTopic[event.OrderReturn],
	topic.InvoiceCorrected.Name:    ofTopic[event.InvoiceCorrected],
	topic.SettlementRequest.Name:   ofTopic[event.SettlementRequest],
	topic.PaymentRequested.Name:    ofTopic[event.PaymentRequested],
	topic.PaymentAuthorised.Name:   ofTopic[event.PaymentAuthorised],
	topic.PaymentDeclined.Name:     ofTopic[event.PaymentDeclined],
	topic.PaymentCaptured.Name:     ofTopic[event.PaymentCaptured],
	topic.PaymentVoided.Name:       ofTopic[event.PaymentVoided],
	topic.PaymentRefunded.Name:     ofTopic[event.PaymentRefunded],
	topic.RefundApproved.Name:      ofTopic[event.RefundApproved],
	topic.CreditPosted.Name:        ofTopic[event.CreditPosted],
	topic.CreditRequest.Name:       ofTopic[event.CreditRequest],
	topic.CreditGranted.Name:       ofTopic[event.CreditGranted],
	topic.CreditBaseline.Name:      ofTopic[event.CreditBaseline],
	topic.ReturnAuthorise.Name:     ofTopic[event.ReturnAuthorise],
	topic.ReturnRuled.Name:         ofTopic[event.ReturnRuled],
	topic.ReturnAuthorised.Name:    ofTopic[event.ReturnAuthorised],
	topic.ReturnReceived.Name:      ofTopic[event.ReturnReceived],
	topic.ReturnDispositioned.Name: ofTopic[event.ReturnDispositioned],
	topic.ReturnResolve.Name:       ofTopic[event.ReturnResolve],
	topic.ReturnClaimed.Name:       ofTopic[event.ReturnClaimed],
	topic.ReturnCredited.Name:      ofTopic[event.ReturnCredited],
	topic.ReturnClosed.Name:        ofTopic[event.ReturnClosed],
	topic.EffectStatus.Name:        ofTopic[event.EffectStatus],
	topic.WebhookStatus.Name:       ofTopic[event.WebhookStatus],

	topic.InventoryFreeze.Name: ofTopic[event.InventoryFreeze],
	topic.OrderFreeze.Name:     ofTopic[event.OrderFreeze],
	topic.AuditAction.Name:     ofTopic[event.AuditAction],

	topic.InventoryCountRequest.Name: ofTopic[event.InventoryCountRequest],
}

var schemas = codec.NewMemory()

func TestEveryRecordSurvivesTheRoundTrip(t *testing.T) {
	for _, def := range topic.All() {
		check, ok := records[def.Name]
		if !ok {
			t.Errorf("%s is not tried: add its type to records", def.Name)
			continue
		}
		t.Run(def.Name, func(t *testing.T) { check(t, def) })
	}
}

// ofTopic tries the values of a topic.
func ofTopic[T any](t *testing.T, def topic.Def) { roundTrip(t, codec.Of[T](schemas, def)) }

// roundTrip writes random values and reads them back, whole and cut short.
func roundTrip[T any](t *testing.T, c *codec.Codec[T]) {
	rapid.Check(t, func(t *rapid.T) {
		var want, got T
		fill(t, reflect.ValueOf(&want).Elem())
		b, err := c.Append([]byte("kept"), &want)
		if err != nil {
			t.Fatal(err)
		}
		b, ok := bytes.CutPrefix(b, []byte("kept"))
		if !ok {
			t.Fatal("Append changed what stood in dst")
		}
		fill(t, reflect.ValueOf(&got).Elem())
		if err := c.Decode(b, &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("read %+v\nwant %+v", got, want)
		}
		for n := range b {
			if err := c.Decode(b[:n], &got); err == nil {
				t.Fatalf("the first %d of %d bytes were read without an error", n, len(b))
			}
		}
		if err := c.Decode(append(b, 0), &got); err == nil {
			t.Fatal("a byte after the record was ignored")
		}
	})
}

// fill sets v to a random value. Enums stay empty: Append sets them, in the
// value that is then compared.
func fill(t *rapid.T, v reflect.Value) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
		micros := rapid.Int64Range(-62135596800000000, 253402300799999999).Draw(t, "micros")
		v.Set(reflect.ValueOf(time.UnixMicro(micros).UTC()))
		return
	case v.Type() == reflect.TypeFor[[]byte]():
		v.SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes"))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		if n := rapid.IntRange(0, 3).Draw(t, "len"); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.Pointer:
		v.SetZero()
		if rapid.Bool().Draw(t, "present") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.String:
		v.SetString("")
		if v.Type() == reflect.TypeFor[string]() {
			v.SetString(rapid.StringN(0, 12, -1).Draw(t, "string"))
		}
	case reflect.Int:
		v.SetInt(int64(rapid.Int32().Draw(t, "int")))
	case reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "long"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	default:
		t.Fatalf("no rule for %s", v.Type())
	}
}

func TestEveryEnumValueSurvives(t *testing.T) {
	c := codec.Of[event.FulfilmentStatusChanged](schemas, topic.FulfilmentStatus)
	for _, status := range []event.FulfilmentStatus{
		event.FulfilmentStatusPlanned, event.FulfilmentStatusReleaseSent, event.FulfilmentStatusShipped,
		event.FulfilmentStatusCancelRefused, event.FulfilmentStatusUnmapped,
	} {
		b, err := c.Append(nil, &event.FulfilmentStatusChanged{Status: status})
		if err != nil {
			t.Fatal(err)
		}
		var got event.FulfilmentStatusChanged
		if err := c.Decode(b, &got); err != nil || got.Status != status {
			t.Errorf("%s came back as %s, %v", status, got.Status, err)
		}
	}
}

func TestEmptyEnumsGetTheirDefault(t *testing.T) {
	v := event.OrderSubmit{Lines: []event.OrderLine{{}, {Kind: event.LineKindKit}}}
	if _, err := codec.Of[event.OrderSubmit](schemas, topic.OrderSubmit).Append(nil, &v); err != nil {
		t.Fatal(err)
	}
	if v.Shortage != event.ShortagePolicyBackorder || v.Lines[0].Kind != event.LineKindGoods || v.Lines[1].Kind != event.LineKindKit {
		t.Errorf("enums after Append: %q, %q, %q", v.Shortage, v.Lines[0].Kind, v.Lines[1].Kind)
	}
}

func TestWriteErrorsNameTopicSchemaAndField(t *testing.T) {
	orders := codec.Of[event.OrderSubmit](schemas, topic.OrderSubmit)
	_, unknown := orders.Append(nil, &event.OrderSubmit{Lines: []event.OrderLine{{Kind: "gift"}}})
	commands := codec.Of[event.InventoryCommand](schemas, topic.InventoryCommand)
	_, wide := commands.Append(nil, &event.InventoryCommand{Priority: 1 << 40})
	for _, c := range []struct {
		err  error
		want []string
	}{
		{unknown, []string{"order.submit.v1", "schema ", "Lines", "Kind", "gift"}},
		{wide, []string{"inventory.command.v1", "schema ", "priority", "1099511627776"}},
	} {
		mustSay(t, c.err, c.want...)
	}
}

func TestFailedAppendLeavesTheBufferAndTheCodecUsable(t *testing.T) {
	c := codec.Of[event.OrderSubmit](schemas, topic.OrderSubmit)
	dst, err := c.Append([]byte("kept"), &event.OrderSubmit{Shortage: "maybe"})
	if err == nil || string(dst) != "kept" {
		t.Errorf("Append = %q, %v", dst, err)
	}
	if _, err := c.Append(nil, &event.OrderSubmit{}); err != nil {
		t.Errorf("the next Append failed: %v", err)
	}
}

func TestReadErrorsSayWhatIsWrong(t *testing.T) {
	c := codec.Of[event.OrderCancel](schemas, topic.OrderCancel)
	whole, err := c.Append(nil, &event.OrderCancel{OrderID: "an order"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := codec.Of[event.ProductPublished](schemas, topic.ProductPublished).Append(nil, &event.ProductPublished{})
	if err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]struct {
		bytes []byte
		want  string
	}{
		"empty":          {nil, "0 bytes"},
		"json":           {[]byte(`{"order_id":"x"}`), "0x7b"},
		"unknown schema": {[]byte{0, 0, 1, 0, 0, 2}, "65536"},
		"id zero":        {[]byte{0, 0, 0, 0, 0, 2}, "out of range"},
		"negative id":    {[]byte{0, 255, 255, 255, 255, 2}, "out of range"},
		"cut":            {whole[:len(whole)-1], "lines"},
		"other record":   {other, "comparing schemas"},
	} {
		t.Run(name, func(t *testing.T) {
			mustSay(t, c.Decode(k.bytes, new(event.OrderCancel)), "order.cancel.v1", k.want)
		})
	}
}

func TestAppendBeforeRegistrationIsRefused(t *testing.T) {
	c := codec.Of[event.OrderCancel](codec.New(unreachable{}), topic.OrderCancel)
	_, err := c.Append(nil, &event.OrderCancel{})
	mustSay(t, err, "order.cancel.v1", "RegisterAll")
}

func TestRegisterAllNamesTheRefusedSubject(t *testing.T) {
	err := codec.New(unreachable{}).RegisterAll(context.Background(), topic.All())
	mustSay(t, err, "order.submit.v1-value", "no route")
}

func TestTypeThatIsNotTheTopicsRecordPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a codec of the wrong type was made")
		}
	}()
	codec.Of[event.OrderCancel](schemas, topic.OrderSubmit)
}

// unreachable is a registry that cannot be reached.
type unreachable struct{}

func (unreachable) Register(context.Context, string, []byte) (int, error) {
	return 0, errors.New("no route")
}

func (unreachable) SchemaByID(context.Context, int) ([]byte, error) {
	return nil, errors.New("no route")
}

// mustSay fails unless err has every word.
func mustSay(t *testing.T, err error, words ...string) {
	t.Helper()
	for _, word := range words {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("error %v, want it to say %q", err, word)
		}
	}
}
