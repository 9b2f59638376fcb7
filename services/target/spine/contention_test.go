package spine_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/orderstream"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/streams/streamstest"
)

// contenders are the rooms of orders and stock alone: nothing ever leaves, so what
// is promised only makes stock scarcer.
func contenders(t *testing.T, seed uint64, rng *rand.Rand) *world {
	t.Helper()
	w := &world{stock: stockstream.New(stockstream.Config{}, schemas)}
	var err error
	if w.orders, err = orderstream.New(orderstream.Config{Nodes: nodes[:1]}, schemas); err != nil {
		t.Fatal(err)
	}
	w.Driver = streamstest.New(t, streamstest.Options{
		Seed: seed, Partitions: 1 + rng.Int32N(4), AbortRate: 0.1, CrashRate: 0.05,
	}, w.orders.Topology, w.stock.Topology)
	return w
}

// contention is how many rounds are played: MILLRACE_CONTENTION_ROUNDS, else some.
func contention() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("MILLRACE_CONTENTION_ROUNDS"), 10, 64); err == nil {
		return n
	}
	if testing.Short() {
		return 60
	}
	return 400
}

// Orders of several items that contend, some for all or nothing, by seed: they
// come in bursts, transactions abort and tasks crash. An order that got nothing must
// not find all it asked for free in the end, and none waits for ever.
func TestNoContendingOrderIsDeniedWhileWhatItAskedForStandsFree(t *testing.T) {
	claimed, denied := 0, 0
	for seed := range contention() {
		rng := rand.New(rand.NewPCG(seed, 17))
		w := contenders(t, seed, rng)
		skus := 2 + rng.IntN(3)
		for sku := range skus {
			w.receive(fmt.Sprint("sku", sku), nodes[0], 5+rng.Int64N(20))
		}
		w.Run()
		for n := range 4 + rng.IntN(16) {
			s := buy(fmt.Sprint("X", n), rng.IntN(4) > 0)
			for sku := range skus {
				if sku == 0 && len(s.Lines) == 0 || rng.IntN(3) > 0 {
					s.Lines = append(s.Lines, event.OrderLine{
						LineID: fmt.Sprint(len(s.Lines) + 1), Sku: fmt.Sprint("sku", sku), Kind: event.LineKindGoods, Qty: 1 + rng.Int64N(5), Uom: "EA",
					})
				}
			}
			w.submit(s)
			switch rng.IntN(6) {
			case 0:
				w.Run()
			case 1:
				w.Advance(time.Second)
			}
		}
		w.Run()
		w.NoDeadLetters()
		free := w.free(t)
		for _, s := range w.submitted {
			f, err := w.orders.Facts(w.Driver, s.OrderID)
			if err != nil {
				t.Fatal(err)
			}
			if st := order.Status(f.Order); st != event.OrderStatusReleased && st != event.OrderStatusCancelled || f.Order.Pending != 0 {
				t.Errorf("order %s waits for ever: %s, %+v", s.ExternalID, st, f.Order)
			}
			if f.Order.Plan > 1 {
				claimed++
			}
			possible, nothing := true, true
			for _, l := range order.Lines(f) {
				nothing = nothing && l.Cancelled == l.Ordered
				possible = possible && free[l.Sku] >= l.Ordered
			}
			if nothing {
				denied++
			}
			if nothing && possible {
				t.Errorf("order %s was denied, yet all it asked for is free: %+v of %v", s.ExternalID, s.Lines, free)
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%d rounds, %d orders with a second plan, %d that got nothing", contention(), claimed, denied)
	if claimed < int(contention()/4) || denied < int(contention()) {
		t.Errorf("%d second plans and %d orders that got nothing: the test contends too little", claimed, denied)
	}
}

// free is what nobody has at north in the end, and was never below zero.
func (w *world) free(t *testing.T) map[string]int64 {
	t.Helper()
	free := make(map[string]int64)
	for _, r := range streamstest.Read(w.Driver, positions) {
		n := r.Value.Nodes[0]
		if free[r.Key] = n.Available; n.Available < 0 || n.Reserved > n.OnHand {
			t.Errorf("%s version %d is oversold: %+v", r.Key, r.Value.Version, n)
		}
	}
	if sum, err := w.stock.Summary(w.Driver); err != nil || sum.WaitingClaims != 0 {
		t.Errorf("stock says %+v, %v", sum, err)
	}
	return free
}
