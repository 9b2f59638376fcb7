//go:build linux

package availabilitybench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

const (
	// sampled is the share of movements that somebody waits for: one in so many.
	sampled = 40
	// poll is how often a waiting reader asks.
	poll = time.Millisecond
	// visibleWithin ends the wait for a movement that does not come.
	visibleWithin = 30 * time.Second
	// moving bounds movements that are written and not acknowledged.
	moving = 256
)

// visible moves units at a steady rate and measures how long a share of them
// takes to be seen.
func (o *Options) visible(ctx context.Context) (outcome, error) {
	pace := rate.NewLimiter(rate.Limit(o.PerSecond), o.PerSecond/100+1)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(moving)
	var mu sync.Mutex
	var seen outcome
	run := time.Now().UnixNano() // items of a sample are new in each run
	warm := o.PerSecond * 3
	for n := range warm + int(o.Span.Seconds())*o.PerSecond {
		if err := pace.Wait(ctx); err != nil {
			break // the group has the reason
		}
		if n%sampled != 0 || n < warm {
			group.Go(func() error { return o.Move(ctx, SKU(n%o.Items), nodes[n%len(nodes)]) })
			continue
		}
		group.Go(func() error {
			late, err := o.sample(ctx, fmt.Sprintf("SEEN-%d-%d", run, n))
			mu.Lock()
			defer mu.Unlock()
			seen.late = append(seen.late, late)
			return err
		})
	}
	err := group.Wait()
	slices.Sort(seen.late)
	return seen, err
}

// sample moves a unit of a new item and waits until it can be sold.
func (o *Options) sample(ctx context.Context, sku string) (time.Duration, error) {
	began := time.Now()
	if err := o.Move(ctx, sku, nodes[0]); err != nil {
		return 0, err
	}
	err := o.await(ctx, sku, 1)
	return time.Since(began), err
}

// await returns when so many units of an item can be sold.
func (o *Options) await(ctx context.Context, sku string, want int64) error {
	ctx, cancel := context.WithTimeout(ctx, visibleWithin)
	defer cancel()
	again := time.NewTicker(poll)
	defer again.Stop()
	for {
		units, err := o.available(ctx, sku)
		if err != nil || units >= want {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not visible after %s", sku, visibleWithin)
		case <-again.C:
		}
	}
}

// answerSize is how many bytes the server answers for an item.
func (o *Options) answerSize(ctx context.Context, sku string) (int, error) {
	resp, err := o.ask(ctx, sku)
	if err != nil {
		return 0, err
	}
	return int(resp.ContentLength), resp.Body.Close()
}

// available asks the server; an item that is not known has no units.
func (o *Options) available(ctx context.Context, sku string) (int64, error) {
	resp, err := o.ask(ctx, sku)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	var answer struct {
		Items []struct {
			Available int64 `json:"available"`
		} `json:"items"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return 0, fmt.Errorf("asking for %s: %w", sku, err)
	}
	if len(answer.Items) == 0 {
		return 0, nil
	}
	return answer.Items[0].Available, nil
}

// ask returns an answer whose body is to be closed.
func (o *Options) ask(ctx context.Context, sku string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+o.Server+"/v1/availability?sku="+url.QueryEscape(sku), nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("asking for %s: %w", sku, err)
	}
	return resp, nil
}

var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: moving}}
