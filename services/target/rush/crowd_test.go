//go:build unix

package rush_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/testenv"
)

const (
	crowd = 1000 // orders that want the one unit
	// patience is for a round with its kills on a machine that does much else.
	patience = 3 * time.Minute
)

// rounds of a rush: MILLRACE_RUSH_ROUNDS, else a few.
func rounds(t testing.TB) int {
	if n, err := strconv.Atoi(os.Getenv("MILLRACE_RUSH_ROUNDS")); err == nil {
		return n
	}
	if testing.Short() {
		return 1
	}
	t.Log("MILLRACE_RUSH_ROUNDS asks for more rounds")
	return 3
}

// One unit, a thousand orders at the same time, and instances that are killed
// meanwhile: one order gets it, once, and all others end. What magento/inventory
// #3072 and vendurehq/vendure #3508 tell of, with processes that die.
func TestOneUnitGoesToOneOfAThousandOrders(t *testing.T) {
	t.Run("on the embedded broker", func(t *testing.T) { rush(t, embedded(t)) })
	t.Run("on Kafka", func(t *testing.T) { rush(t, testenv.Kafka(t, testenv.KafkaOptions{}).Addrs()) })
}

func rush(t *testing.T, addrs []string) {
	w := newWorld(t, addrs)
	instances := []*testenv.Program{w.instance("a"), w.instance("b")}
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	var took []time.Duration
	kills := 0
	for round := range rounds(t) {
		sku := fmt.Sprint("lamp-", round)
		write(w, movements, topic.InventoryMovement, sku, &event.InventoryMovement{
			EntryID: "opening " + sku, Sku: sku, Node: node, Owner: "own", Qty: 1, Source: "test", EffectiveAt: time.Now(),
			From: event.StockConditionOutside, To: event.StockConditionSellable,
		})
		w.until(patience, func() error {
			if w.positions[sku].OnHand != 1 {
				return fmt.Errorf("%s is not there yet", sku)
			}
			return nil
		})
		began := time.Now()
		orders := make([]string, crowd)
		for n := range orders {
			s := order(sku, fmt.Sprint(sku, " ", n))
			orders[n] = s.OrderID
			write(w, submits, topic.OrderSubmit, s.OrderID, s)
		}
		ended := func() (n int) {
			for _, id := range orders {
				n += min(1, w.allocated[id]+w.cancelled[id])
			}
			return n
		}
		for range 2 { // at some point of what is left of the round
			w.mu.Lock()
			at := ended()
			w.mu.Unlock()
			at += rng.IntN(crowd - at + 1)
			w.until(patience, func() error { return atLeast(at, ended()) })
			victim := instances[rng.IntN(len(instances))]
			if err := victim.Kill(); err != nil {
				t.Fatal(err)
			}
			if err := victim.Start(); err != nil {
				t.Fatal(err)
			}
			kills++
		}
		w.until(patience, func() error { return atLeast(crowd, ended()) })
		took = append(took, time.Since(began))
		w.settled(sku, orders)
	}
	slices.Sort(took)
	t.Logf("%d rounds of %d orders with %d kills, median %s, longest %s", len(took), crowd, kills, took[len(took)/2].Round(time.Millisecond), took[len(took)-1].Round(time.Millisecond))
}

func atLeast(want, got int) error {
	if got < want {
		return fmt.Errorf("%d of %d orders have ended", got, want)
	}
	return nil
}

// order wants one unit, or nothing.
func order(sku, name string) *event.OrderSubmit {
	return &event.OrderSubmit{
		Channel: "shop", ExternalID: name, OrderID: event.OrderID("shop", name), SubmissionID: name, BodyHash: name, Currency: "EUR", Source: "api",
		Shortage: event.ShortagePolicyCancel, OrderedAt: time.Now(), Total: 100,
		Lines: []event.OrderLine{{LineID: "1", Sku: sku, Kind: event.LineKindGoods, Qty: 1, Uom: "EA", Amount: 100}},
	}
}

// settled looks at a round that has ended: one order has the unit, and was told so
// once; each of the others was told once that it gets nothing; and stock says so too.
func (w *world) settled(sku string, orders []string) {
	w.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	lucky := 0
	for _, id := range orders {
		if w.allocated[id]+w.cancelled[id] != 1 {
			w.Errorf("order %s of %s was allocated %d times and cancelled %d times", id, sku, w.allocated[id], w.cancelled[id])
		}
		lucky += w.allocated[id]
	}
	if n := w.positions[sku]; lucky != 1 || n.OnHand != 1 || n.Reserved != 1 || n.Available != 0 {
		w.Errorf("%s went to %d orders: %+v", sku, lucky, n)
	}
}
