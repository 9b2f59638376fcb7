package streamstest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// t stands in the examples for the *testing.T of a test.
var t exampleT

type exampleT struct{ testing.TB }

func (exampleT) Helper()                           {}
func (exampleT) Fatal(args ...any)                 { log.Panic(args...) }
func (exampleT) Fatalf(format string, args ...any) { log.Panicf(format, args...) }
func (exampleT) Errorf(format string, args ...any) { log.Panicf(format, args...) }

var (
	scans      = streams.Topic[string]{Name: "scans", Value: streams.Text}
	scanCounts = streams.Topic[int]{Name: "scan-counts", Value: streams.JSON[int]()}
)

// counting counts the scans of each key.
func counting() *streams.Topology {
	top := streams.NewTopology("counting")
	e := streams.NewEntity(top, "key", streams.JSON[int](), func(ctx streams.Ctx, n *int, _ streams.Input) error {
		*n++
		scanCounts.Send(ctx, ctx.Key(), n)
		return nil
	})
	streams.Receive(e, scans)
	streams.Send(e, scanCounts)
	return top
}

// With AbortRate and CrashRate transactions are handled, dropped and handled
// again, and tasks are opened anew from their rows. No output must show it. When a
// run fails, its seed makes the same run again.
func ExampleNew() {
	d := streamstest.New(t, streamstest.Options{Seed: 7, AbortRate: 0.3, CrashRate: 0.3}, counting())
	for range 3 {
		text := "beep"
		streamstest.Send(d, scans, "door", &text)
	}
	d.Run()
	fmt.Println(streamstest.Of(d, scanCounts, "door"))
	// Output:
	// [1 2 3]
}

// The clock stands still until it is moved. Advance stops at each timer, retry
// and call on the way, so that each sees the time at which it is due.
func ExampleDriver_Advance() {
	top := streams.NewTopology("oven")
	eggs := streams.NewEntity(top, "egg", streams.Text, func(ctx streams.Ctx, _ *string, in streams.Input) error {
		switch in := in.(type) {
		case streams.Record[string]:
			ctx.SetTimer("done", 6*time.Minute)
		case streams.Timer:
			fmt.Println(in.Name, "at", ctx.Now().Format("15:04"))
		}
		return nil
	})
	streams.Receive(eggs, scans)

	d := streamstest.New(t, streamstest.Options{}, top) // begins at 09:00
	text := "beep"
	streamstest.Send(d, scans, "egg", &text)
	d.Advance(time.Hour)
	fmt.Println("now", d.Now().Format("15:04"))
	// Output:
	// done at 09:06
	// now 10:00
}

// Effects can be held back, to see what is so while they wait.
func ExampleDriver_Hold() {
	up := false
	lamp := streams.Destination[string, string]{Name: "lamp", Call: func(context.Context, string) (string, error) {
		if !up {
			return "", errors.New("no current")
		}
		return "shines", nil
	}}
	top := streams.NewTopology("light")
	switches := streams.NewEntity(top, "switch", streams.Text, func(ctx streams.Ctx, state *string, in streams.Input) error {
		switch in := in.(type) {
		case streams.Record[string]:
			lamp.Ask(ctx, "on", in.Value)
		case streams.Answer[string]:
			*state = in.Value
		}
		return nil
	})
	streams.Receive(switches, scans)
	streams.Calls(switches, lamp)

	d := streamstest.New(t, streamstest.Options{HoldEffects: true}, top)
	text := "click"
	streamstest.Send(d, scans, "hall", &text)
	d.Run()
	fmt.Println("held:", d.Waiting())
	d.Release()
	d.Run() // the first call fails and is tried again after a second
	fmt.Println("failed:", d.Waiting())
	up = true
	d.Advance(time.Second)
	state, err := switches.Get(d, "hall")
	fmt.Println("the lamp", *state, err)
	// Output:
	// held: map[lamp:1]
	// failed: map[lamp:1]
	// the lamp shines <nil>
}
