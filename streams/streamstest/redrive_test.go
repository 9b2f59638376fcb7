package streamstest_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
	"github.com/millrace/millrace/streams/task"
)

// count is an entity whose outcome does not depend on the order of its inputs.
type count struct{ Sum, Records, Timers, Answers int }

// counter fails for good until it is mended.
func counter(mended *bool, retries streams.Retries) (*streams.Topology, *streams.Entity[count]) {
	top := streams.NewTopology("counter")
	desk := streams.Destination[int, int]{Name: "desk", Call: func(_ context.Context, id int) (int, error) {
		if id == 13 {
			return 0, streams.Permanent(errors.New("unlucky"))
		}
		return id, nil
	}}
	e := streams.NewEntity(top, "counter", streams.JSON[count](), func(ctx streams.Ctx, c *count, in streams.Input) error {
		switch in := in.(type) {
		case streams.Record[errand]:
			c.Records++
			c.Sum += in.Value.ID + int(in.Offset) + len(in.Headers)
			switch {
			case in.Value.Do == "timer":
				ctx.SetTimer(fmt.Sprint(in.Value.ID), time.Minute)
			case in.Value.Do == "ask":
				desk.Ask(ctx, fmt.Sprint(in.Value.ID), in.Value.ID)
			case *mended:
			case in.Value.Do == "fail":
				return errors.New("refused for good")
			case in.Value.Do == "panic":
				panic("at the disco")
			case in.Value.Do == "busy":
				return streams.Retry(errBusy)
			}
		case streams.Timer:
			c.Timers++
			if !*mended {
				return errors.New("timer refused")
			}
		case streams.Answer[int]:
			c.Answers += in.Value
			if in.Err != nil {
				c.Answers += len(in.Err.Error())
			}
			if !*mended {
				return errors.New("answer refused")
			}
		}
		return nil
	}, streams.WithRetries[count](retries))
	streams.Receive(e, errands)
	streams.Calls(e, desk)
	return top, e
}

var anyTrouble = []string{"", "fail", "panic", "bytes", "timer", "ask", "busy"}

func sendTrouble(d *streamstest.Driver, n int) {
	for i := range n {
		key, do := fmt.Sprint("k", i%3), anyTrouble[i%len(anyTrouble)]
		if do == "bytes" {
			d.Produce("errands", key, []byte(`{"ID":`), task.Header{Key: "h", Value: []byte("v")})
			continue
		}
		streamstest.Send(d, errands, key, &errand{ID: i, Do: do}, task.Header{Key: "h", Value: []byte("v")})
	}
}

// Every input that fails is one dead letter and nothing else; redriven after the
// fault is mended, it makes what it would have made at first: records, timers
// and answers.
func TestPoisonIsOneInputAndComesBackWhole(t *testing.T) {
	const n = 42
	mended := true
	top, e := counter(&mended, streams.Retries{Attempts: 3})
	reference := streamstest.New(t, streamstest.Options{}, top)
	sendTrouble(reference, n)
	reference.Settle(time.Hour)

	for seed := range uint64(10) {
		mended = false
		d := streamstest.New(t, streamstest.Options{Seed: seed, AbortRate: 0.3, CrashRate: 0.3}, top)
		sendTrouble(d, n)
		d.Settle(time.Hour)
		letters := d.DeadLetters("counter")
		if want := n / len(anyTrouble) * 6; len(letters) != want { // all but the first kind, timers and answers in place of their askers
			t.Fatalf("seed %d: %d dead letters, want %d", seed, len(letters), want)
		}
		mended = true
		for _, l := range letters {
			if l.Kind.String() == "record" && strings.HasPrefix(l.Error, "decoding") {
				if l.Attempts != 1 || string(l.Value) != `{"ID":` {
					t.Fatalf("seed %d: %+v", seed, l)
				}
				continue // its bytes stay bad
			}
			d.Redrive(l)
		}
		d.Settle(time.Hour)
		compareCounts(t, e, d, reference)
		if again := d.DeadLetters("counter"); len(again) != len(letters) {
			t.Fatalf("seed %d: %d more dead letters: %+v", seed, len(again)-len(letters), again[len(letters):])
		}
	}
}

func compareCounts(t *testing.T, e *streams.Entity[count], d, reference *streamstest.Driver) {
	t.Helper()
	for _, key := range []string{"k0", "k1", "k2"} {
		got, err := e.Get(d, key)
		if err != nil {
			t.Fatal(err)
		}
		if want, _ := e.Get(reference, key); !reflect.DeepEqual(got, want) {
			t.Fatalf("%s is %+v, want %+v", key, got, want)
		}
	}
}

