//go:build unix

package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/sandbox"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/audit"
	"github.com/millrace/millrace/services/audit/auditstream"
	"github.com/millrace/millrace/services/gateway"
	"github.com/millrace/millrace/services/order/orderhttp"
	"github.com/millrace/millrace/services/tap/taphttp"
)

// firstOrderWithin is how soon after its start a first order is through; two seconds is
// what it takes on a machine with much else to do.
const firstOrderWithin = 60 * time.Second

func TestDevCompletesAFirstOrderAndAnswersTheTour(t *testing.T) {
	binary(t) // is built before the clock runs
	began, data := time.Now(), t.TempDir()
	dev := startDev(t, data, "--traffic", "5")
	var done []orderhttp.Row
	until(t, "a sample order is completed", func() error {
		var page struct{ Orders []orderhttp.Row }
		if err := dev.get("/v1/orders?status=completed", &page); err != nil {
			return err
		}
		if done = page.Orders; len(done) == 0 {
			return errors.New("none yet")
		}
		return nil
	})
	took := time.Since(began)
	if t.Logf("the first sample order was completed %.1f s after the start", took.Seconds()); took > firstOrderWithin {
		t.Errorf("that is more than %s", firstOrderWithin)
	}

	t.Run("operators' questions are answered", func(t *testing.T) {
		for path, want := range map[string]string{
			"/livez": "ok\n", "/readyz": "ready\n", "/openapi.yaml": string(gateway.OpenAPI), "/metrics": "go_goroutines ",
		} {
			a, err := dev.do(http.MethodGet, path, nil, nil)
			if err != nil || a.status != http.StatusOK || !strings.Contains(string(a.body), want) {
				t.Errorf("GET %s: %v %.200s, want 200 with %.40q", path, err, a, want)
			}
		}
	})
	t.Run("commands list and show orders", func(t *testing.T) {
		var rows []orderhttp.Row
		unmarshal(t, dev.command(t, "orders", "list", "--status", "completed", "-o", "json"), &rows)
		if len(rows) == 0 || rows[0].Status != event.OrderStatusCompleted {
			t.Fatalf("orders list shows %+v, want completed orders", rows)
		}
		var o orderhttp.Order
		unmarshal(t, dev.command(t, "orders", "show", rows[0].Channel+":"+rows[0].ExternalID, "-o", "json"), &o)
		if o.OrderID != rows[0].OrderID || len(o.Lines) == 0 || len(o.Shipments) == 0 || len(o.Invoices) == 0 || o.Invoiced != o.Total {
			t.Errorf("orders show gives %+v, want a whole order with lines, shipments and invoices", o)
		}
		for n := 1; n < len(o.Timeline); n++ {
			if o.Timeline[n].At.Before(o.Timeline[n-1].At) {
				t.Errorf("the timeline goes back at %+v", o.Timeline[n])
			}
		}
		for _, text := range []string{o.OrderID, "INVOICE", "completed"} {
			if table := dev.command(t, "orders", "show", o.OrderID); !bytes.Contains(table, []byte(text)) {
				t.Errorf("orders show prints no %q:\n%s", text, table)
			}
		}
	})
	t.Run("what only the supplier has is bought of it and completed", func(t *testing.T) {
		body := `{"channel":"shop","external_id":"made-1","currency":"EUR","customer":{"id":"C-100","country":"DE"},"lines":[{"sku":"WS-2001","quantity":2,"unit_price":"349.00"}]}`
		if _, err := dev.do(http.MethodPost, "/v1/orders", http.Header{"Content-Type": {"application/json"}, gateway.IdempotencyKey: {"shop:made-1"}}, []byte(body)); err != nil {
			t.Fatal(err)
		}
		until(t, "the order is completed", func() error {
			var o orderhttp.Order
			if err := dev.get("/v1/orders/shop:made-1", &o); err != nil {
				return err
			}
			if o.Status != event.OrderStatusCompleted || len(o.Shipments) != 1 || o.Shipments[0].Node != "works" {
				return fmt.Errorf("it is %s and waits for %+v", o.Status, o.WaitsFor)
			}
			return nil
		})
	})
	t.Run("carriers deliver what left", func(t *testing.T) {
		id := done[0].OrderID
		until(t, "every parcel of a completed order is delivered", func() error {
			var o orderhttp.Order
			if err := dev.get("/v1/orders/"+id, &o); err != nil {
				return err
			}
			return delivered(o)
		})
		if table := dev.command(t, "orders", "show", id); !bytes.Contains(table, []byte("DELIVERED")) || !bytes.Contains(table, []byte(" delivered")) {
			t.Errorf("orders show does not say that it arrived:\n%s", table)
		}
	})
	t.Run("commands list topics and tap them", func(t *testing.T) {
		var topics []taphttp.Topic
		unmarshal(t, dev.command(t, "topics", "-o", "json"), &topics)
		if len(topics) < 30 {
			t.Errorf("topics lists %d topics", len(topics))
		}
		found := lines[taphttp.Line](t, bytes.NewReader(dev.command(t, "tap", "order.completed.v1", "--limit", "1")))
		if len(found) != 1 {
			t.Fatalf("tap --limit 1 prints %d records", len(found))
		}
		for _, header := range []string{"ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject", "ce_correlationid", "ce_causationid", "content-type"} {
			if found[0].Headers[header] == "" {
				t.Errorf("a record of order.completed.v1 has no header %s: %v", header, found[0].Headers)
			}
		}
		value, ok := found[0].Value.(map[string]any)
		if !ok || value["order_id"] != found[0].Key || found[0].Headers["ce_correlationid"] != found[0].Key {
			t.Errorf("the record of order %s says %v", found[0].Key, found[0].Value)
		}
	})
	t.Run("the auditor finds nothing wrong", func(t *testing.T) {
		var once, live auditstream.Account
		unmarshal(t, dev.command(t, "audit", "--kafka", dev.kafka, "--registry", dev.registry, "-o", "json"), &once)
		until(t, "the auditor of the server has read orders", func() error {
			if err := dev.get("/v1/audit", &live); err != nil {
				return err
			}
			for _, tally := range live.Tallies {
				if tally.Invariant == audit.Lines && tally.Checked > 0 {
					return nil
				}
			}
			return fmt.Errorf("it shows %+v", live)
		})
		for _, v := range append(once.Violations, live.Violations...) {
			t.Errorf("%s of %s: want %s, got %s, see %v", v.Invariant, v.Key, v.Expected, v.Seen, v.Records)
		}
		for _, tally := range once.Tallies {
			if tally.Invariant == audit.Provenance && tally.Checked == 0 || once.Partial {
				t.Errorf("the audit of the whole log checked %+v, partial %v", tally, once.Partial)
			}
		}
	})
	t.Run("availability is known", func(t *testing.T) {
		if got := dev.available(t, "WS-1001"); len(got) != 3 || got["harbor"] <= 0 {
			t.Errorf("availability of WS-1001 is %v, want units at three nodes", got)
		}
	})
	t.Run("one mapping frees every order that waits for it", func(t *testing.T) { mapNumber(t, dev.client) })
	t.Run("units are kept for a basket until it is ordered", func(t *testing.T) { checkOut(t, dev.client) })
	var changed string
	t.Run("an amended order is amended at the ERP", func(t *testing.T) { changed = amendOrder(t, dev.client) })
	dev.stop(t)
	amended(t, filepath.Join(data, "twins"), changed)
	if bad := dev.failures(); len(bad) > 0 {
		t.Errorf("the server logged errors: %s", strings.Join(bad, "\n"))
	}
}

