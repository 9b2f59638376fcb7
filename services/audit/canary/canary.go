package canary

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"github.com/millrace/millrace/schemas/event"
)

const (
	usualEvery = time.Minute
	usualLimit = 5 * time.Minute
)

// Alerts about the way of an order.
const (
	alertLate  = "CANARY_LATE"  // a stage takes longer than the limit
	alertEnded = "CANARY_ENDED" // an order ended otherwise than completed
)

// Config is what a canary is made of.
type Config struct {
	// Server is the public HTTP interface, a URL.
	Server string
	// Channel, SKU, Currency and Price are those of its orders, of one unit each.
	// Customer buys it and has it sent to Country.
	Channel, SKU, Currency, Price, Customer, Country string
	// Every is how often an order may be posted, default 1 min; Limit is how long a
	// stage may take, default 5 min.
	Every, Limit time.Duration
	// Tell writes an alert.
	Tell   func(ctx context.Context, alert *event.AlertRaised) error
	Logger zerolog.Logger
}

// Canary follows orders of its own. It is safe for concurrent use.
type Canary struct {
	config Config
	client *http.Client
	meter  meter

	mu        sync.Mutex
	watermark time.Time
	number    string  // of the order under way
	course    *course // nil between orders
	taken     bool    // whether it was answered
	open      []event.AlertRaised
}

// New makes a canary that does nothing until it is run and fed.
func New(config Config) *Canary {
	config.Every, config.Limit = cmp.Or(config.Every, usualEvery), cmp.Or(config.Limit, usualLimit)
	return &Canary{config: config, client: &http.Client{Timeout: timeout}, meter: newMeter()}
}

// Run posts orders until ctx ends.
func (c *Canary) Run(ctx context.Context) {
	tick := time.NewTicker(c.config.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			c.Turn(ctx, now)
		}
	}
}

// Turn posts an order if none is under way, or again the one that was not answered.
// While the topics are read from long ago none is begun: its way would not be seen.
func (c *Canary) Turn(ctx context.Context, now time.Time) {
	number := c.begin(now)
	if number == "" {
		return
	}
	if err := c.place(ctx, number); err != nil {
		if ctx.Err() == nil {
			c.config.Logger.Warn().Err(err).Str("number", number).Msg("the canary's order is posted again at the next turn")
		}
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken = c.taken || c.number == number
}

// begin returns the number of the order to post, empty for none.
func (c *Canary) begin(now time.Time) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.course != nil && c.taken, c.course == nil && now.Sub(c.watermark) > c.config.Limit:
		return ""
	case c.course == nil:
		c.number = "canary-" + now.UTC().Format("20060102T150405")
		c.course, c.taken = newCourse(event.OrderID(c.config.Channel, c.number), now), false
	}
	return c.number
}

// Observe takes a record of a topic; only those about the order under way count.
func (c *Canary) Observe(topic string, key []byte, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.course != nil && string(key) == c.course.order {
		c.course.see(topic, at)
	}
}

// Advance says that every record before the watermark was given to Observe. The error
// is of an alert that could not be told; it is told at the next call.
func (c *Canary) Advance(ctx context.Context, watermark time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watermark = watermark
	if c.course == nil {
		return nil
	}
	switch end := c.course.ended(watermark); end {
	case "":
		return c.late(ctx)
	case completed:
		if err := c.resolve(ctx); err != nil {
			return err
		}
		c.meter.completed(c.course)
	default:
		if err := c.raise(ctx, alertEnded, fmt.Sprintf("order %s of %s was %s; it is posted to be completed", c.number, c.config.Channel, end)); err != nil {
			return err
		}
		c.meter.ended(end)
	}
	c.course = nil
	return nil
}

// late tells of a stage that takes too long.
func (c *Canary) late(ctx context.Context) error {
	stage, since := c.course.waits()
	if c.watermark.Sub(since) <= c.config.Limit {
		return nil
	}
	return c.raise(ctx, alertLate, fmt.Sprintf("order %s of %s is not %s within %s, since %s", c.number, c.config.Channel, stage, c.config.Limit, since.UTC().Format(time.RFC3339)))
}

// raise tells of a kind of trouble once while it stands.
func (c *Canary) raise(ctx context.Context, kind, detail string) error {
	for i := range c.open {
		if c.open[i].Kind == kind {
			return nil
		}
	}
	a := event.AlertRaised{
		AlertID: event.AlertID(kind, c.config.Channel, c.number), Kind: kind, Subject: c.config.Channel, Detail: detail, RaisedAt: c.watermark,
	}
	if err := c.config.Tell(ctx, &a); err != nil {
		return err
	}
	c.open = append(c.open, a)
	return nil
}

// resolve tells that all trouble is over.
func (c *Canary) resolve(ctx context.Context) error {
	for len(c.open) > 0 {
		a, at := c.open[0], c.watermark
		a.ResolvedAt = &at
		if err := c.config.Tell(ctx, &a); err != nil {
			return err
		}
		c.open = c.open[1:]
	}
	return nil
}
