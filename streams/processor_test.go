package streams_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

type sale struct {
	Customer string
	Amount   int
}

var (
	sales = streams.Topic[sale]{Name: "sale", Value: streams.JSON[sale]()}
	small = streams.Topic[sale]{Name: "sale.small", Value: streams.JSON[sale]()}
	large = streams.Topic[int]{Name: "sale.large", Value: streams.JSON[int]()}
)

// bySize branches, filters and maps.
func bySize() *streams.Topology {
	t := streams.NewTopology("sizes")
	p := streams.NewProcessor(t, "by size", sales, func(ctx streams.Ctx, r streams.Record[sale]) error {
		switch amount := r.Value.Amount; {
		case amount < 0:
			large.Send(ctx, "never seen", &amount)
			return errors.New("negative")
		case amount >= 1000:
			large.Send(ctx, r.Value.Customer, &amount)
		case amount > 0:
			small.Send(ctx, ctx.Key(), &r.Value)
		}
		return nil
	})
	streams.Send(p, small)
	streams.Send(p, large)
	return t
}

func TestProcessorMapsFiltersAndBranchesOnceEach(t *testing.T) {
	for seed := range uint64(20) {
		d := streamstest.New(t, streamstest.Options{Seed: seed, AbortRate: 0.3, CrashRate: 0.3}, bySize())
		for i, amount := range []int{10, 0, 2000, -1, 20, 3000} {
			streamstest.Send(d, sales, string(rune('a'+i)), &sale{Customer: "c", Amount: amount})
		}
		d.Run()
		if got := streamstest.Of(d, large, "c"); len(got) != 2 || got[0]+got[1] != 5000 {
			t.Errorf("seed %d: large sales are %v", seed, got)
		}
		if got := streamstest.Read(d, small); len(got) != 2 {
			t.Errorf("seed %d: small sales are %v", seed, got)
		}
		if got := d.DeadLetters("sizes"); len(got) != 1 || got[0].Key != "d" || got[0].Error != "negative" {
			t.Errorf("seed %d: dead letters are %v", seed, got)
		}
		if got := streamstest.Of(d, large, "never seen"); len(got) != 0 {
			t.Errorf("seed %d: a failed record was sent: %v", seed, got)
		}
	}
}

func TestProcessorKeepsNothing(t *testing.T) {
	var children *streams.Children[int]
	for name, use := range map[string]func(ctx streams.Ctx){
		"timer":    func(ctx streams.Ctx) { ctx.SetTimer("t", time.Second) },
		"state":    func(ctx streams.Ctx) { ctx.Delete() },
		"child":    func(ctx streams.Ctx) { children.Get(ctx, "1") },
		"children": func(ctx streams.Ctx) { children.All(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			top := streams.NewTopology("nothing")
			other := streams.NewEntity(top, "other", streams.JSON[int](), func(streams.Ctx, *int, streams.Input) error { return nil })
			children = streams.NewChildren(other, "child", streams.JSON[int]())
			streams.NewProcessor(top, "p", sales, func(ctx streams.Ctx, _ streams.Record[sale]) error {
				use(ctx)
				return nil
			})
			d := streamstest.New(t, streamstest.Options{}, top)
			streamstest.Send(d, sales, "k", new(sale))
			d.Run()
			if got := d.DeadLetters("nothing"); len(got) != 1 || !strings.Contains(got[0].Error, "a processor keeps nothing") {
				t.Errorf("dead letters are %v", got)
			}
			rows, err := d.AllRows("nothing")
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if err := r.Scan([]byte("\x01p"), nil, func(key, _ []byte) bool { t.Errorf("a processor wrote row %q", key); return true }); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// byCustomer sums sales, which are keyed by their own id, by customer.
func byCustomer() (*streams.Topology, *streams.Entity[int]) {
	t := streams.NewTopology("customers")
	rekeyed := streams.Repartition(t, "by-customer", streams.JSON[sale]())
	p := streams.NewProcessor(t, "rekey", sales, func(ctx streams.Ctx, r streams.Record[sale]) error {
		rekeyed.Send(ctx, r.Value.Customer, &r.Value)
		return nil
	})
	streams.Send(p, rekeyed)
	e := streams.NewEntity(t, "customer", streams.JSON[int](), func(ctx streams.Ctx, sum *int, in streams.Input) error {
		r := in.(streams.Record[sale])
		if !r.Timestamp.Equal(ctx.Now().Add(-time.Hour)) {
			return errors.New("the record lost the time of its sale")
		}
		*sum += r.Value.Amount
		return nil
	})
	streams.Receive(e, rekeyed)
	return t, e
}

func TestRepartitionBringsRecordsToTheirNewKeyWithTheirTime(t *testing.T) {
	for seed := range uint64(20) {
		top, customers := byCustomer()
		d := streamstest.New(t, streamstest.Options{Seed: seed, AbortRate: 0.3, CrashRate: 0.3}, top)
		want := make(map[string]int)
		for i := range 40 {
			s := sale{Customer: string(rune('A' + i%5)), Amount: i}
			want[s.Customer] += i
			streamstest.SendAt(d, d.Now().Add(-time.Hour), sales, string(rune('a'+i)), &s)
		}
		d.Run()
		d.NoDeadLetters()
		for customer, sum := range want {
			if got, err := customers.Get(d, customer); err != nil || got == nil || *got != sum {
				t.Errorf("seed %d: %s has %v (%v), want %d", seed, customer, got, err, sum)
			}
		}
	}
}

func TestRepartitionThatLeadsNowhereIsRefused(t *testing.T) {
	top := streams.NewTopology("nowhere")
	streams.Repartition(top, "by-customer", streams.JSON[sale]())
	_, err := top.Spec()
	for _, want := range []string{"nowhere.by-customer.repartition", "streams.Receive", "streams.Send"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("no word about %s: %v", want, err)
		}
	}
}

func TestProcessorIsADescribedPart(t *testing.T) {
	d := bySize().Describe()
	if len(d.Entities) != 1 || d.Entities[0].Name != "by size" || !slices.Equal(d.Entities[0].Outputs, []string{"sale.small", "sale.large"}) {
		t.Errorf("described as %+v", d)
	}
}
