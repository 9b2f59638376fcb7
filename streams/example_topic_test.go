package streams_test

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// A processor keeps nothing: it maps, filters and branches.
func ExampleNewProcessor() {
	lines := streams.Topic[string]{Name: "log", Value: streams.Text}
	alarms := streams.Topic[string]{Name: "alarms", Value: streams.Text}

	top := streams.NewTopology("watch")
	p := streams.NewProcessor(top, "errors", lines, func(ctx streams.Ctx, line streams.Record[string]) error {
		if text, found := strings.CutPrefix(line.Value, "ERROR "); found {
			alarms.Send(ctx, line.Key, &text)
		}
		return nil
	})
	streams.Send(p, alarms)

	d := streamstest.New(t, streamstest.Options{}, top)
	for _, line := range []string{"INFO started", "ERROR disk is full"} {
		streamstest.Send(d, lines, "host-1", &line)
	}
	d.Run()
	fmt.Println(streamstest.Of(d, alarms, "host-1"))
	// Output:
	// [disk is full]
}

// Repartition hands records on under another key, through a topic that is made
// for it: here from users to the countries they are from.
func ExampleRepartition() {
	type user struct{ Country string }
	users := streams.Topic[user]{Name: "users", Value: streams.JSON[user]()}

	top := streams.NewTopology("census")
	byCountry := streams.Repartition(top, "by-country", streams.JSON[user]())
	rekey := streams.NewProcessor(top, "rekey", users, func(ctx streams.Ctx, u streams.Record[user]) error {
		byCountry.Send(ctx, u.Value.Country, &u.Value)
		return nil
	})
	streams.Send(rekey, byCountry)
	countries := streams.NewEntity(top, "country", streams.JSON[int](), func(_ streams.Ctx, n *int, _ streams.Input) error {
		*n++
		return nil
	})
	streams.Receive(countries, byCountry)

	d := streamstest.New(t, streamstest.Options{}, top)
	streamstest.Send(d, users, "ada", &user{"UK"})
	streamstest.Send(d, users, "grace", &user{"US"})
	streamstest.Send(d, users, "alan", &user{"UK"})
	d.Run()
	n, err := countries.Get(d, "UK")
	fmt.Println(*n, err)
	// Output:
	// 2 <nil>
}

// A table is a compacted topic that every process has a whole copy of: for
// lookups by any key.
func ExampleNewTable() {
	rates := streams.Topic[float64]{Name: "rates", Value: streams.JSON[float64]()}
	prices := streams.Topic[string]{Name: "prices", Value: streams.Text} // "12.50 USD"
	inEuro := streams.Topic[float64]{Name: "in-euro", Value: streams.JSON[float64]()}

	top := streams.NewTopology("exchange")
	table := streams.NewTable(top, rates)
	p := streams.NewProcessor(top, "convert", prices, func(ctx streams.Ctx, price streams.Record[string]) error {
		var amount float64
		var currency string
		if _, err := fmt.Sscan(price.Value, &amount, &currency); err != nil {
			return err
		}
		rate, ok := table.Get(currency)
		if !ok {
			return fmt.Errorf("no rate of %s", currency)
		}
		amount *= rate
		inEuro.Send(ctx, price.Key, &amount)
		return nil
	})
	streams.Send(p, inEuro)

	d := streamstest.New(t, streamstest.Options{}, top)
	rate := 0.5
	streamstest.Send(d, rates, "USD", &rate)
	text := "12.50 USD"
	streamstest.Send(d, prices, "book", &text)
	d.Run()
	fmt.Println(streamstest.Of(d, inEuro, "book"))
	// Output:
	// [6.25]
}

// A failure that may pass parks the input in its entity. Later inputs of the
// entity wait behind it, in order; others go on.
func ExampleRetry() {
	open := false
	visitors := streams.Topic[string]{Name: "visitors", Value: streams.Text}
	top := streams.NewTopology("museum")
	doors := streams.NewEntity(top, "door", streams.JSON[[]string](), func(_ streams.Ctx, inside *[]string, in streams.Input) error {
		if !open {
			return streams.Retry(errors.New("the museum is closed"))
		}
		*inside = append(*inside, in.(streams.Record[string]).Value)
		return nil
	}, streams.WithRetries[[]string](streams.Retries{Attempts: 10, BackoffMin: time.Second, BackoffMax: time.Hour}))
	streams.Receive(doors, visitors)

	d := streamstest.New(t, streamstest.Options{}, top)
	for _, name := range []string{"ada", "grace"} {
		streamstest.Send(d, visitors, "north", &name)
	}
	d.Run()
	for _, p := range d.Parked("museum") {
		fmt.Printf("%s %s: %d wait, %s\n", p.Entity, p.Key, p.Inputs, p.LastError)
	}
	open = true
	d.Advance(time.Hour)
	inside, err := doors.Get(d, "north")
	fmt.Println(*inside, err)
	// Output:
	// door north: 2 wait, the museum is closed
	// [ada grace] <nil>
}

// A dead letter comes back when its cause is gone: to the entity and the input
// that it was meant for.
func ExampleDeadLetter() {
	broken := true
	readings := streams.Topic[int]{Name: "readings", Value: streams.JSON[int]()}
	top := streams.NewTopology("meter")
	meters := streams.NewEntity(top, "meter", streams.JSON[int](), func(_ streams.Ctx, sum *int, in streams.Input) error {
		if broken {
			return errors.New("a mistake in the program")
		}
		*sum += in.(streams.Record[int]).Value
		return nil
	})
	streams.Receive(meters, readings)

	d := streamstest.New(t, streamstest.Options{}, top)
	reading := 7
	streamstest.Send(d, readings, "kitchen", &reading)
	d.Run()
	broken = false // the next release
	for _, letter := range d.DeadLetters("meter") {
		fmt.Printf("%s of %s/%d@%d: %s\n", letter.Kind, letter.Topic, letter.Partition, letter.Offset, letter.Error)
		d.Redrive(letter)
	}
	d.Run()
	sum, err := meters.Get(d, "kitchen")
	fmt.Println(*sum, err)
	// Output:
	// record of readings/3@0: a mistake in the program
	// 7 <nil>
}

// A topology can be drawn from the program that it is.
func ExampleMermaid() {
	orders := streams.Topic[int]{Name: "shop.orders", Value: streams.JSON[int]()}
	paid := streams.Topic[int]{Name: "shop.paid", Value: streams.JSON[int]()}
	top := streams.NewTopology("payment")
	e := streams.NewEntity(top, "payment", streams.JSON[int](), func(streams.Ctx, *int, streams.Input) error { return nil })
	streams.Receive(e, orders)
	streams.Send(e, paid)

	ledger := streams.NewTopology("ledger")
	streams.NewTable(ledger, paid)
	short := func(topic string) string { return strings.TrimPrefix(topic, "shop.") }
	fmt.Print(streams.Mermaid(short, top.Describe(), ledger.Describe()))
	// Output:
	// flowchart LR
	//   payment["PAYMENT"]
	//   ledger["LEDGER"]
	//   payment -.->|"paid"| ledger
}
