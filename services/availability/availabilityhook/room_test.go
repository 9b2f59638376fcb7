package availabilityhook_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/platform/webhook"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/availability/availabilityhook"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

var schemas = codec.NewMemory()

func of[V any](def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

var (
	positions = of[event.InventoryPosition](topic.InventoryPosition)
	products  = of[event.ProductPublished](topic.ProductPublished)
	alerts    = of[event.AlertRaised](topic.AlertRaised)
	told      = of[event.WebhookStatus](topic.WebhookStatus)
)

// receiver is an endpoint: it notes each message once by its id, as receivers do.
type receiver struct {
	t        *testing.T
	status   int // 0 or 200 takes a message
	tries    map[string]int
	bodies   map[string]string
	messages []availabilityhook.Message // in the order in which they were taken
	versions map[string]int64           // newest by item
	latest   map[string]availabilityhook.Item
}

func newReceiver(t *testing.T) *receiver {
	return &receiver{t: t, tries: make(map[string]int), bodies: make(map[string]string), versions: make(map[string]int64), latest: make(map[string]availabilityhook.Item)}
}

func (r *receiver) send(_ context.Context, id string, _ time.Time, body []byte) error {
	if before, again := r.bodies[id]; again && before != string(body) {
		r.t.Errorf("message %s says %s, and said %s before", id, body, before)
	}
	r.bodies[id] = string(body)
	r.tries[id]++
	if r.status != 0 && r.status != http.StatusOK {
		return &webhook.Refused{Status: r.status}
	}
	var m availabilityhook.Message
	if err := json.Unmarshal(body, &m); err != nil {
		r.t.Error(err)
	}
	if m.Data.Version < r.versions[m.Data.SKU] {
		r.t.Errorf("%s: version %d came after version %d", m.Data.SKU, m.Data.Version, r.versions[m.Data.SKU])
	}
	r.versions[m.Data.SKU] = m.Data.Version
	r.latest[m.Data.SKU] = m.Data
	if r.tries[id] == 1 || r.status == http.StatusOK {
		r.messages = append(r.messages, m)
	}
	return nil
}

func (r *receiver) endpoint(id string) availabilityhook.Endpoint {
	return availabilityhook.Endpoint{ID: id, Channel: id, Send: r.send, View: availability.View{Bought: true, Channel: id}}
}

// shop is the room with its receivers.
type shop struct {
	*streamstest.Driver
	version int64
}

func open(t *testing.T, seed uint64, config availabilityhook.Config) *shop {
	t.Helper()
	s := &shop{}
	config.Now = func() time.Time { return s.Now() }
	s.Driver = streamstest.New(t, streamstest.Options{Seed: seed, AbortRate: 0.2, CrashRate: 0.2}, availabilityhook.New(config, schemas).Topology)
	return s
}

// stand publishes what two nodes have of an item; unsellable changes nothing that a
// buyer sees.
func (s *shop) stand(sku string, north, south, unsellable int64) {
	s.version++
	streamstest.Send(s.Driver, positions, sku, &event.InventoryPosition{
		Sku: sku, Version: s.version, AsOf: s.Now(), TotalAvailable: north + south,
		Nodes: []event.NodePosition{
			{Node: "north", OnHand: north + unsellable, Unsellable: unsellable, Available: north, Pools: []event.PoolShare{{Pool: "big", Channels: []string{"market"}, Qty: 5, Units: min(5, north)}}},
			{Node: "south", OnHand: south, Available: south},
		},
	})
}

func TestAnEndpointIsToldOfWhatItsBuyersSeeAndOfNothingElse(t *testing.T) {
	r := newReceiver(t)
	s := open(t, 1, availabilityhook.Config{Endpoints: []availabilityhook.Endpoint{r.endpoint("shop")}})
	streamstest.Send(s.Driver, products, "box", &event.ProductPublished{
		Sku: "box", Kind: event.LineKindKit, Active: true, Parts: []event.KitPart{{Sku: "tea", Qty: 2}}, PublishedAt: s.Now(),
	})
	s.Run()
	s.stand("tea", 8, 2, 0)
	s.Run()
	s.stand("tea", 8, 2, 3)
	s.Run()
	s.stand("tea", 7, -1, 3)
	s.Run()
	s.NoDeadLetters()
	if len(r.messages) != 2 || len(r.bodies) != 2 {
		t.Fatalf("%d messages came of %d, want one for each of the two changes that a buyer sees: %+v", len(r.messages), len(r.bodies), r.messages)
	}
	first, second := r.messages[0], r.messages[1]
	if first.Type != availabilityhook.Changed || first.Data.Available != 5 || first.Data.Version != 1 || first.Data.Channel != "shop" {
		t.Errorf("the first says %+v, want 5 units: 3 of north's 8, of which another channel keeps 5, and 2", first)
	}
	want := "[{north 2} {south -1}]"
	if second.Data.Available != 2 || fmt.Sprint(second.Data.Locations) != want || fmt.Sprint(second.Data.Kits) != "[box]" {
		t.Errorf("the second says %+v, want 2 units at %s", second.Data, want)
	}
}

func TestWhatChangesWhileAnEndpointIsAwayIsToldByOneMessage(t *testing.T) {
	r := newReceiver(t)
	s := open(t, 2, availabilityhook.Config{Endpoints: []availabilityhook.Endpoint{r.endpoint("shop")}})
	r.status = http.StatusBadGateway
	for n := range int64(50) {
		s.stand("tea", 0, 50-n, 0)
		s.Advance(time.Minute)
	}
	if raised := streamstest.Of(s.Driver, alerts, "shop"); len(raised) != 0 {
		t.Errorf("an alert after less than a day: %+v", raised)
	}
	s.Advance(24 * time.Hour)
	raised := streamstest.Of(s.Driver, alerts, "shop")
	if len(raised) != 1 || raised[0].Kind != "WEBHOOK_SILENT" {
		t.Errorf("after a day the alerts are %+v", raised)
	}
	r.status = http.StatusOK
	s.Advance(time.Minute)
	s.NoDeadLetters()
	if len(r.bodies) != 2 || r.latest["tea"].Available != 1 || r.latest["tea"].Version != 50 {
		t.Errorf("it was told by %d messages, at last %+v; want two, the last with the unit there is", len(r.bodies), r.latest["tea"])
	}
}

func TestOneEndpointDoesNotWaitForAnother(t *testing.T) {
	away, there := newReceiver(t), newReceiver(t)
	away.status = http.StatusInternalServerError
	s := open(t, 3, availabilityhook.Config{Endpoints: []availabilityhook.Endpoint{away.endpoint("shop"), there.endpoint("market")}})
	for n := range int64(5) {
		s.stand("tea", n+1, 0, 0)
		s.Advance(2 * time.Second)
	}
	if there.latest["tea"].Available != 5 || len(there.bodies) != 5 || len(away.latest) != 0 {
		t.Errorf("the one that is there was told %+v in %d messages", there.latest, len(there.bodies))
	}
}

func TestAnEndpointThatIsGoneIsNotAskedUntilSomethingChanges(t *testing.T) {
	r := newReceiver(t)
	r.status = http.StatusGone
	s := open(t, 4, availabilityhook.Config{Endpoints: []availabilityhook.Endpoint{r.endpoint("shop")}})
	s.stand("tea", 8, 0, 0)
	s.Advance(48 * time.Hour)
	raised := streamstest.Of(s.Driver, alerts, "shop")
	if len(r.bodies) != 1 || len(raised) != 1 || raised[0].Kind != "WEBHOOK_GONE" {
		t.Errorf("%d messages and the alerts %+v, want one of each", len(r.bodies), raised)
	}
	r.status = http.StatusOK
	s.stand("tea", 9, 0, 0)
	s.Run()
	if r.latest["tea"].Available != 4 {
		t.Errorf("when it is back it is told %+v", r.latest["tea"])
	}
}

func TestAPausedEndpointIsToldWhenItGoesOn(t *testing.T) {
	r := newReceiver(t)
	e := r.endpoint("shop")
	e.Paused = true
	s := open(t, 5, availabilityhook.Config{Endpoints: []availabilityhook.Endpoint{e}})
	for n := range int64(3) {
		s.stand("tea", 0, n+1, 0)
		s.Run()
	}
	if len(r.bodies) != 0 {
		t.Fatalf("a paused endpoint was told %v", r.bodies)
	}
	e.Paused = false
	if err := s.Upgrade(availabilityhook.New(availabilityhook.Config{Endpoints: []availabilityhook.Endpoint{e}, Now: s.Now}, schemas).Topology); err != nil {
		t.Fatal(err)
	}
	s.Advance(time.Hour)
	if r.latest["tea"].Available != 3 {
		t.Errorf("it was told %+v, want the 3 units there are", r.latest["tea"])
	}
}

func TestARetiredEndpointLeavesNothingBehind(t *testing.T) {
	r := newReceiver(t)
	r.status = http.StatusBadGateway
	s := open(t, 6, availabilityhook.Config{Endpoints: []availabilityhook.Endpoint{r.endpoint("shop")}})
	s.stand("tea", 8, 0, 0)
	s.Run()
	if err := s.Upgrade(availabilityhook.New(availabilityhook.Config{Now: s.Now}, schemas).Topology); err == nil {
		t.Fatal("what an endpoint has to be told was lost without a word")
	}
	if err := s.Upgrade(availabilityhook.New(availabilityhook.Config{Retired: []string{"shop"}, Now: s.Now}, schemas).Topology); err != nil {
		t.Fatal(err)
	}
	s.Advance(48 * time.Hour)
	s.NoDeadLetters()
	if raised := streamstest.Of(s.Driver, alerts, "shop"); len(raised) != 0 || s.Waiting()["webhook-shop"] != 0 {
		t.Errorf("alerts %+v and %d calls of a retired endpoint", raised, s.Waiting()["webhook-shop"])
	}
}

// What was told and taken stands on webhook.status, in one row of numbers, as the
// endpoint saw it.
func TestWhatAnEndpointIsToldCanBeRead(t *testing.T) {
	r := newReceiver(t)
	s := open(t, 7, availabilityhook.Config{Endpoints: []availabilityhook.Endpoint{r.endpoint("shop")}})
	s.stand("tea", 8, 2, 0)
	s.Run()
	r.status = http.StatusGone
	s.stand("tea", 7, -1, 0)
	s.Run()
	var lines []string
	for _, m := range streamstest.Of(s.Driver, told, "tea") {
		sum := sha256.Sum256([]byte(r.bodies[m.MessageID]))
		seen := hex.EncodeToString(sum[:]) == m.Sha256
		lines = append(lines, fmt.Sprintf("%s %s/%s %d %s %s v%d %d %v as seen %v", m.Type, m.Endpoint, m.Subject, m.Seq, m.State, m.Cause, m.Version, m.Available, m.Locations, seen))
	}
	want := []string{
		"inventory.availability.changed shop/tea 1 asked  v1 5 [{north 3} {south 2}] as seen true",
		"inventory.availability.changed shop/tea 1 taken  v0 0 [] as seen true",
		"inventory.availability.changed shop/tea 2 asked  v2 2 [{north 2} {south -1}] as seen true",
		"inventory.availability.changed shop/tea 2 refused HTTP_410 v0 0 [] as seen false",
	}
	if got := strings.Join(lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("told is\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// What is still to be told when an endpoint is retired is told when it is back.
func TestAnEndpointThatComesBackIsToldWhatItMissed(t *testing.T) {
	r := newReceiver(t)
	r.status = http.StatusBadGateway
	s := open(t, 8, availabilityhook.Config{Endpoints: []availabilityhook.Endpoint{r.endpoint("shop")}})
	s.stand("tea", 8, 0, 0)
	s.Run()
	for _, config := range []availabilityhook.Config{{Retired: []string{"shop"}, Now: s.Now}, {Endpoints: []availabilityhook.Endpoint{r.endpoint("shop")}, Now: s.Now}} {
		if err := s.Upgrade(availabilityhook.New(config, schemas).Topology); err != nil {
			t.Fatal(err)
		}
		s.Run()
	}
	r.status = http.StatusOK
	s.stand("tea", 8, 0, 1)
	s.Advance(time.Minute)
	if r.latest["tea"].Available != 3 {
		t.Errorf("it was told %+v, want the 3 units there are", r.latest["tea"])
	}
}

// Whatever endpoints answer while stock changes, in the end each was told what there
// is, in order, and each message said the same each time.
func TestInTheEndEveryEndpointKnowsWhatThereIs(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 7))
		receivers := map[string]*receiver{"shop": newReceiver(t), "market": newReceiver(t)}
		s := open(t, seed, availabilityhook.Config{Endpoints: []availabilityhook.Endpoint{receivers["shop"].endpoint("shop"), receivers["market"].endpoint("market")}})
		have := make(map[string]int64)
		for range 60 {
			for _, id := range []string{"shop", "market"} {
				receivers[id].status = []int{http.StatusOK, http.StatusOK, http.StatusBadGateway, http.StatusTooManyRequests}[rng.IntN(4)]
			}
			sku := fmt.Sprint("item-", rng.IntN(3))
			have[sku] = rng.Int64N(20)
			s.stand(sku, 0, have[sku], rng.Int64N(3))
			if rng.IntN(2) == 0 {
				s.Advance(time.Duration(rng.IntN(5)) * time.Second)
			}
		}
		for _, r := range receivers {
			r.status = http.StatusOK
		}
		s.Advance(time.Hour)
		s.NoDeadLetters()
		for id, r := range receivers {
			for sku, units := range have {
				if got, known := r.latest[sku]; !known || got.Available != units {
					t.Errorf("seed %d: %s takes %s for %+v, there are %d", seed, id, sku, got, units)
				}
			}
		}
	}
}
