package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/time/rate"

	"github.com/millrace/millrace/platform/kafka"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/envelope"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/demo"
	"github.com/millrace/millrace/services/stock"
)

// dev is what `millrace dev` adds to a process: sample data, customers, and a
// few lines about where everything is.
type dev struct {
	*process
	flags devFlags
	rate  float64
	twins *twins
	began time.Time
}

// run fills an empty installation, greets, and lets customers order until ctx
// ends.
func (d *dev) run(ctx context.Context, ready func()) error {
	products := demo.Catalogue(time.Now())
	made, _ := demo.Made(time.Now())
	units, err := d.fill(ctx, products, made)
	if err != nil {
		return fmt.Errorf("filling the sample installation: %w", err)
	}
	if err := d.await(ctx, units); err != nil {
		return nil
	}
	ready()
	d.greet(ctx)
	d.order(ctx, demo.NewCustomers(d.flags.seed, time.Now().UTC().Format("060102-150405"), append(products, made...)))
	<-ctx.Done()
	return nil
}

// fill publishes the catalogue, also what only the supplier has, and the opening stock
// of our own nodes, unless stock was announced before, and returns the units that are on
// their way because of it.
func (d *dev) fill(ctx context.Context, products, made []event.ProductPublished) (units int64, err error) {
	ends, err := d.reader.Ends(ctx, topic.InventorySupply.Name)
	if err != nil {
		return 0, err
	}
	for _, next := range ends[topic.InventorySupply.Name].Next {
		if next > 0 {
			return 0, nil
		}
	}
	catalogue := codec.Of[event.ProductPublished](d.schemas, topic.ProductPublished)
	for _, p := range slices.Concat(products, made) {
		if err := publish(ctx, d.producer, catalogue, topic.ProductPublished, p.Sku, p.Sku, &p); err != nil {
			return 0, err
		}
	}
	supplies := codec.Of[event.InventorySupply](d.schemas, topic.InventorySupply)
	for _, s := range demo.Opening(products, time.Now()) {
		if err := publish(ctx, d.producer, supplies, topic.InventorySupply, s.Sku, s.SupplyID, &s); err != nil {
			return 0, err
		}
		units += s.Qty
	}
	return units, nil
}

// publish writes one event; id tells it from all others of its topic.
func publish[T any](ctx context.Context, producer *kafka.Producer, c *codec.Codec[T], def topic.Def, key, id string, v *T) error {
	b, err := c.Append(nil, v)
	if err != nil {
		return err
	}
	e := envelope.Envelope{ID: event.Derived(id, def.Name, 0), Source: "millrace/demo", Type: def.Record, Time: time.Now(), Subject: key, PartitionKey: key}
	_, _, err = producer.Produce(ctx, enveloped(e, def.Name, key, b))
	return err
}

// await returns when every task is active and the opening stock has arrived at
// all nodes: the first customer shall not find shelves half full.
func (d *dev) await(ctx context.Context, units int64) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for d.app.Ready() != nil || !d.stocked(ctx, units) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// stocked says whether the stock room has so many units at our own nodes.
func (d *dev) stocked(ctx context.Context, units int64) bool {
	var sum stock.Summary
	self := remote{server: "http://" + d.server.Addr()}
	err := self.get(ctx, "/v1/stock/summary", &sum)
	for _, node := range demo.Nodes {
		units -= sum.Nodes[node]
	}
	return err == nil && units <= 0
}

// greet prints where everything is and what to try.
func (d *dev) greet(ctx context.Context) {
	state := "kept nowhere (--ephemeral)"
	if size, err := d.neighbours.embedded.Size(ctx); err == nil && !d.flags.ephemeral {
		state = fmt.Sprintf("%s (%.1f MB of topics)", d.flags.data, float64(size.Bytes)/1e6)
	}
	customers := "off"
	if d.rate > 0 {
		customers = strconv.FormatFloat(d.rate, 'g', -1, 64) + " orders a second from sample customers"
	}
	server := "http://" + d.server.Addr()
	fmt.Fprintf(os.Stdout, `
Millrace is up after %.1f s. For development, not for production.

  HTTP      %s   (/openapi.yaml, /metrics, /readyz)
  Kafka     %s
  Registry  %s
  State     %s
  Twins     %s: an ERP, warehouses north and south, a 3PL at the harbor, the works of a supplier, a payment provider, carriers
  Traffic   %s

Try, in another terminal:
  curl -s '%s/v1/availability?sku=WS-1001'
  go run ./services/cmd/millrace orders list --server %s
  go run ./services/cmd/millrace tap order.completed.v1 --limit 1 --server %s

Ctrl-C ends it; the next start goes on from here.
`, time.Since(d.began).Seconds(), server, d.neighbours.kafka.Brokers[0], d.neighbours.registry[0], state, d.flags.twins, customers, server, server, server)
}

// order lets customers place orders over HTTP, like anybody else would. What the
// server refuses is logged; it must not end the demonstration.
func (d *dev) order(ctx context.Context, customers *demo.Customers) {
	if d.rate == 0 {
		return
	}
	limit := rate.NewLimiter(rate.Limit(d.rate), 1)
	for limit.Wait(ctx) == nil {
		o := customers.Next()
		if err := d.post(ctx, o); err != nil && ctx.Err() == nil {
			d.log.Warn().Err(err).Str("external_id", o.ExternalID).Msg("sample order was not taken")
		}
	}
}

func (d *dev) post(ctx context.Context, o demo.Order) error {
	body, err := json.Marshal(o.Document())
	if err != nil {
		return fmt.Errorf("writing order: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+d.server.Addr()+"/v1/orders", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("making request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", o.Channel+":"+o.ExternalID)
	resp, err := httpClient.Do(req)
	if err != nil {
		return fmt.Errorf("posting order: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return problemError(resp)
	}
	return nil
}
