package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// haulier is who brings what a depot ships, and how its numbers begin.
type haulier struct{ name, prefix string }

// The hauliers of the depots.
var (
	road    = haulier{"Road Haulage", "RH"}
	express = haulier{"Parcel Express", "PX"}
)

// number is that of the parcel of a shipment. Depots count their papers from one, so the
// order is part of it.
func (c haulier) number(h happening) string {
	sum := sha256.Sum256([]byte(h.Ref))
	return c.prefix + h.Document + hex.EncodeToString(sum[:4])
}

// Parcel is what left a depot with a haulier.
type Parcel struct {
	Seq     int64 // in the depot's feed
	Carrier string
	Number  string
	At      time.Time
}

// Parcels returns what left a depot later than a place in its feed, at most limit
// events of it, and the place that was read up to.
func (y *yard) Parcels(after int64, limit int) (left []Parcel, read int64) {
	y.mu.Lock()
	defer y.mu.Unlock()
	read = after
	for _, h := range y.feed.after(after, limit) {
		if read = h.Seq; h.Step == shipped {
			left = append(left, Parcel{h.Seq, y.haulier.name, y.haulier.number(h), h.At})
		}
	}
	return left, read
}

// CarrierOptions make the twin of carriers.
type CarrierOptions struct {
	Places  map[string]Place // whose parcels it brings
	Dir     string           // where it remembers how far it is; empty forgets
	Profile Profile
	// Tell takes a batch of scans, as the document of POST /v1/carriers/{id}/scans; id is
	// the same at each repetition.
	Tell func(ctx context.Context, id string, body []byte) error
}

// Carrier is the twin of carriers: it scans what depots ship on its way to the buyer,
// and tells each scan until it is taken. A carrier that was killed says some again.
type Carrier struct {
	CarrierOptions
	cursors map[string]int64 // by place: up to where every parcel is delivered and told
	read    map[string]int64
	open    []*journey // by when the next scan is due
}

// journey is a parcel on its way.
type journey struct {
	Parcel
	place string
	next  int // of the course
}

// course is the way of a parcel in the carrier's words.
var course = []string{"collected", "in transit", "out for delivery", "delivered"}

const (
	scansAtOnce = 200
	carrierTick = 100 * time.Millisecond
	stepsApart  = 20 // a leg of the way, in the longest steps of a depot
)

// scan is a statement of the carrier.
type scan struct {
	Carrier  string    `json:"carrier"`
	Number   string    `json:"number"`
	Status   string    `json:"status"`
	Time     time.Time `json:"time"`
	Sequence int64     `json:"sequence"`
}

// NewCarrier reads how far the twin was.
func NewCarrier(opts CarrierOptions) (*Carrier, error) {
	c := &Carrier{CarrierOptions: opts, cursors: make(map[string]int64)}
	if opts.Dir != "" {
		text, err := os.ReadFile(c.file())
		if err == nil {
			err = json.Unmarshal(text, &c.cursors)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("reading how far the carriers were: %w", err)
		}
	}
	c.read = maps.Clone(c.cursors)
	return c, nil
}

func (c *Carrier) file() string { return filepath.Join(c.Dir, "carriers.json") }

// Run brings parcels until ctx ends. What is not taken is told again.
func (c *Carrier) Run(ctx context.Context) error {
	tick := time.NewTicker(carrierTick)
	defer tick.Stop()
	for {
		c.collect()
		if err := c.tell(ctx, time.Now()); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// collect takes what left the depots.
func (c *Carrier) collect() {
	for _, place := range slices.Sorted(maps.Keys(c.Places)) {
		left, read := c.Places[place].Parcels(c.read[place], maxPage)
		c.read[place] = read
		for _, p := range left {
			c.open = append(c.open, &journey{Parcel: p, place: place})
		}
	}
}

// due is when the next scan of a parcel is.
func (c *Carrier) due(j *journey) time.Time {
	return j.At.Add(time.Duration(j.next) * stepsApart * c.Profile.MaxStep)
}

// tell says what is due, and forgets parcels that arrived once that is taken. The
// error is about the file of how far it is.
func (c *Carrier) tell(ctx context.Context, now time.Time) error {
	var batch []scan
	var told []*journey
	for _, j := range c.open {
		if at := c.due(j); len(batch) < scansAtOnce && !at.After(now) {
			batch = append(batch, scan{j.Carrier, j.Number, course[j.next], at.UTC(), int64(j.next + 1)})
			told = append(told, j)
		}
	}
	if len(batch) > 0 {
		body, err := json.Marshal(map[string]any{"events": batch})
		if err != nil {
			return fmt.Errorf("writing scans: %w", err)
		}
		sum := sha256.Sum256(body)
		if c.Tell(ctx, "scan_"+hex.EncodeToString(sum[:16]), body) != nil {
			return nil // said again at the next tick
		}
		for _, j := range told {
			j.next++
		}
		c.open = slices.DeleteFunc(c.open, func(j *journey) bool { return j.next == len(course) })
	}
	return c.keep()
}

// keep writes down up to where every parcel arrived, when that changed.
func (c *Carrier) keep() error {
	now := maps.Clone(c.read)
	for _, j := range c.open {
		now[j.place] = min(now[j.place], j.Seq-1)
	}
	if c.Dir == "" || maps.Equal(now, c.cursors) {
		return nil
	}
	text, err := json.Marshal(now)
	if err == nil {
		err = os.WriteFile(c.file()+".new", text, 0o600)
	}
	if err == nil {
		err = os.Rename(c.file()+".new", c.file())
	}
	if err != nil {
		return fmt.Errorf("keeping how far the carriers are: %w", err)
	}
	c.cursors = now
	return nil
}
