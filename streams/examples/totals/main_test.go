package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/millrace/millrace/streams/examples/internal/stage"
	"github.com/millrace/millrace/streams/streamstest"
)

// Transactions are aborted and tasks crash on the way; the totals must not show
// it.
func TestEachOrderIsCountedOnce(t *testing.T) {
	d := streamstest.New(t, streamstest.Options{Seed: 1, AbortRate: 0.3, CrashRate: 0.3}, topology())
	for _, o := range sample {
		streamstest.Send(d, orders, o.customer, &o.Order)
	}
	d.Run()
	want := map[string][]Total{
		"ada":    {{1, 1250}, {2, 2000}, {3, 2001}},
		"grace":  {{1, 300}},
		"edsger": {{1, 9900}},
	}
	for customer, totalsWanted := range want {
		if got := streamstest.Of(d, totals, customer); !slices.Equal(got, totalsWanted) {
			t.Errorf("totals of %s are %v, want %v", customer, got, totalsWanted)
		}
	}
	d.NoDeadLetters()
}

func TestAnOrderWithoutAnAmountIsADeadLetterAndChangesNothing(t *testing.T) {
	d := streamstest.New(t, streamstest.Options{}, topology())
	streamstest.Send(d, orders, "ada", &Order{Cents: 5})
	streamstest.Send(d, orders, "ada", &Order{})
	streamstest.Send(d, orders, "ada", &Order{Cents: 7})
	d.Run()
	if got, want := streamstest.Of(d, totals, "ada"), []Total{{1, 5}, {2, 12}}; !slices.Equal(got, want) {
		t.Errorf("totals are %v, want %v", got, want)
	}
	if letters := d.DeadLetters("totals"); len(letters) != 1 || letters[0].Error != "an order without an amount" {
		t.Errorf("dead letters are %+v", letters)
	}
}

func TestTheProgramRuns(t *testing.T) {
	var out bytes.Buffer
	if err := stage.Perform(t.Context(), stage.Options{Topics: topics, Out: &out, Log: t.Output()}, play); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	slices.SortStableFunc(got, func(a, b string) int { // customers are independent of each other
		return strings.Compare(strings.Fields(a)[1], strings.Fields(b)[1])
	})
	want := []string{
		`totals-totals ada {"orders":1,"cents":1250}`,
		`totals-totals ada {"orders":2,"cents":2000}`,
		`totals-totals ada {"orders":3,"cents":2001}`,
		`totals-totals edsger {"orders":1,"cents":9900}`,
		`totals-totals grace {"orders":1,"cents":300}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
