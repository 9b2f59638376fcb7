package streams_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"pgregory.net/rapid"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/store/memstore"
	"github.com/millrace/millrace/streams/streamstest"
)

// priced is what a sale was priced with.
type priced struct {
	Amount int
	Price  int
	From   int64 // offset of the price; -1 when there was none
	Knew   int64 // how far the table was
}

var (
	orders   = streams.Topic[int]{Name: "order", Value: streams.JSON[int]()}
	prices   = streams.Topic[int]{Name: "price", Value: streams.JSON[int]()}
	invoiced = streams.Topic[priced]{Name: "priced", Value: streams.JSON[priced]()}
)

// pricing joins orders with the prices of their keys.
func pricing() (*streams.Topology, *streams.PartitionedTable[int]) {
	t := streams.NewTopology("pricing")
	table := streams.NewPartitionedTable(t, prices)
	p := streams.NewProcessor(t, "price", orders, func(ctx streams.Ctx, r streams.Record[int]) error {
		out := priced{Amount: r.Value, From: -1, Knew: table.Position(ctx).Offset}
		if price := table.Get(ctx, r.Key); price != nil {
			out.Price, out.From = price.Value, price.Position.Offset
		}
		invoiced.Send(ctx, r.Key, &out)
		return nil
	})
	streams.Send(p, invoiced)
	return t, table
}

// Prices come, change and go between orders, over aborts and crashes: each order
// is priced by the price that stood when it was handled, and its row is named.
func TestPartitionedTableIsTheLatestOfEachKey(t *testing.T) {
	key := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
	rapid.Check(t, func(rt *rapid.T) {
		top, table := pricing()
		d := streamstest.New(t, streamstest.Options{Seed: rapid.Uint64().Draw(rt, "seed"), AbortRate: 0.3, CrashRate: 0.3}, top)
		type price struct {
			value  int
			offset int64
		}
		model := make(map[string]price)
		want := make(map[string][]priced)
		for round := range rapid.IntRange(1, 6).Draw(rt, "rounds") {
			for range rapid.IntRange(0, 5).Draw(rt, "changes") {
				k := key.Draw(rt, "key")
				if rapid.IntRange(0, 3).Draw(rt, "delete") == 0 {
					d.Produce(prices.Name, k, nil)
					delete(model, k)
					continue
				}
				v := rapid.Int().Draw(rt, "price")
				model[k] = price{v, streamstest.Send(d, prices, k, &v)}
			}
			for range rapid.IntRange(0, 5).Draw(rt, "orders") {
				k, amount := key.Draw(rt, "key"), round
				streamstest.Send(d, orders, k, &amount)
				out := priced{Amount: amount, From: -1}
				if p, ok := model[k]; ok {
					out.Price, out.From = p.value, p.offset
				}
				want[k] = append(want[k], out)
			}
			d.Run()
		}
		d.NoDeadLetters()
		for k, list := range want {
			got := streamstest.Of(d, invoiced, k)
			for i := range got {
				if got[i].Knew <= got[i].From {
					rt.Fatalf("a row at %d was found in a table that is filled to %d", got[i].From, got[i].Knew)
				}
				got[i].Knew = 0
			}
			if fmt.Sprint(got) != fmt.Sprint(list) {
				rt.Fatalf("%s was priced %v, want %v", k, got, list)
			}
		}
		for _, k := range []string{"a", "b", "c", "d", "e"} {
			row, err := table.Read(d, k)
			p, ok := model[k]
			if err != nil || (row != nil) != ok || ok && (row.Value != p.value || row.Position.Offset != p.offset) {
				rt.Fatalf("%s reads %v (%v), want %v", k, row, err, p)
			}
		}
	})
}

func TestLookupOfAnotherPartitionsKeyFails(t *testing.T) {
	top := streams.NewTopology("pricing")
	table := streams.NewPartitionedTable(top, prices)
	streams.NewProcessor(top, "price", orders, func(ctx streams.Ctx, _ streams.Record[int]) error {
		for k := range 20 {
			table.Get(ctx, fmt.Sprint(k))
		}
		return nil
	})
	d := streamstest.New(t, streamstest.Options{}, top)
	streamstest.Send(d, orders, "0", new(int))
	d.Run()
	if letters := d.DeadLetters("pricing"); len(letters) != 1 || !strings.Contains(letters[0].Error, "the key is of another partition") {
		t.Errorf("dead letters: %v", letters)
	}
}

