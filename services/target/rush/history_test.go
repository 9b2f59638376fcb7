//go:build unix

package rush_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/stock"
)

const (
	clients = 6   // of each item
	maxOps  = 300 // of each item: checking is exponential in what overlaps
	// answerTime is how long a client waits before it knows nothing of its command.
	answerTime = 10 * time.Second
	checkTime  = time.Minute
)

// history is what all clients of one item did.
type history struct {
	*world
	sku string

	mu       sync.Mutex
	ops      []porcupine.Operation
	next     int               // the newest order
	ends     map[int]time.Time // of the holds that were granted, or perhaps were
	unknown  int
	released map[int]bool
	kept     map[int]bool // promised, unless released
}

// Clients reserve, commit and release side by side, also the same order's, holds
// end by themselves, and instances are killed meanwhile: what everybody hears must
// be as if one had asked after the other.
func TestWhatStockAnswersIsLinearizable(t *testing.T) {
	w := newWorld(t, embedded(t))
	one, two := w.instance("a"), w.instance("b")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	items := 4
	if testing.Short() {
		items = 2
	}
	var all []*history
	for n := range items {
		h := &history{world: w, sku: fmt.Sprint("bulb-", n), ends: map[int]time.Time{}, released: map[int]bool{}, kept: map[int]bool{}}
		all = append(all, h)
		write(w, movements, topic.InventoryMovement, h.sku, &event.InventoryMovement{
			EntryID: "opening " + h.sku, Sku: h.sku, Node: node, Owner: "own", Qty: opening, Source: "test", EffectiveAt: time.Now(),
			From: event.StockConditionOutside, To: event.StockConditionSellable,
		})
		w.until(patience, func() error { return w.stands(h.sku, opening, 0) })
	}
	var working sync.WaitGroup
	for n, h := range all {
		for c := range clients {
			rng := rand.New(rand.NewPCG(seed, uint64(n*clients+c)))
			working.Go(func() { h.client(c, rng) })
		}
	}
	for n := range 3 { // while the clients are at a quarter, at half and at three quarters
		w.until(patience, func() error { return all[0].reached((n + 1) * maxOps / 5) })
		victim := one
		if n%2 == 1 {
			victim = two
		}
		if err := victim.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := victim.Start(); err != nil {
			t.Fatal(err)
		}
	}
	working.Wait()
	seen := make(map[string]int)
	for _, h := range all {
		h.check(seen)
	}
	for _, what := range []event.StockVerdict{event.StockVerdictGranted, event.StockVerdictShort, event.StockVerdictCommitted, event.StockVerdictReleased, event.StockVerdictRefused, "lapsed"} {
		if seen[string(what)] == 0 {
			t.Errorf("nothing was %s, so nothing was shown for it: %v", what, seen)
		}
	}
	if testing.Short() {
		return
	}
	for _, h := range all { // half a minute later the holds that nobody confirmed have ended by themselves
		if h.unknown == 0 {
			w.until(patience, func() error { return w.stands(h.sku, opening, h.promised()) })
		}
	}
}

// stands compares what stock last published of an item.
func (w *world) stands(sku string, onHand, reserved int64) error {
	if n := w.positions[sku]; n.OnHand != onHand || n.Reserved != reserved {
		return fmt.Errorf("%s has %d on hand and %d reserved, want %d and %d", sku, n.OnHand, n.Reserved, onHand, reserved)
	}
	return nil
}

func (h *history) reached(ops int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.ops) < ops {
		return fmt.Errorf("%d of %d operations of %s are done", len(h.ops), ops, h.sku)
	}
	return nil
}

// promised is what the orders have in the end: a release leaves nothing, and a
// hold that nobody committed ends.
func (h *history) promised() (sum int64) {
	for order := range h.kept {
		if !h.released[order] {
			sum += units(order)
		}
	}
	return sum
}

// client does one thing after the other until the history is long enough.
func (h *history) client(id int, rng *rand.Rand) {
	for {
		h.mu.Lock()
		if len(h.ops)+len(h.ends)+2*clients >= maxOps || h.next == maxOrders-1 {
			h.mu.Unlock()
			return
		}
		in := asked{order: max(0, h.next-rng.IntN(8)), action: []string{"commit", "release"}[rng.IntN(2)]}
		if h.next == 0 || rng.IntN(5) < 2 {
			h.next++
			in = asked{order: h.next, action: "reserve", hold: rng.IntN(3) > 0}
		} else if rng.IntN(8) == 0 {
			in.order++ // perhaps before its reserve
		}
		h.mu.Unlock()
		h.do(id, in, time.Duration(10+rng.IntN(150))*time.Millisecond)
	}
}

