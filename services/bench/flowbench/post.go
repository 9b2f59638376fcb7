package flowbench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/schemas/event"
)

const (
	posting = 512              // requests at a time
	within  = 30 * time.Second // for the last order to be allocated
)

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: posting}, Timeout: within}

// lateness is what a paced round gives, one of each for an order.
type lateness struct{ allocated, promise, answer []time.Duration }

// paced posts orders at the times at which they are due.
func (o *Options) paced(ctx context.Context, w *watch, name string, span time.Duration) (lateness, error) {
	run := fmt.Sprintf("%s-%d", name, time.Now().UnixNano())
	count := int(span.Seconds() * float64(o.PerSecond))
	due := make([]time.Time, count)
	got := lateness{answer: make([]time.Duration, count)}
	group, posts := errgroup.WithContext(ctx)
	group.SetLimit(posting)
	began := time.Now()
	for n := range count {
		due[n] = began.Add(time.Duration(n) * time.Second / time.Duration(o.PerSecond))
		select {
		case <-time.After(time.Until(due[n])):
		case <-posts.Done():
			return got, group.Wait()
		}
		group.Go(func() error {
			err := o.post(posts, run, n)
			got.answer[n] = time.Since(due[n])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return got, err
	}
	ids := make([]string, count)
	for n := range ids {
		ids[n] = event.OrderID(o.Channel, external(run, n))
	}
	left := ids
	err := w.until(ctx, within, func() bool {
		for len(left) > 0 && !w.allocated[left[0]].IsZero() && !w.accepted[left[0]].IsZero() {
			left = left[1:]
		}
		return len(left) == 0
	})
	if err != nil {
		return got, fmt.Errorf("%d of %d orders: %w", len(left), count, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for n, id := range ids {
		got.allocated = append(got.allocated, w.allocated[id].Sub(w.accepted[id]))
		got.promise = append(got.promise, w.allocated[id].Sub(due[n]))
	}
	return got, nil
}

// sustained keeps o.Open orders on their way for a span and returns how many were
// allocated in a second.
func (o *Options) sustained(ctx context.Context, w *watch, name string) (float64, error) {
	run := fmt.Sprintf("%s-%d", name, time.Now().UnixNano())
	way := make(chan struct{}, o.Open) // a place for each order on its way
	before := w.count(way)
	defer w.count(nil)
	over := time.NewTimer(o.Span)
	defer over.Stop()
	group, posts := errgroup.WithContext(ctx)
	group.SetLimit(posting)
	began := time.Now()
	for n := 0; ; n++ {
		select {
		case way <- struct{}{}:
			group.Go(func() error { return o.post(posts, run, n) })
			continue
		case <-posts.Done():
			return 0, group.Wait()
		case <-over.C:
		}
		rate := float64(w.count(way)-before) / time.Since(began).Seconds()
		if err := group.Wait(); err != nil {
			return 0, err
		}
		return rate, w.until(ctx, within, func() bool { return len(w.allocated)-before >= n })
	}
}

func external(run string, n int) string { return fmt.Sprintf("%s-%d", run, n) }

// post places an order of o.Lines neighbouring items, and expects it to be taken.
func (o *Options) post(ctx context.Context, run string, n int) error {
	type line struct {
		SKU       string `json:"sku"`
		Quantity  int    `json:"quantity"`
		UnitPrice string `json:"unit_price"`
	}
	type party struct {
		ID      string `json:"id"`
		Country string `json:"country"`
	}
	order := struct {
		Channel      string `json:"channel"`
		ExternalID   string `json:"external_id"`
		Currency     string `json:"currency"`
		Customer     party  `json:"customer"`
		ShipTo       party  `json:"ship_to"`
		ShipComplete bool   `json:"ship_complete"`
		Lines        []line `json:"lines"`
	}{
		Channel: o.Channel, ExternalID: external(run, n), Currency: "EUR",
		Customer: party{"C-1", "DE"}, ShipTo: party{"C-1", "DE"}, ShipComplete: true,
	}
	for k := range o.Lines {
		// A step without a common factor with the number of items spreads hot spots.
		order.Lines = append(order.Lines, line{o.SKUs[(n*7+k*13)%len(o.SKUs)], 1, "1.00"})
	}
	body, err := json.Marshal(order)
	if err != nil {
		return fmt.Errorf("writing an order: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+o.Server+"/v1/orders", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("posting an order: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", o.Channel+":"+order.ExternalID)
	resp, err := client.Do(r)
	if err != nil {
		return fmt.Errorf("posting an order: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("posting an order: %w", err)
	}
	if resp.StatusCode != http.StatusCreated && resp.StatusCode != http.StatusAccepted {
		return fmt.Errorf("an order was answered %s: %s", resp.Status, answer)
	}
	return nil
}
