//go:build unix

package main_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/services/order"
	"github.com/millrace/millrace/services/order/orderhttp"
	"github.com/millrace/millrace/testenv"
)

// Each neighbour goes away in turn, most of them by kill -9, while orders come:
// they go on as far as they can, say what they wait for, and finish by themselves
// when it is back. A broker is gone for longer than a session and a transaction
// live; that hours change nothing more is shown in virtual time.
func TestOrdersOutliveTheLossOfEachNeighbour(t *testing.T) {
	t.Parallel() // it waits for other processes most of its time
	whole, s := t, newSite(t)
	own := testenv.Registry(t)
	s.registry = own.URL()
	data := t.TempDir()
	one := s.start(t, data, everything)
	s.stockUp(t, one)
	b := newBasket(23, "outage")
	submit(t, one.client, b.draw(t, 10))
	b.settle(t, one.client)

	t.Run("cache", func(t *testing.T) {
		must(t, s.cache.Kill())
		submit(t, one.client, b.draw(t, 20))
		b.settle(t, one.client)
		must(t, s.cache.Start(t.Context()))
		s.cached(t, one.client, "WS-1001", "WS-1005", "WS-1010") // what came meanwhile too
	})

	t.Run("registry", func(t *testing.T) {
		must(t, own.Kill())
		submit(t, one.client, b.draw(t, 20))
		b.settle(t, one.client)
		must(t, own.Start(t.Context()))
	})

	t.Run("system of record", func(t *testing.T) {
		s.lines["erp"].Cut()
		orders := b.draw(t, 20)
		submit(t, one.client, orders)
		b.waitFor(t, one.client, orders, order.WaitInvoice, "")
		s.lines["erp"].Heal()
		b.settle(t, one.client)
	})

	t.Run("warehouse", func(t *testing.T) {
		s.lines["north"].Cut()
		orders := b.draw(t, 40)
		submit(t, one.client, orders)
		if b.waitFor(t, one.client, orders, order.WaitNode, "north") == 0 {
			t.Error("no order waits for the warehouse")
		}
		s.lines["north"].Heal()
		b.settle(t, one.client)
	})

	t.Run("broker", func(t *testing.T) {
		under := b.draw(t, 20)
		posted := make(chan struct{})
		go func() {
			post(one.client, under, func(*placed) {}) // some are answered, some are cut off
			close(posted)
		}()
		until(t, "the first of them is known", func() error {
			_, err := one.order(under[0].name)
			return err
		})
		must(t, s.cluster.Kill())
		refused := b.draw(t, 1)[0]
		var a *answer
		until(t, "an order is refused with a reason", func() (err error) {
			if a, err = one.post(refused.name, refused.body); err != nil {
				return err
			}
			if a.status != http.StatusServiceUnavailable || !strings.Contains(string(a.body), "code") {
				return fmt.Errorf("it is answered with %s", a)
			}
			return nil
		})
		t.Logf("without a broker: %s", a)
		if len(one.available(t, "WS-1001")) == 0 {
			t.Error("without a broker nothing is said of what can be sold")
		}
		until(t, "the process says that it is not ready", func() error {
			if err := one.get("/readyz", nil); err == nil {
				return fmt.Errorf("it says that it is")
			}
			return nil
		})
		must(t, s.cluster.Start(t.Context()))
		back := time.Now()
		until(t, "the process is ready again", func() error { return one.get("/readyz", nil) })
		t.Logf("ready %.1f s after the broker was back", time.Since(back).Seconds())
		<-posted
		for _, p := range b.orders[len(b.orders)-21:] {
			until(t, "order "+p.name+" is taken", func() error {
				a, err := one.post(p.name, p.body)
				if err == nil && a.status >= 300 {
					err = fmt.Errorf("it is answered with %s", a)
				}
				return err
			})
			p.status = http.StatusOK
		}
		b.settle(t, one.client)
		t.Logf("all orders ended %.1f s after the broker was back", time.Since(back).Seconds())
	})

	t.Run("registry at a start", func(t *testing.T) {
		one.kill()
		must(t, own.Kill())
		one = launchRun(whole, s.args(data, everything)...)
		one.await(t, "that it waits for the registry", func(log string) bool { return strings.Contains(log, "the start waits for it") })
		must(t, own.Start(t.Context()))
		one.ready(t)
		submit(t, one.client, b.draw(t, 10))
	})

	t.Run("channel that is told", func(t *testing.T) {
		s.lines["shop"].Cut()
		submit(t, one.client, b.draw(t, 20))
		b.settle(t, one.client)
		s.lines["shop"].Heal()
		s.inbox.knows(t, one.client, "WS-1001", "WS-1005", "WS-1010")
	})

	b.billed(t, one.client)
	once(t, one.client)
	conserved(t, one.client)
	s.agreed(t, b, one.client)
}

// waitFor waits until every order has ended or waits for nothing but the cause and
// supply, and returns how many wait.
func (b *basket) waitFor(t *testing.T, at client, orders []*placed, cause order.Cause, who string) (waiting int) {
	t.Helper()
	seen := make(map[string]int)
	for _, p := range orders {
		until(t, fmt.Sprintf("order %s has ended or waits for %s %s", p.name, cause, who), func() error {
			o, err := at.order(p.name)
			if err != nil {
				return err
			}
			if ended(o) == nil {
				seen["ended"]++
				return nil
			}
			if other := slices.ContainsFunc(o.WaitsFor, func(w orderhttp.Wait) bool {
				return w.Cause != order.WaitSupply && (w.Cause != cause || w.Who != who)
			}); other || len(o.WaitsFor) == 0 {
				return fmt.Errorf("it is %s and waits for %+v", o.Status, o.WaitsFor)
			}
			seen["waits"]++
			return nil
		})
	}
	t.Logf("of %d orders %v", len(orders), seen)
	return seen["waits"]
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