func TestMendedValueIsRedrivenInPlaceOfTheBadBytes(t *testing.T) {
	mended := true
	top, e := counter(&mended, streams.Retries{})
	d := streamstest.New(t, streamstest.Options{}, top)
	d.Produce("errands", "k", []byte("{"))
	d.Run()
	streamstest.RedriveAs(d, d.DeadLetters("counter")[0], errands, &errand{ID: 7})
	d.Run()
	if got, err := e.Get(d, "k"); err != nil || *got != (count{Sum: 7, Records: 1}) {
		t.Errorf("%+v (%v)", got, err)
	}
}

func TestWhatCannotBeRoutedIsADeadLetterWithTheReason(t *testing.T) {
	mended := false
	top, _ := counter(&mended, streams.Retries{})
	header := func(r *task.Redriven, key, value string) {
		for i := range r.Headers {
			if r.Headers[i].Key == key {
				r.Headers[i].Value = []byte(value)
			}
		}
	}
	for name, c := range map[string]struct {
		change func(*task.Redriven)
		want   string
	}{
		"no headers at all": {func(r *task.Redriven) { r.Headers = nil }, "kind is missing"},
		"unknown topic":     {func(r *task.Redriven) { header(r, task.HeaderTopic, "elsewhere") }, "does not read topic elsewhere"},
		"unknown kind":      {func(r *task.Redriven) { header(r, task.HeaderKind, "gift") }, "none of record, timer, answer"},
		"offset below zero": {func(r *task.Redriven) { header(r, task.HeaderOffset, "-1") }, "offset is no number"},
		"another task's":    {func(r *task.Redriven) { header(r, task.HeaderPartition, "77") }, "belongs to partition 77"},
		"too often": {func(r *task.Redriven) {
			r.Headers = append(r.Headers, task.Header{Key: task.HeaderRedrives, Value: []byte("16")})
		}, "came back 16 times"},
	} {
		t.Run(name, func(t *testing.T) {
			d := streamstest.New(t, streamstest.Options{Partitions: 1, CrashRate: 1}, top)
			streamstest.Send(d, errands, "k", &errand{Do: "fail"})
			d.Run()
			r, err := d.DeadLetters("counter")[0].Redrive()
			if err != nil {
				t.Fatal(err)
			}
			c.change(&r)
			d.Produce(r.Topic, string(r.Key), r.Value, r.Headers...)
			d.Settle(time.Hour)
			letters := d.DeadLetters("counter")
			if len(letters) != 2 || !strings.Contains(letters[1].Error, c.want) || string(letters[1].Value) != string(r.Value) {
				t.Fatalf("dead letters: %+v", letters)
			}
		})
	}
}

// Whoever copies dead letters back without looking comes to an end.
func TestRedrivesAreBounded(t *testing.T) {
	mended := false
	top, _ := counter(&mended, streams.Retries{})
	d := streamstest.New(t, streamstest.Options{}, top)
	streamstest.Send(d, errands, "k", &errand{Do: "fail"})
	d.Run()
	for n := 1; ; n++ {
		letters := d.DeadLetters("counter")
		last := letters[len(letters)-1]
		if len(letters) != n || last.Redrives != n-1 || last.Offset != 0 || last.Topic != "errands" {
			t.Fatalf("after %d redrives: %+v", n-1, letters)
		}
		if _, err := last.Redrive(); err != nil {
			if !errors.Is(err, streams.ErrRedrive) || n-1 != task.MaxRedrives {
				t.Fatalf("refused after %d redrives: %v", n-1, err)
			}
			return
		}
		d.Redrive(last)
		d.Run()
	}
}

// blocked sends errands of which the first fails until mended.
func blocked(t *testing.T, mended *bool, retries streams.Retries, sizes ...int) (*streamstest.Driver, *streams.Entity[count]) {
	t.Helper()
	top, e := counter(mended, retries)
	d := streamstest.New(t, streamstest.Options{CrashRate: 0.5, AbortRate: 0.2}, top)
	streamstest.Send(d, errands, "k", &errand{Do: "busy"})
	for i, size := range sizes {
		streamstest.Send(d, errands, "k", &errand{ID: i + 1, Size: strings.Repeat("x", size)})
	}
	streamstest.Send(d, errands, "other", &errand{ID: 5})
	d.Run()
	return d, e
}

func lettersOf(d *streamstest.Driver) (offsets []int64, reasons []string) {
	for _, l := range d.DeadLetters("counter") {
		offsets, reasons = append(offsets, l.Offset), append(reasons, l.Error)
	}
	return offsets, reasons
}

func TestFullEntityGivesItsHeadUpAndGoesOn(t *testing.T) {
	for name, retries := range map[string]streams.Retries{
		"by inputs": {MaxInputs: 3},
		"by bytes":  {MaxBytes: 1000},
	} {
		t.Run(name, func(t *testing.T) {
			mended := false
			d, e := blocked(t, &mended, retries, 150, 150, 150, 150)
			offsets, reasons := lettersOf(d)
			if !slices.Equal(offsets, []int64{0}) || !strings.Contains(reasons[0], "no room for another") || !strings.Contains(reasons[0], "busy") {
				t.Fatalf("dead letters %v: %v", offsets, reasons)
			}
			if got, err := e.Get(d, "k"); err != nil || got.Records != 4 {
				t.Errorf("%+v (%v), want the four others handled at once", got, err)
			}
			if p := d.Parked("counter"); len(p) != 0 {
				t.Errorf("parked: %+v", p)
			}
		})
	}
}

