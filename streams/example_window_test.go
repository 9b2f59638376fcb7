package streams_test

import (
	"fmt"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// Windows that overlap: the sum of the last ten minutes, every five minutes.
func ExampleNewWindow() {
	rain := streams.Topic[int]{Name: "rain", Value: streams.JSON[int]()} // millimetres, by place
	sums := streams.Topic[int]{Name: "sums", Value: streams.JSON[int]()}

	top := streams.NewTopology("weather")
	windows := streams.NewWindow(top, "ten minutes", streams.Window[int, int]{
		Input: rain, Size: 10 * time.Minute, Advance: 5 * time.Minute, Grace: time.Minute, State: streams.JSON[int](),
		Add: func(_ streams.Ctx, _ streams.Interval, sum *int, r streams.Record[int]) error {
			*sum += r.Value
			return nil
		},
		OnClose: func(ctx streams.Ctx, w streams.Interval, sum *int) error {
			fmt.Println(w.Key, w.Start.UTC().Format("15:04"), *sum)
			sums.Send(ctx, w.Key, sum)
			return nil
		},
	})
	streams.Send(windows, sums)

	d := streamstest.New(t, streamstest.Options{}, top)
	noon := time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)
	d.Advance(noon.Add(time.Hour).Sub(d.Now()))
	for _, minute := range []int{1, 6, 20} {
		mm := minute
		streamstest.SendAt(d, noon.Add(time.Duration(minute)*time.Minute), rain, "bergen", &mm)
	}
	d.Run()
	open, err := windows.Get(d, "bergen", noon.Add(15*time.Minute))
	fmt.Println("open:", *open, err)
	// Output:
	// bergen 11:55 1
	// bergen 12:00 7
	// bergen 12:05 6
	// open: 20 <nil>
}

// A state changes its form: the new program reads what the old one wrote, and
// converts it. Keep the whole chain of versions.
func ExampleUpgrade() {
	type accountV1 struct{ Euros int }
	type account struct{ Cents int }
	v1 := streams.Versioned(streams.JSON[accountV1]())
	v2 := streams.Upgrade(v1, streams.JSON[account](), func(old *accountV1) (account, error) {
		return account{Cents: old.Euros * 100}, nil
	})
	deposits := streams.Topic[int]{Name: "deposits", Value: streams.JSON[int]()}

	before := streams.NewTopology("bank")
	streams.Receive(streams.NewEntity(before, "account", v1, func(_ streams.Ctx, a *accountV1, in streams.Input) error {
		a.Euros += in.(streams.Record[int]).Value
		return nil
	}), deposits)
	d := streamstest.New(t, streamstest.Options{}, before)
	euros := 5
	streamstest.Send(d, deposits, "ada", &euros)
	d.Run()

	after := streams.NewTopology("bank")
	accounts := streams.NewEntity(after, "account", v2, func(_ streams.Ctx, a *account, in streams.Input) error {
		a.Cents += in.(streams.Record[int]).Value
		return nil
	})
	streams.Receive(accounts, deposits)
	if err := d.Upgrade(after); err != nil {
		fmt.Println(err)
		return
	}
	cents := 50
	streamstest.Send(d, deposits, "ada", &cents)
	d.Run()
	a, err := accounts.Get(d, "ada")
	fmt.Println(*a, err)
	// Output:
	// {550} <nil>
}

// A program that no longer declares what has rows is refused, unless it says
// that this is meant.
func ExampleTopology_Retire() {
	visits := streams.Topic[string]{Name: "visits", Value: streams.Text}
	greet := func(_ streams.Ctx, s *string, _ streams.Input) error { *s = "was here"; return nil }

	before := streams.NewTopology("site")
	streams.Receive(streams.NewEntity(before, "visitor", streams.Text, greet), visits)
	d := streamstest.New(t, streamstest.Options{}, before)
	page := "/"
	streamstest.Send(d, visits, "ada", &page)
	d.Run()

	after := streams.NewTopology("site")
	streams.Receive(streams.NewEntity(after, "guest", streams.Text, greet), visits)
	fmt.Println("refused:", d.Upgrade(after) != nil)
	after.Retire("visitor")
	fmt.Println("refused:", d.Upgrade(after) != nil)
	// Output:
	// refused: true
	// refused: false
}
