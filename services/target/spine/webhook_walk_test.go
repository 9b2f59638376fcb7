package spine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"
	"time"

	"github.com/millrace/millrace/platform/webhook"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/services/audit"
	"github.com/millrace/millrace/services/availability/availabilityhook"
	"github.com/millrace/millrace/services/target"
	"github.com/millrace/millrace/streams/streamstest"
)

// Whatever endpoints answer, retired and taken back meanwhile, while stock changes, is
// frozen and kept for others: what the room says of its messages is in order.
func TestAuditOfWhatEndpointsWereToldFindsNothing(t *testing.T) {
	judged := int64(0)
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 3))
		statuses := []int{http.StatusOK, http.StatusOK, http.StatusOK, http.StatusBadGateway, http.StatusTooManyRequests, http.StatusGone}
		config := subscribers(seed)
		for n := range config.Endpoints {
			config.Endpoints[n].Send = answers(func() int { return statuses[rng.IntN(len(statuses))] })
		}
		var d *streamstest.Driver
		config.Now = func() time.Time { return d.Now() }
		d = streamstest.New(t, streamstest.Options{Seed: seed, AbortRate: 0.1, CrashRate: 0.1, Stamp: target.Stamp(func() time.Time { return d.Now() })}, availabilityhook.New(config, schemas).Topology)
		versions := make(map[string]int64)
		for range 60 {
			sku := fmt.Sprint("sku", rng.IntN(3))
			versions[sku]++
			streamstest.Send(d, positions, sku, standing(rng, sku, versions[sku], d.Now()))
			if rng.IntN(2) == 0 {
				d.Advance(time.Duration(rng.IntN(40)) * time.Minute)
			}
			if rng.IntN(15) == 0 {
				absent(t, d, config)
			}
		}
		d.Settle(50 * time.Hour)
		d.NoDeadLetters()
		log := record(d)
		log.endpoints = target.Endpoints(config)
		for pace := range uint64(3) {
			a, found := log.audited(t, pace)
			for _, v := range found { // of positions without movements the rules of stock find much
				if v.Invariant != audit.Webhooks {
					continue
				}
				t.Errorf("seed %d read at pace %d: %s of %s: want %s, got %s, see %v", seed, pace, v.Invariant, v.Key, v.Expected, v.Seen, v.Records)
			}
			for _, tally := range a.Tallies() {
				if tally.Invariant == audit.Webhooks {
					judged += tally.Checked
				}
			}
		}
	}
	if judged < 10_000 {
		t.Errorf("E2 was judged %d times: the walks show too little", judged)
	}
}

// absent takes shop out while stock stands still: what changes while an endpoint is
// retired it is told with the next change.
func absent(t *testing.T, d *streamstest.Driver, config availabilityhook.Config) {
	t.Helper()
	d.Run()
	without := config
	without.Endpoints, without.Retired = config.Endpoints[1:], []string{config.Endpoints[0].ID}
	for _, c := range []availabilityhook.Config{without, config} {
		if err := d.Upgrade(availabilityhook.New(c, schemas).Topology); err != nil {
			t.Fatal(err)
		}
		d.Advance(time.Minute)
	}
}

// answers is an endpoint that answers with a status of the moment.
func answers(status func() int) func(context.Context, string, time.Time, []byte) error {
	return func(context.Context, string, time.Time, []byte) error {
		if s := status(); s != http.StatusOK {
			return &webhook.Refused{Status: s, RetryAfter: 10 * time.Minute}
		}
		return nil
	}
}

// standing is a position as stock might publish it.
func standing(rng *rand.Rand, sku string, version int64, at time.Time) *event.InventoryPosition {
	p := &event.InventoryPosition{Sku: sku, Version: version, AsOf: at, Frozen: rng.IntN(8) == 0}
	for _, node := range nodes {
		n := event.NodePosition{Node: node, Owner: "own", OnHand: rng.Int64N(6)}
		n.Available = n.OnHand
		if kept := rng.Int64N(3); kept > 0 && kept <= n.Available {
			share := event.PoolShare{Pool: "spare", Qty: kept, Units: kept}
			if rng.IntN(2) == 0 {
				share.Channels = []string{"mute"}
			} else {
				share.Classes = []string{"club"}
			}
			n.Pools = append(n.Pools, share)
		}
		p.Nodes = append(p.Nodes, n)
		p.TotalAvailable += n.Available
	}
	return p
}