func TestInputThatIsTooLargeToParkIsADeadLetter(t *testing.T) {
	mended := false
	d, _ := blocked(t, &mended, streams.Retries{MaxBytes: 1000}, 10, 2000, 10)
	offsets, reasons := lettersOf(d)
	if !slices.Equal(offsets, []int64{2}) || !strings.Contains(reasons[0], "too large") {
		t.Fatalf("dead letters %v: %v", offsets, reasons)
	}
	if p := d.Parked("counter"); len(p) != 1 || p[0].Inputs != 3 {
		t.Errorf("parked: %+v", p)
	}
}

func TestQuarantineKeepsEverythingInOrderUntilRedriven(t *testing.T) {
	mended := false
	d, e := blocked(t, &mended, streams.Retries{MaxInputs: 3, WhenFull: streams.Quarantine}, 1, 1, 1, 1, 1)
	if offsets, _ := lettersOf(d); !slices.Equal(offsets, []int64{0, 1, 2, 3, 4, 5}) {
		t.Fatalf("dead letters %v", offsets)
	}
	if p := d.Parked("counter"); len(p) != 1 || !p[0].Quarantined || p[0].Inputs != 0 {
		t.Fatalf("parked: %+v", p)
	}
	if got, _ := e.Get(d, "other"); got == nil || got.Records != 1 {
		t.Errorf("the other entity: %+v", got)
	}
	mended = true
	streamstest.Send(d, errands, "k", &errand{ID: 9})
	d.Settle(time.Hour)
	letters := d.DeadLetters("counter")
	if got, _ := e.Get(d, "k"); got != nil || len(letters) != 7 {
		t.Fatalf("an entity in quarantine handled something: %+v, %d dead letters", got, len(letters))
	}
	for _, l := range letters {
		d.Redrive(l)
	}
	d.Settle(time.Hour)
	if got, err := e.Get(d, "k"); err != nil || got.Records != 7 || len(d.Parked("counter")) != 0 {
		t.Errorf("%+v (%v), want all seven handled; parked %+v", got, err, d.Parked("counter"))
	}
}

func TestCrowdedTaskTakesNoRecordsUntilItDrains(t *testing.T) {
	mended := false
	top, e := counter(&mended, streams.Retries{Attempts: 1000})
	d := streamstest.New(t, streamstest.Options{Partitions: 1, MaxParked: 20, CrashRate: 0.3}, top)
	for i := range 100 {
		streamstest.Send(d, errands, fmt.Sprint("k", i%10), &errand{Do: "busy", ID: i})
	}
	d.Advance(time.Minute)
	parked := 0
	for _, p := range d.Parked("counter") {
		parked += p.Inputs
	}
	if parked != 20 {
		t.Fatalf("%d inputs are parked, want 20 and the others not taken", parked)
	}
	mended = true
	d.Settle(time.Hour)
	records := 0
	if err := e.Scan(d, func(_ string, c *count) bool { records += c.Records; return true }); err != nil || records != 100 {
		t.Errorf("%d records are handled (%v), want 100", records, err)
	}
	d.NoDeadLetters()
}

func TestProcessorRetriesInOrderOfItsKey(t *testing.T) {
	out := streams.Topic[errand]{Name: "carried", Value: streams.JSON[errand]()}
	top := streams.NewTopology("carrier")
	p := streams.NewProcessor(top, "carry", errands, func(ctx streams.Ctx, r streams.Record[errand]) error {
		out.Send(ctx, ctx.Key(), &r.Value)
		if ctx.Cause().Attempt <= r.Value.Fails {
			return streams.Retry(errBusy)
		}
		return nil
	})
	streams.Send(p, out)
	for seed := range uint64(10) {
		d := streamstest.New(t, streamstest.Options{Seed: seed, CrashRate: 0.3, AbortRate: 0.3}, top)
		for i := range 30 {
			streamstest.Send(d, errands, fmt.Sprint("k", i%3), &errand{ID: i, Fails: (i + 1) % 3})
		}
		d.Run()
		if n := len(streamstest.Of(d, out, "k2")); n != 10 {
			t.Errorf("seed %d: %d of 10 records of a key without failures came through at once", seed, n)
		}
		d.Settle(time.Hour)
		d.NoDeadLetters()
		for k := range 3 {
			for n, e := range streamstest.Of(d, out, fmt.Sprint("k", k)) {
				if e.ID != k+3*n {
					t.Fatalf("seed %d: k%d has %d as its %d. output", seed, k, e.ID, n)
				}
			}
		}
	}
}