func TestDevGoesOnWhereItWasAfterAnInterruptAndAfterACrash(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIP restarts: -short kills no servers")
	}
	data := t.TempDir()
	b := newBasket(7, "restart")

	dev := startDev(t, data, "--traffic", "off")
	submit(t, dev.client, b.draw(t, 30)) // stopped while they are under way
	dev.stop(t)

	dev = startDev(t, data, "--traffic", "off")
	repeat(t, dev.client, b.orders)
	submit(t, dev.client, b.draw(t, 10))
	b.billed(t, dev.client)

	for round := range 2 {
		crash(t, dev, b, 60)
		dev = startDev(t, data, "--traffic", "off")
		for _, p := range b.orders {
			if _, err := dev.order(p.name); p.taken() && err != nil {
				t.Errorf("after crash %d order %s is lost, which was answered with %d: %v", round+1, p.name, p.status, err)
			}
		}
		repeat(t, dev.client, b.orders)
		b.billed(t, dev.client)
	}
	once(t, dev.client)
	sum := dev.summary(t)
	if int(sum.Orders.Accepted) != len(b.orders) || sum.Orders.Open != 0 {
		t.Errorf("%d orders were placed, the sums say %+v", len(b.orders), sum.Orders)
	}
	conserved(t, dev.client)
	agreed(t, dev)
	dev.stop(t)
	booked(t, filepath.Join(data, "twins"), sum)
}