func TestTableDeclaredTwiceIsRefused(t *testing.T) {
	top := streams.NewTopology("pricing")
	streams.NewPartitionedTable(top, prices)
	streams.NewTable(top, prices)
	if _, err := top.Spec(); err == nil || !strings.Contains(err.Error(), "table price is declared twice") {
		t.Errorf("two copies of a topic: %v", err)
	}
}

func (k *kafka) createTable(topic string, partitions int32, policy string) {
	k.Helper()
	_, err := kadm.NewClient(k.client).CreateTopic(k.Context(), partitions, 1, map[string]*string{"cleanup.policy": &policy}, topic)
	if err != nil {
		k.Fatal(err)
	}
}

// await waits until every key reads value from whichever app owns it.
func (k *kafka) await(table *streams.PartitionedTable[int], keys, value int, apps ...*streams.App) {
	k.Helper()
	k.until(fmt.Sprintf("price %d everywhere", value), func() bool {
		for n := range keys {
			found := false
			for _, app := range apps {
				row, err := table.Read(app, fmt.Sprint(n))
				found = found || err == nil && row != nil && row.Value == value
			}
			if !found {
				return false
			}
		}
		return true
	})
}

// order sends an order for each key, with the price as its amount to tell it by,
// and waits until all are priced; each must have been priced with that price.
func (k *kafka) order(keys, price int) {
	k.Helper()
	for n := range keys {
		k.send(orders.Name, fmt.Sprint(n), fmt.Sprint(price))
	}
	var got []priced
	k.until("all orders are priced", func() bool {
		got = got[:0]
		for _, b := range k.values(invoiced.Name) {
			var p priced
			if err := invoiced.Value.Decode(b, &p); err != nil {
				k.Fatal(err)
			}
			if p.Amount == price {
				got = append(got, p)
			}
		}
		return len(got) == keys
	})
	for _, p := range got {
		if p.Price != price || p.From < 0 {
			k.Errorf("priced %+v, want price %d", p, price)
		}
	}
}

// A table is there before the first order, follows while its task is active,
// moves with its task, and comes back after a restart and after the loss of its
// directory.
func TestPartitionedTableFollowsItsTask(t *testing.T) {
	const keys = 30
	k := newKafka(t, orders.Name, invoiced.Name)
	k.createTable(prices.Name, 3, "compact")
	set := func(price int) {
		for n := range keys {
			k.send(prices.Name, fmt.Sprint(n), fmt.Sprint(price))
		}
	}
	set(1)
	for n := range keys {
		k.send(orders.Name, fmt.Sprint(n), "1")
	}
	dir := filepath.Join(t.TempDir(), "a")
	top, table := pricing()
	a, stop := k.run(k.options(dir), top)
	k.until("the first orders are priced", func() bool { return len(k.values(invoiced.Name)) == keys })
	for _, b := range k.values(invoiced.Name) {
		if !strings.Contains(string(b), `"Price":1`) {
			t.Errorf("an order was handled before the table was there: %s", b)
		}
	}
	set(2)
	k.await(table, keys, 2, a)
	k.order(keys, 2)

	opts := k.options("")
	opts.Store, opts.Instance = memstore.New(), "b"
	other, _ := pricing()
	b, stopB := k.run(opts, other)
	k.until("a task has moved", func() bool {
		rows, err := b.AllRows("pricing")
		return err == nil && len(rows) > 0 && a.Ready() == nil
	})
	set(3)
	k.await(table, keys, 3, a, b)
	k.order(keys, 3)
	stopB()
	stop()

	set(4)
	top, table = pricing()
	a, stop = k.run(k.options(dir), top)
	k.until("all tasks are back", func() bool {
		rows, err := a.AllRows("pricing")
		return err == nil && len(rows) == 3
	})
	k.await(table, keys, 4, a)
	k.order(keys, 4)
	stop()
}

func TestTablesThatDoNotFitAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		create func(k *kafka)
		want   []string
	}{
		"missing":          {func(*kafka) {}, []string{"table price does not exist", "3 partitions"}},
		"other partitions": {func(k *kafka) { k.createTable("price", 5, "compact") }, []string{"5 partitions", "have 3", "streams.NewTable"}},
		"not compacted":    {func(k *kafka) { k.createTable("price", 3, "delete") }, []string{"cleanup.policy=delete", "compact"}},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKafka(t, orders.Name, invoiced.Name)
			c.create(k)
			top, _ := pricing()
			app, err := streams.Open(k.options(filepath.Join(t.TempDir(), "state")), top)
			if err != nil {
				t.Fatal(err)
			}
			err = app.Run(t.Context())
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("started with %v, want a word about %q", err, want)
				}
			}
		})
	}
}
