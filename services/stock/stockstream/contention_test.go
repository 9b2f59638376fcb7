package stockstream_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/stock/stockstream"
	"github.com/millrace/millrace/streams/streamstest"
)

// world is a stock room and buyers who contend for it.
type world struct {
	*streamstest.Driver
	room   *stockstream.Room
	buyers *buyers
	rng    *rand.Rand
	skus   []string
	orders map[string]want
	supply map[string]int64 // by sku and node
}

func newWorld(t testing.TB, seed uint64) *world {
	schemas := codec.NewMemory()
	w := &world{
		room: stockstream.New(stockstream.Config{}, schemas), buyers: newBuyers(schemas),
		rng: rand.New(rand.NewPCG(seed, 7)), orders: map[string]want{}, supply: map[string]int64{},
	}
	w.Driver = streamstest.New(t, streamstest.Options{Seed: seed, AbortRate: 0.1, CrashRate: 0.05}, w.room.Topology, w.buyers.topology)
	for n := range 2 + w.rng.IntN(3) {
		w.skus = append(w.skus, fmt.Sprintf("sku%d", n))
		for _, node := range []string{"north", "south"} {
			w.receive(w.skus[n], node, 1+w.rng.Int64N(12))
		}
	}
	w.Run()
	return w
}

func (w *world) receive(sku, node string, qty int64) {
	w.supply[sku+"/"+node] += qty
	streamstest.Send(w.Driver, w.buyers.movements, sku, &event.InventoryMovement{
		EntryID: fmt.Sprint("receipt ", sku, node, w.supply[sku+"/"+node]), Sku: sku, Node: node, Qty: qty, Owner: "own",
		From: event.StockConditionOutside, To: event.StockConditionSellable, Source: "test", EffectiveAt: w.Now(),
	})
}

// order sends a random want; then lists what may follow an allocation.
func (w *world) order(n int, then ...string) {
	ask := want{Then: then[w.rng.IntN(len(then))]}
	for _, sku := range w.skus {
		if w.rng.IntN(3) > 0 {
			ask.Lines = append(ask.Lines, want1{SKU: sku, Node: []string{"north", "south"}[w.rng.IntN(2)], Qty: 1 + w.rng.Int64N(5)})
		}
	}
	if len(ask.Lines) == 0 {
		ask.Lines = []want1{{SKU: w.skus[0], Node: "north", Qty: 1}}
	}
	ask.Partial = len(ask.Lines) == 1 && w.rng.IntN(2) == 0
	id := fmt.Sprint("order ", n)
	w.orders[id] = ask
	streamstest.Send(w.Driver, wants, id, &ask)
}

// ended returns the buyers' final states by order.
func (w *world) ended(t testing.TB) map[string]*purchase {
	t.Helper()
	all := map[string]*purchase{}
	for id := range w.orders {
		p, err := w.buyers.entity.Get(w.Driver, id)
		if err != nil || p == nil {
			t.Fatalf("order %s: %v %v", id, p, err)
		}
		switch p.Phase {
		case "allocated", "denied", "cancelled":
		default:
			t.Errorf("order %s waits for ever in phase %s", id, p.Phase)
		}
		all[id] = p
	}
	return all
}

// checkHistory looks at every position that was ever published.
func (w *world) checkHistory(t testing.TB) {
	t.Helper()
	last := map[string]int64{}
	for _, r := range streamstest.Read(w.Driver, w.buyers.positions) {
		if r.Value.Version <= last[r.Key] {
			t.Errorf("%s: version %d after %d", r.Key, r.Value.Version, last[r.Key])
		}
		last[r.Key] = r.Value.Version
		for _, n := range r.Value.Nodes {
			if n.Available < 0 || n.Reserved > n.OnHand || n.Available != n.OnHand-n.Reserved {
				t.Errorf("%s version %d is oversold: %+v", r.Key, r.Value.Version, n)
			}
		}
	}
}