// crash kills a server in the middle of answering n more orders.
func crash(t *testing.T, s *server, b *basket, n int) {
	t.Helper()
	var mu sync.Mutex
	done := 0
	orders := b.draw(t, n)
	post(s.client, orders, func(*placed) {
		mu.Lock() // nobody posts another one while the kill is under way
		defer mu.Unlock()
		if done++; done == n/3 {
			s.kill()
		}
	})
	answered := 0
	for _, p := range orders {
		if p.taken() {
			answered++
		}
	}
	t.Logf("killed with %d of %d orders answered", answered, n)
	if answered == 0 || answered == n {
		t.Fatalf("the kill did not fall into the traffic: %d of %d orders were answered", answered, n)
	}
}

// conserved waits until stock, which hears of an order's end after the order has
// ended, has nothing promised, nothing promised twice, and nothing that hangs.
func conserved(t *testing.T, at client) {
	t.Helper()
	until(t, "nothing is promised", func() error {
		if sum := at.stock(t); sum.Reserved != 0 || sum.OversoldUnits != 0 || sum.NegativePositions != 0 || sum.OverShipped != 0 || sum.WaitingClaims != 0 {
			return fmt.Errorf("with every order ended the stock is %+v, want nothing reserved, oversold or over-shipped", sum)
		}
		return nil
	})
}

// agreed waits until the twins' own books say what ours say.
func agreed(t *testing.T, dev *server) {
	t.Helper()
	until(t, "every twin's books agree", func() error {
		var answer struct {
			Books []struct{ Partner, What, Theirs, Ours string }
		}
		if err := dev.get("/v1/books", &answer); err != nil {
			return err
		}
		if len(answer.Books) < 7 {
			return fmt.Errorf("only %d figures are compared", len(answer.Books))
		}
		for _, c := range answer.Books {
			if c.Theirs != c.Ours {
				return fmt.Errorf("%s: %s theirs %s, ours %s", c.Partner, c.What, c.Theirs, c.Ours)
			}
		}
		return nil
	})
}

// booked opens the twins' journals and checks that no document was booked twice.
func booked(t *testing.T, dir string, sum orderhttp.Summary) {
	t.Helper()
	erp, err := sandbox.StartERP(sandbox.Options{Name: "erp", Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer erp.Close()
	books := erp.Books()
	if books.Documents != books.Keys || books.Sales != int(sum.Orders.Accepted) {
		t.Errorf("the ERP has %d sales and %d documents of %d keys, want %d sales and no document twice", books.Sales, books.Documents, books.Keys, sum.Orders.Accepted)
	}
	for _, name := range []string{"north", "south"} {
		w, err := sandbox.StartWarehouse(sandbox.Options{Name: name, Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if books := w.Books(); books.Documents != books.Keys {
			t.Errorf("%s has %d documents of %d keys", name, books.Documents, books.Keys)
		}
		w.Close()
	}
}

func unmarshal(t *testing.T, text []byte, dst any) {
	t.Helper()
	if err := json.Unmarshal(text, dst); err != nil {
		t.Fatalf("reading JSON: %v\n%s", err, text)
	}
}