// do writes a command and waits for its answer.
func (h *history) do(id int, in asked, span time.Duration) {
	call, until := time.Now(), time.Now().Add(span).Truncate(time.Microsecond)
	name := fmt.Sprint(h.sku, " ", in.order)
	c := &event.InventoryCommand{
		CommandID: fmt.Sprint(name, " ", id, " ", call.UnixNano()), OrderID: name, Sku: h.sku, Channel: "test", Plan: 1, RequestedAt: call,
		Action: event.StockAction(in.action),
	}
	switch in.action {
	case "reserve":
		c.Mode, c.Nodes = event.ReserveModeCommit, []event.NodeQty{{Node: node, Qty: units(in.order)}}
		if in.hold {
			c.Mode, c.ExpiresAt = event.ReserveModeHold, &until
		}
	case "commit":
		c.ReservationIds = []string{stock.ReservationID(name, h.sku, node, 1)}
	}
	answer := make(chan event.InventoryAnswer, 1)
	h.world.mu.Lock()
	h.answers[c.CommandID] = answer
	h.world.mu.Unlock()
	write(h.world, commands, topic.InventoryCommand, h.sku, c)
	op := porcupine.Operation{ClientId: id, Input: in, Call: call.UnixNano(), Return: math.MaxInt64, Output: heard{}}
	select {
	case a := <-answer:
		op.Return = time.Now().UnixNano()
		out := heard{known: true, verdict: a.Verdict, late: a.Reason == stock.ReasonMalformed && in.hold && op.Return > until.UnixNano()}
		for _, n := range a.Available {
			out.free += n.Qty
		}
		op.Output = out
	case <-time.After(answerTime):
	}
	h.note(op, in, until)
}

func (h *history) note(op porcupine.Operation, in asked, until time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := op.Output.(heard)
	switch {
	case !out.known:
		h.unknown++
	case in.action == "release":
		h.released[in.order] = true
	case out.verdict == event.StockVerdictCommitted || out.verdict == event.StockVerdictGranted && !in.hold:
		h.kept[in.order] = true
	}
	if in.hold && (!out.known || out.verdict == event.StockVerdictGranted) {
		h.ends[in.order] = until
	}
	h.ops = append(h.ops, op)
}

// grace is how long stock keeps units of a hold that ended, unless a command of
// the same order comes.
const grace = 30 * time.Second

// lapses are the moments at which holds may have ended: once their time is over,
// and no later than the last command that could find that out had its answer; or
// whenever, if the history is so long that the grace may be over.
func (h *history) lapses() (ops []porcupine.Operation) {
	last, heardOf := int64(0), map[int]int64{}
	for _, op := range h.ops {
		if in := op.Input.(asked); in.action != "reserve" {
			heardOf[in.order] = max(heardOf[in.order], op.Return)
		}
		if op.Output.(heard).known {
			last = max(last, op.Return)
		}
	}
	for order, end := range h.ends {
		op := porcupine.Operation{ClientId: clients + order, Input: asked{action: "expire", order: order}, Output: heard{}, Call: end.UnixNano(), Return: heardOf[order]}
		if time.Duration(last-op.Call) >= grace {
			op.Return = math.MaxInt64
		}
		if op.Return > op.Call {
			ops = append(ops, op)
		}
	}
	return ops
}

// check asks whether the history is one of a stock that does one thing at a time,
// and counts what was seen.
func (h *history) check(seen map[string]int) {
	h.Helper()
	for _, op := range h.ops {
		seen[string(op.Output.(heard).verdict)]++
	}
	lapses := h.lapses()
	seen["lapsed"] += len(lapses)
	h.Logf("%s: %d operations, %d without an answer, and %d holds that may have ended", h.sku, len(h.ops), h.unknown, len(lapses))
	if h.ops = append(h.ops, lapses...); len(h.ops) > maxOps {
		h.Errorf("%s: %d operations are more than can be checked", h.sku, len(h.ops))
	}
	got, info := porcupine.CheckOperationsVerbose(sequential, h.ops, checkTime)
	if got == porcupine.Ok {
		return
	}
	h.Errorf("%s is not linearizable: %s", h.sku, got)
	if path := filepath.Join(h.ArtifactDir(), h.sku+".html"); porcupine.VisualizePath(sequential, info, path) == nil {
		h.Logf("go test -artifacts keeps %s", path)
	}
}