// checkBooks compares the stock at rest with what the buyers believe they hold:
// nothing is lost, nothing is left tentative or in a queue.
func (w *world) checkBooks(t testing.TB, buyers map[string]*purchase) map[string]event.NodePosition {
	t.Helper()
	held, gone := map[string]int64{}, map[string]int64{}
	for id, p := range buyers {
		for sku, grants := range p.Grants {
			for _, g := range grants {
				held[sku+"/"+g.Node] += g.Qty
			}
		}
		if p.Phase == "allocated" && w.orders[id].Then == "ship" && !w.orders[id].Partial {
			for _, l := range w.orders[id].Lines {
				gone[l.SKU+"/"+l.Node] += l.Qty
			}
		}
	}
	for _, m := range streamstest.Read(w.Driver, w.buyers.movements) {
		if w.orders[m.Value.OrderID].Partial {
			gone[m.Key+"/"+m.Value.Node] += m.Value.Qty
		}
	}
	now := map[string]event.NodePosition{}
	for _, sku := range w.skus {
		positions := streamstest.Of(w.Driver, w.buyers.positions, sku)
		for _, n := range positions[len(positions)-1].Nodes {
			place := sku + "/" + n.Node
			now[place] = n
			if n.Reserved != held[place] || n.OnHand != w.supply[place]-gone[place] {
				t.Errorf("%s: reserved %d and on hand %d, buyers hold %d and took %d of %d", place, n.Reserved, n.OnHand, held[place], gone[place], w.supply[place])
			}
		}
	}
	sum, err := w.room.Summary(w.Driver)
	if err != nil {
		t.Fatal(err)
	}
	if sum.WaitingClaims != 0 || sum.OversoldUnits != 0 || sum.NegativePositions != 0 || sum.OverShipped != 0 || sum.SKUs != int64(len(w.skus)) {
		t.Errorf("summary %+v", sum)
	}
	return now
}

// With a fixed supply a promise only ever makes stock scarcer. So an order that
// was denied must still be impossible at the end.
func TestNoOrderIsDeniedWhileAllItAskedForStandsFree(t *testing.T) {
	claimed := 0
	for seed := range seeds(t) {
		w := newWorld(t, seed)
		for n := range 4 + w.rng.IntN(16) {
			w.order(n, "", "ship")
		}
		w.Run()
		w.NoDeadLetters()
		w.checkHistory(t)
		buyers := w.ended(t)
		now := w.checkBooks(t, buyers)
		for id, p := range buyers {
			if p.Plan == 2 {
				claimed++
			}
			possible := p.Phase == "denied" && !p.Want.Partial
			for _, l := range w.orders[id].Lines {
				possible = possible && now[l.SKU+"/"+l.Node].Available >= l.Qty
			}
			if possible {
				t.Errorf("order %s was denied, yet all of %+v is free", id, p.Want.Lines)
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if claimed < int(seeds(t)/2) {
		t.Errorf("only %d orders had to claim: the test contends too little", claimed)
	}
}

// Cancellations and receipts free units at any moment.
func TestContentionWithCancellationsAndReceiptsComesToRest(t *testing.T) {
	for seed := range seeds(t) {
		w := newWorld(t, 1_000_000+seed)
		n := 0
		for range 4 {
			for range 1 + w.rng.IntN(6) {
				w.order(n, "", "ship", "cancel")
				n++
			}
			w.receive(w.skus[w.rng.IntN(len(w.skus))], "north", 1+w.rng.Int64N(3))
			if w.rng.IntN(2) == 0 {
				w.Advance(time.Second)
			}
		}
		w.Run()
		w.NoDeadLetters()
		w.checkHistory(t)
		w.checkBooks(t, w.ended(t))
		if t.Failed() {
			t.Fatalf("seed %d", 1_000_000+seed)
		}
	}
}

// seeds is how many histories a simulation tries: MILLRACE_CONTENTION_ROUNDS, else
// some.
func seeds(t *testing.T) uint64 {
	if n, err := strconv.ParseUint(os.Getenv("MILLRACE_CONTENTION_ROUNDS"), 10, 64); err == nil {
		return n
	}
	if testing.Short() {
		return 150
	}
	return 600
}
