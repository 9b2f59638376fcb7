//go:build unix

package main_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/millrace/millrace/connectors/sandbox"
	"github.com/millrace/millrace/platform/kafka"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/envelope"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/registry"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/demo"
	"github.com/millrace/millrace/testenv"
)

// site is a Kafka, a registry and a Redis of their own with partners beside
// them: what `millrace run` meets in production. Topics have fixed names, so
// nothing of it can be shared with other tests but the registry.
type site struct {
	brokers, registry, redis string
	cluster                  *testenv.KafkaCluster
	cache                    *testenv.RedisServer
	partners                 string // folder of partner files
	erp                      *sandbox.ERP
	yards                    map[string]interface{ Books() sandbox.Books }
	lines                    map[string]*testenv.Proxy // to each partner that is called
	inbox                    *inbox                    // of the channel shop
}

func newSite(t *testing.T) *site {
	t.Helper()
	cluster := testenv.Kafka(t, testenv.KafkaOptions{Config: map[string]string{"group.initial.rebalance.delay.ms": "0"}})
	cache := testenv.Redis(t)
	s := &site{
		brokers: cluster.Addr(), registry: testenv.SharedRegistry(t), redis: cache.Addr(), cluster: cluster, cache: cache,
		partners: t.TempDir(), yards: make(map[string]interface{ Books() sandbox.Books }), lines: make(map[string]*testenv.Proxy),
	}
	var err error
	if s.erp, err = sandbox.StartERP(sandbox.Options{Name: "erp"}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.erp.Close() })
	s.partner(t, "erp", fmt.Sprintf("role: erp\nvendor: twinerp\ntransport: http\nbase_url: %s\n", s.line(t, "erp", s.erp.URL())))
	for rank, node := range []string{"north", "south"} {
		w, err := sandbox.StartWarehouse(sandbox.Options{Name: node})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { w.Close() })
		s.yards[node] = w
		s.partner(t, node, shipper("wms", "twinwms", s.line(t, node, w.URL()), node, rank+1,
			"received: ACKNOWLEDGED, picked: PICKED, short: SHORT_PICKED, packed: PACKED, shipped: SHIPPED, cancelled: CANCELLED, cancel_refused: CANCEL_REFUSED"))
	}
	h, err := sandbox.StartThreePL(sandbox.Options{Name: "harbor"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	s.yards["harbor"] = h
	s.partner(t, "harbor", shipper("threepl", "twinthreepl", s.line(t, "harbor", h.URL()), "harbor", 3,
		"Processing: ACKNOWLEDGED, Picked: PICKED, Exception: SHORT_PICKED, Labeled: PACKED, Completed: SHIPPED, Cancelled: CANCELLED, CancelRejected: CANCEL_REFUSED"))
	s.inbox = newInbox(t)
	s.partner(t, "shop", "role: channel\ntransport: webhook\nsells: {currencies: [EUR, CHF], shortage: backorder, nodes: [north, south, harbor]}\n"+
		fmt.Sprintf("webhook: {url: %s, secrets: [%q], private: true}\n", s.line(t, "shop", s.inbox.url), s.inbox.secret))
	// A channel that only posts orders is called by nobody.
	s.partner(t, "marketplace", "role: channel\nvendor: api\ntransport: http\nbase_url: http://127.0.0.1:1\n"+
		"sells: {currencies: [EUR], shortage: cancel, nodes: [north, south, harbor]}\n")
	for _, id := range []string{"northwind", "online-retail"} { // as they ship
		text, err := os.ReadFile(filepath.Join("..", "..", "..", "connectors", "partner", id+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(s.partners, id+".yaml"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// line leads to a partner and can be cut.
func (s *site) line(t *testing.T, partner, url string) string {
	t.Helper()
	s.lines[partner] = testenv.NewProxy(t, strings.TrimPrefix(url, "http://"))
	return "http://" + s.lines[partner].Addr()
}

func (s *site) partner(t *testing.T, id, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.partners, id+".yaml"), []byte("id: "+id+"\nname: "+id+"\n"+text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func shipper(role, vendor, url, node string, rank int, words string) string {
	return fmt.Sprintf("role: %s\nvendor: %s\ntransport: http\nbase_url: %s\nnode: {id: %s, name: %s, rank: %d, goods_issue: shipment}\n"+
		"statuses: {version: \"1\", words: {%s}}\n", role, vendor, url, node, node, rank, words)
}

// args are those of targets with local state in data.
func (s *site) args(data, targets string) []string {
	return []string{
		"--target", targets, "--kafka", s.brokers, "--registry", s.registry, "--redis", s.redis,
		"--data", data, "--partners", s.partners, "--topics-partitions", "4",
	}
}

// start runs targets with local state in data.
func (s *site) start(t *testing.T, data, targets string) *server {
	t.Helper()
	return startRun(t, s.args(data, targets)...)
}

// stockUp publishes the sample catalogue and its opening stock, and waits until the
// server has all of it.
func (s *site) stockUp(t *testing.T, at *server) {
	t.Helper()
	source, err := registry.NewClient([]string{s.registry})
	if err != nil {
		t.Fatal(err)
	}
	schemas := codec.New(source)
	if err := schemas.RegisterAll(t.Context(), topic.All()); err != nil {
		t.Fatal(err)
	}
	producer, err := kafka.NewProducer(kafka.Config{Brokers: strings.Split(s.brokers, ","), ClientID: "catalogue"})
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close()
	products := demo.Catalogue(time.Now())
	for i := range products {
		write(t, producer, codec.Of[event.ProductPublished](schemas, topic.ProductPublished), topic.ProductPublished, products[i].Sku, products[i].Sku, &products[i])
	}
	for _, o := range demo.Opening(products, time.Now()) {
		write(t, producer, codec.Of[event.InventorySupply](schemas, topic.InventorySupply), topic.InventorySupply, o.Sku, o.SupplyID, &o)
	}
	until(t, "every item has stock", func() error {
		if sum := at.stock(t); int(sum.SKUs) < len(products) || sum.Nodes["harbor"] == 0 {
			return fmt.Errorf("stock is %+v", sum)
		}
		return nil
	})
}

// write publishes one event; id tells it from all others of its topic.
func write[T any](t *testing.T, producer *kafka.Producer, c *codec.Codec[T], def topic.Def, key, id string, v *T) {
	t.Helper()
	value, err := c.Append(nil, v)
	if err != nil {
		t.Fatal(err)
	}
	r := kafka.Record{Topic: def.Name, Key: []byte(key), Value: value}
	e := envelope.Envelope{ID: event.Derived(id, def.Name, 0), Source: "millrace/e2e", Type: def.Record, Time: time.Now(), Subject: key, PartitionKey: key}
	for _, h := range e.Append(nil) {
		r.Headers = append(r.Headers, kafka.Header(h))
	}
	if _, _, err := producer.Produce(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

// agreed checks the partners' books against the orders, and that none of them
// booked a document twice.
func (s *site) agreed(t *testing.T, b *basket, at client) {
	t.Helper()
	var ordered, shipped, cancelled int64
	invoices := 0
	for _, o := range b.settle(t, at) {
		ordered, shipped, cancelled = ordered+o.Units.Ordered, shipped+o.Units.Shipped, cancelled+o.Units.Cancelled
		invoices += len(o.Invoices)
	}
	until(t, "the partners' books agree", func() error {
		books := s.erp.Books()
		if books.Sales != len(b.orders) || books.Invoices != invoices || books.Units.Ordered != ordered || books.Units.Shipped != shipped || books.Units.Cancelled != cancelled {
			return fmt.Errorf("the ERP has %+v, want %d sales, %d invoices, units %d, %d shipped, %d cancelled", books, len(b.orders), invoices, ordered, shipped, cancelled)
		}
		if books.Documents != books.Keys {
			return fmt.Errorf("the ERP booked %d documents of %d keys", books.Documents, books.Keys)
		}
		var left int64
		for node, y := range s.yards {
			books := y.Books()
			if left += books.Total.Shipped; books.Documents != books.Keys {
				return fmt.Errorf("%s booked %d documents of %d keys", node, books.Documents, books.Keys)
			}
		}
		if left != shipped {
			return fmt.Errorf("%d units left the nodes, ours say %d", left, shipped)
		}
		return nil
	})
}

// cached compares what Redis holds of a few items with the answers of the API.
func (s *site) cached(t *testing.T, at client, skus ...string) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: s.redis})
	defer client.Close()
	until(t, "Redis holds what the API answers", func() error {
		for _, sku := range skus {
			fields, err := client.HGetAll(context.Background(), "avail:"+sku).Result()
			if err != nil {
				return err
			}
			kept := make(map[string]int64)
			for field, text := range fields {
				if field == "v" || strings.HasPrefix(field, ".") {
					continue
				}
				if kept[field], err = strconv.ParseInt(text, 10, 64); err != nil {
					return err
				}
			}
			if shown := at.available(t, sku); len(shown) == 0 || !maps.Equal(kept, shown) {
				return fmt.Errorf("of %s Redis has %v, the API says %v", sku, kept, shown)
			}
		}
		return nil
	})
}

const everything = "order,stock,availability,webhooks,fulfilment,settlement,credit,returns,connectors"

func TestRunCarriesOrdersOnRealNeighbours(t *testing.T) {
	t.Parallel()              // it waits for other processes most of its time
	whole, s := t, newSite(t) // servers outlive the part of the test that starts them
	data := t.TempDir()
	one := s.start(t, data, everything)
	s.stockUp(t, one)
	b := newBasket(11, "run")
	submit(t, one.client, b.draw(t, 40))
	b.billed(t, one.client)
	s.cached(t, one.client, "WS-1001", "WS-1005", "WS-1010")

	t.Run("a client of another maker reads accepted orders", func(t *testing.T) { readByPython(t, one.client, s.brokers, s.registry) })

	t.Run("a kill loses and doubles nothing", func(t *testing.T) {
		crash(t, one, b, 60)
		one = s.start(whole, data, everything)
		repeat(t, one.client, b.orders)
		b.billed(t, one.client)
		once(t, one.client)
		conserved(t, one.client)
		s.agreed(t, b, one.client)
		s.cached(t, one.client, "WS-1001", "WS-1005", "WS-1010")
		s.inbox.knows(t, one.client, "WS-1001", "WS-1005", "WS-1010")
	})

	t.Run("two processes share the rooms and answer for each other", func(t *testing.T) {
		one.stop(t)
		one = s.start(whole, data, "order,stock,availability,connectors")
		two := s.start(whole, t.TempDir(), "order,stock,availability,fulfilment,settlement,credit,returns")
		until(t, "both own some orders", func() error {
			at, with := one.summary(t).Orders.Accepted, two.summary(t).Orders.Accepted
			if at == 0 || with == 0 || int(at+with) != len(b.orders) {
				return fmt.Errorf("%d orders at one, %d at the other, %d in all", at, with, len(b.orders))
			}
			return nil
		})
		first, second := b.draw(t, 20), b.draw(t, 20)
		submit(t, one.client, first)
		submit(t, two.client, second)
		b.billed(t, one.client)
		for _, p := range b.orders {
			until(t, "both show order "+p.name+" alike", func() error {
				here, err := one.do(http.MethodGet, "/v1/orders/"+p.name, nil, nil)
				if err != nil {
					return err
				}
				there, err := two.do(http.MethodGet, "/v1/orders/"+p.name, nil, nil)
				if err != nil {
					return err
				}
				if string(here.body) != string(there.body) || here.status != http.StatusOK {
					return fmt.Errorf("it is %s at one process and %s at the other", here, there)
				}
				return nil
			})
		}
		repeat(t, two.client, first)
		repeat(t, one.client, second)
		for _, sku := range []string{"WS-1001", "WS-1005"} {
			until(t, "both say the same of "+sku, func() error { // each reads the positions for itself
				if here, there := one.available(t, sku), two.available(t, sku); !maps.Equal(here, there) {
					return fmt.Errorf("one process says %v, the other %v", here, there)
				}
				return nil
			})
		}
		once(t, two.client)
		s.agreed(t, b, two.client)
		one.stop(t)
		two.stop(t)
	})
}
