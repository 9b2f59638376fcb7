package main

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/millrace/millrace/streams/examples/internal/stage"
	"github.com/millrace/millrace/streams/streamstest"
)

func TestASaleGetsThePriceThatIsKnownWhenItIsHandled(t *testing.T) {
	d := streamstest.New(t, streamstest.Options{Seed: 1, AbortRate: 0.3, CrashRate: 0.3}, topology())
	streamstest.Send(d, prices, "coffee", &Price{300})
	streamstest.Send(d, sales, "coffee", &Sale{"r1", 2})
	d.Run()
	streamstest.Send(d, prices, "coffee", &Price{350})
	streamstest.Send(d, sales, "coffee", &Sale{"r2", 2})
	d.Run()
	if got, want := streamstest.Of(d, priced, "coffee"), []Priced{{"r1", 600, 0}, {"r2", 700, 1}}; !slices.Equal(got, want) {
		t.Errorf("sales are priced %v, want %v", got, want)
	}
	d.NoDeadLetters()
}

func TestSalesWithoutAPriceWaitInOrderAndHoldUpNoOtherProduct(t *testing.T) {
	d := streamstest.New(t, streamstest.Options{}, topology())
	streamstest.Send(d, prices, "coffee", &Price{350})
	streamstest.Send(d, sales, "tea", &Sale{"r1", 1})
	streamstest.Send(d, sales, "tea", &Sale{"r2", 4})
	streamstest.Send(d, sales, "coffee", &Sale{"r3", 1})
	d.Run()
	if got, want := streamstest.Of(d, priced, "coffee"), []Priced{{"r3", 350, 0}}; !slices.Equal(got, want) {
		t.Errorf("coffee is priced %v, want %v", got, want)
	}
	if parked := d.Parked("tablejoin"); len(parked) != 1 || parked[0].Key != "tea" || parked[0].Inputs != 2 {
		t.Errorf("parked is %+v, want both sales of tea", parked)
	}
	teaAt := streamstest.Send(d, prices, "tea", &Price{200})
	d.Advance(time.Minute) // the next try comes within it
	if got, want := streamstest.Of(d, priced, "tea"), []Priced{{"r1", 200, teaAt}, {"r2", 800, teaAt}}; !slices.Equal(got, want) {
		t.Errorf("tea is priced %v, want %v", got, want)
	}
	d.NoDeadLetters()
}

func TestTheProgramRuns(t *testing.T) {
	var out bytes.Buffer
	if err := stage.Perform(t.Context(), stage.Options{Topics: topics, Out: &out, Log: t.Output()}, play); err != nil {
		t.Fatal(err)
	}
	const want = `tablejoin-priced coffee {"receipt":"r1","cents":700,"price_offset":1}
tablejoin-priced coffee {"receipt":"r4","cents":350,"price_offset":1}
tablejoin-priced tea {"receipt":"r2","cents":200,"price_offset":0}
tablejoin-priced tea {"receipt":"r3","cents":800,"price_offset":0}
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
