package gateway

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/bojanz/currency"
)

// What a channel does with units that stock cannot give, unless the order says.
const (
	ShortageBackorder = "backorder"
	ShortageCancel    = "cancel"
)

// Channel is a place that sells: a storefront, a marketplace, a portal.
type Channel struct {
	ID           string        // as orders name it
	Name         string        // for people
	Currencies   []string      // ISO 4217 codes it sells in
	ShipComplete bool          // its orders leave whole or not at all, unless they say
	Shortage     string        // backorder or cancel, for orders that do not say; default backorder
	Patience     time.Duration // how long after a promised date its orders wait for what did not come; 0: for ever
	MinShelfLife int64         // days that its goods must live beyond the day on which they are wanted, for lines that name no date; 0: any
	Lost         string        // how what left and does not arrive is made good: refund or reship; empty: people decide
	TheirItems   bool          // it orders by numbers of its own: one that nobody has mapped holds the order, instead of refusing it
	Nodes        []string      // that ship its orders, in the order in which they are tried; empty: all

	// StaleAfter is how old availability may be before it is called stale; 0 takes
	// the default. StalePolicy says what is shown then: serve the last known answer,
	// which is the default, reduce it to StalePercent of its units, or refuse.
	StaleAfter   time.Duration
	StalePolicy  string
	StalePercent int64
}

// Channels is the table of channels by id.
type Channels map[string]Channel

// NewChannels checks channels and makes the table. The error has everything that
// is wrong.
func NewChannels(list ...Channel) (Channels, error) {
	table := make(Channels, len(list))
	var faults []error
	for _, c := range list {
		if c.Shortage == "" {
			c.Shortage = ShortageBackorder
		}
		if _, twice := table[c.ID]; twice || c.ID == "" {
			faults = append(faults, fmt.Errorf("channel %q: the id is empty or taken", c.ID))
		}
		if c.Shortage != ShortageBackorder && c.Shortage != ShortageCancel {
			faults = append(faults, fmt.Errorf("channel %s: shortage is %s or %s, not %q", c.ID, ShortageBackorder, ShortageCancel, c.Shortage))
		}
		if c.Patience < 0 {
			faults = append(faults, fmt.Errorf("channel %s: it waits %s after a promised date; want a time above zero, or none to wait for ever", c.ID, c.Patience))
		}
		if c.MinShelfLife < 0 {
			faults = append(faults, fmt.Errorf("channel %s: its goods must live %d days; want a number above zero, or none to demand nothing", c.ID, c.MinShelfLife))
		}
		if len(c.Currencies) == 0 {
			faults = append(faults, fmt.Errorf("channel %s: it sells in no currency", c.ID))
		}
		for _, code := range c.Currencies {
			if !currency.IsValid(code) {
				faults = append(faults, fmt.Errorf("channel %s: %q is no ISO 4217 currency", c.ID, code))
			}
		}
		table[c.ID] = c
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("reading channels: %w", err)
	}
	return table, nil
}

// Sells says whether the channel sells in a currency.
func (c Channel) Sells(currency string) bool { return slices.Contains(c.Currencies, currency) }
