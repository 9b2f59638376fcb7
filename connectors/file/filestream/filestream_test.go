package filestream_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/connectors/file/filestream"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

func of[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

type scene struct {
	*streamstest.Driver
	room      *filestream.Room
	runs      streams.Topic[event.PartnerRun]
	submits   streams.Topic[event.OrderSubmit]
	supplies  streams.Topic[event.InventorySupply]
	positions streams.Topic[event.InventoryPosition]
	movements streams.Topic[event.InventoryMovement]
	received  int // supplies that were answered
}

const orders = 4500 // more than fit into a chunk

// newScene makes a run "r" of a Northwind drop: an order a day.
func newScene(t *testing.T, opts streamstest.Options, backlog func(context.Context) (int64, error)) *scene {
	t.Helper()
	dir := t.TempDir()
	var heads, lines strings.Builder
	heads.WriteString("order_id,customer_id,order_date,freight,ship_region,ship_postal_code,ship_country\n")
	lines.WriteString("order_id,product_id,unit_price,quantity,discount\n")
	for n := range orders {
		date := time.Date(1996, 7, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n/10)
		fmt.Fprintf(&heads, "%d,VINET,%s,1.5,,,France\n", n, date.Format(time.DateOnly))
		fmt.Fprintf(&lines, "%d,%d,2.50,3,0\n", n, n%2)
	}
	lines.WriteString("x,1,2.50,3,0\n")
	for name, text := range map[string]string{
		"orders.csv": heads.String(), "order_details.csv": lines.String(),
		"products.csv": "product_id,product_name,unit_price,units_in_stock,units_on_order,discontinued\n0,Tea,1,100,0,0\n1,Rum,1,50,40,0\n",
	} {
		if err := os.MkdirAll(filepath.Join(dir, "r"), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "r", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := codec.NewMemory()
	room := filestream.New(filestream.Config{Schemas: s, Partners: partner.Shipped(), Dir: dir, Backlog: backlog})
	return &scene{
		Driver: streamstest.New(t, opts, room.Topology), room: room, runs: of[event.PartnerRun](s, topic.PartnerRun),
		submits: of[event.OrderSubmit](s, topic.OrderSubmit), supplies: of[event.InventorySupply](s, topic.InventorySupply),
		positions: of[event.InventoryPosition](s, topic.InventoryPosition), movements: of[event.InventoryMovement](s, topic.InventoryMovement),
	}
}

func (s *scene) start(speed int64, files ...string) {
	if files == nil {
		files = []string{"order_details.csv", "orders.csv", "products.csv"}
	}
	streamstest.Send(s.Driver, s.runs, "r", &event.PartnerRun{RunID: "r", Partner: "northwind", Files: files, Speed: speed, RequestedAt: s.Now()})
}

// stock answers supplies, as nodes and the stock room would.
func (s *scene) stock() {
	supplies := streamstest.Read(s.Driver, s.supplies)
	if len(supplies) == s.received {
		return
	}
	s.received = len(supplies)
	for _, sup := range supplies {
		streamstest.Send(s.Driver, s.movements, sup.Key, &event.InventoryMovement{
			EntryID: connector.ReceiptID(sup.Value.Node, sup.Value.SupplyID), Sku: sup.Key, Node: sup.Value.Node, Qty: sup.Value.Qty, Reason: connector.Receipt,
			From: event.StockConditionOutside, To: event.StockConditionSellable,
		})
		streamstest.Send(s.Driver, s.positions, sup.Key, &event.InventoryPosition{
			Sku: sup.Key, Version: 1, Nodes: []event.NodePosition{{Node: sup.Value.Node, OnHand: sup.Value.Qty, Available: sup.Value.Qty}},
		})
	}
}

func (s *scene) state(t *testing.T) *event.FileRunRecord {
	t.Helper()
	run, err := s.room.Runs.Get(s.Driver, "r")
	if err != nil || run == nil {
		t.Fatalf("run %v, %v", run, err)
	}
	return run
}

// finish advances the clock until the run ended.
func (s *scene) finish(t *testing.T) *event.FileRunRecord {
	t.Helper()
	for range 1000 {
		if run := s.state(t); run.Phase == filestream.Done || run.Phase == filestream.Failed {
			return run
		}
		s.stock()
		s.Advance(time.Second)
	}
	t.Fatalf("the run never ends: %+v", s.state(t))
	return nil
}

func TestEachEntryIsPublishedOnceOverAbortsAndCrashes(t *testing.T) {
	for seed := range uint64(5) {
		s := newScene(t, streamstest.Options{Seed: seed, AbortRate: 0.3, CrashRate: 0.3}, nil)
		s.start(0)
		s.Advance(time.Second)
		s.stock()
		run := s.finish(t)
		s.NoDeadLetters()
		seen := make(map[string]bool)
		for _, o := range streamstest.Read(s.Driver, s.submits) {
			if seen[o.Value.ExternalID] {
				t.Fatalf("seed %d: order %s came twice", seed, o.Value.ExternalID)
			}
			seen[o.Value.ExternalID] = true
		}
		if len(seen) != orders || run.Orders != orders || run.RowsOrders != orders || run.RowsIn != orders+1 || run.RefusedRows != 1 || run.Units != 3*orders {
			t.Errorf("seed %d: %d orders, run %+v", seed, len(seen), run)
		}
		if run.Money != 750*orders || run.MoneyE6 != 7_500_000*orders {
			t.Errorf("seed %d: money %d, exact %d", seed, run.Money, run.MoneyE6)
		}
		rows, err := s.room.Refusals.Read(s.Driver, "r")
		if err != nil || len(rows) != 1 || rows[0].Reason != "MALFORMED" || !strings.Contains(rows[0].Text, `"x"`) {
			t.Errorf("seed %d: refused rows %+v, %v", seed, rows, err)
		}
	}
}

func TestNoOrderIsPublishedBeforeTheOpeningIsInStock(t *testing.T) {
	s := newScene(t, streamstest.Options{}, nil)
	s.start(0)
	s.Advance(10 * time.Second)
	if n := len(streamstest.Read(s.Driver, s.submits)); n != 0 || s.state(t).Phase != filestream.Opening {
		t.Fatalf("%d orders in phase %s", n, s.state(t).Phase)
	}
	s.stock()
	if run := s.finish(t); run.Supplies != 3 || run.Products != 2 {
		t.Errorf("run %+v", run)
	}
}

func TestDocumentsWaitForTheGoodsThatWereDue(t *testing.T) {
	s := newScene(t, streamstest.Options{}, nil)
	s.start(0)
	s.Advance(time.Second)
	s.stock()
	s.Advance(time.Minute)
	run := s.state(t)
	if due := run.FirstDate.AddDate(0, 0, 30); !run.LastDate.Before(due) || run.Supplies != 3 || !strings.Contains(run.Waiting, "1 supplies due") {
		t.Fatalf("published up to %s with %d supplies, waiting for %q; goods are due on %s", run.LastDate, run.Supplies, run.Waiting, due)
	}
	s.stock()
	if run := s.finish(t); run.Phase != filestream.Done || run.Waiting != "" {
		t.Errorf("run %+v", run)
	}
}

func TestARunWaitsWhileTheRoomsBehindHaveTooMuchToDo(t *testing.T) {
	backlog := int64(1 << 40)
	s := newScene(t, streamstest.Options{}, func(context.Context) (int64, error) { return backlog, nil })
	s.start(0)
	s.Advance(time.Second)
	if n := len(streamstest.Read(s.Driver, s.supplies)); n != 0 {
		t.Fatalf("%d supplies in spite of the backlog", n)
	}
	backlog = 0
	s.Advance(time.Second)
	s.stock()
	s.finish(t)
}

func TestAPacedRunFollowsTheDatesOfTheFile(t *testing.T) {
	s := newScene(t, streamstest.Options{}, nil)
	s.stock()
	s.start(86_400) // a day a second
	s.Advance(time.Second)
	for range 201 {
		s.stock()
		s.Advance(500 * time.Millisecond)
	}
	if n := len(streamstest.Read(s.Driver, s.submits)); n < 990 || n > 1030 {
		t.Errorf("%d orders after 100 days at 10 a day", n)
	}
	s.finish(t)
}

func TestTheSameRunAskedForTwiceIsOneRun(t *testing.T) {
	s := newScene(t, streamstest.Options{}, nil)
	s.start(0)
	s.Advance(time.Second)
	s.stock()
	s.start(0)
	s.finish(t)
	s.start(0)
	s.Advance(time.Second)
	s.NoDeadLetters()
	if n := len(streamstest.Read(s.Driver, s.submits)); n != orders {
		t.Errorf("%d orders, want %d", n, orders)
	}
}

func TestARunThatFailsSaysWhyAndGoesOnWhenAskedAgain(t *testing.T) {
	s := newScene(t, streamstest.Options{}, nil)
	s.start(0, "orders.csv", "products.csv")
	s.Advance(time.Second)
	if run := s.state(t); run.Phase != filestream.Failed || !strings.Contains(run.Failure, "order_details.csv") {
		t.Fatalf("run %+v", run)
	}
	s.start(0)
	s.Advance(time.Second)
	s.stock()
	if run := s.finish(t); run.Phase != filestream.Done {
		t.Errorf("run %+v", run)
	}
}
