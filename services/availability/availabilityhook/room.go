// Package availabilityhook is the topology "webhooks", one entity an item: it tells
// endpoints of channels what can be sold whenever that changes, as webhooks of type
// inventory.availability.changed.
//
// In: inventory.position, product.published. Out: webhook.status, alert.raised.
//
// A message says how things are, not what happened, so one that is overtaken need
// not be sent: of each item at most one message to an endpoint is on its way, and
// what changes meanwhile is told by one more when it has arrived. It is sent until
// it arrives, with the same id and body each time, however long the endpoint is
// away; nothing else waits for it. An endpoint that is new is told of an item when
// that changes next; how things are until then it reads from /v1/availability.
//
// On webhook.status stands what each message says, and its answer, in the
// transactions that ask for the one and take the other (status.go): whoever reads
// along knows what an endpoint was told, and the auditor can hold it against stock.
package availabilityhook

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/millrace/millrace/platform/webhook"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/streams"
)

// Name is the application id of the topology and the name of its target.
const Name = "webhooks"

// How messages are sent again. What an endpoint is not told of for hours may cost a
// sale, so the longest wait is shorter than the ten hours that are usual.
const (
	timeout    = 15 * time.Second
	backoffMin = 5 * time.Second
	backoffMax = 30 * time.Minute
	pausedFor  = 5 * time.Minute // after which a paused endpoint is looked at again
	longest    = time.Hour       // that an endpoint may ask us to wait
)

// Alerts about an endpoint.
const (
	alertSilent = "WEBHOOK_SILENT" // it has taken nothing of an item for silentAfter
	alertGone   = "WEBHOOK_GONE"   // it says that it is no more

	silentAfter = 24 * time.Hour
	timerSilent = "silent/" // followed by the endpoint
)

// Endpoint is somebody who wants to be told.
type Endpoint struct {
	ID      string // of the partner; it stands in rows and metrics and does not change
	Channel string // for whom the units are counted
	View    availability.View
	// Send sends one message. An endpoint that refuses answers with a *webhook.Refused.
	Send func(ctx context.Context, id string, at time.Time, body []byte) error
	// Paused endpoints are called no more; what they have to be told is kept.
	Paused bool

	PerSecond  float64       // calls a second; 0 is without limit
	Concurrent int           // calls at once; 0 is 8
	Timeout    time.Duration // of one call; 0 is 15 s
}

// Config is whom the room tells.
type Config struct {
	Endpoints []Endpoint
	// Retired are the ids of endpoints that were and are no more: what they had to be
	// told is forgotten.
	Retired []string
	// Settled declares who is told how messages ended that did not go at once; nil
	// tells nobody.
	Settled func(items *streams.Entity[event.AvailabilityItemRecord], schemas *codec.Schemas)
	// Now is the clock that signatures name; nil is time.Now.
	Now func() time.Time
}

// taken is the answer of an endpoint that took a message, and what it took: the
// webhook-id and the SHA-256 of the body, as they were sent.
type taken struct {
	ID     string `json:"id"`
	SHA256 string `json:"sha256"`
}

// hook is an endpoint with its way out.
type hook struct {
	Endpoint
	out streams.Destination[json.RawMessage, taken]
}

// Room is the topology.
type Room struct {
	Topology *streams.Topology

	hooks  []hook
	now    func() time.Time
	items  *streams.Entity[event.AvailabilityItemRecord]
	told   *streams.Children[event.AvailabilityToldRecord]
	status streams.Topic[event.WebhookStatus]
	alerts streams.Topic[event.AlertRaised]

	mu   sync.RWMutex
	kits availability.Kits
}

// New declares the topology.
func New(config Config, schemas *codec.Schemas) *Room {
	r := &Room{
		Topology: streams.NewTopology(Name), now: config.Now,
		status: of[event.WebhookStatus](schemas, topic.WebhookStatus), alerts: of[event.AlertRaised](schemas, topic.AlertRaised),
	}
	if r.now == nil {
		r.now = time.Now
	}
	streams.NewTable(r.Topology, of[event.ProductPublished](schemas, topic.ProductPublished), streams.Follow(r.catalogue))
	r.items = streams.NewEntity(r.Topology, "item", codec.State[event.AvailabilityItemRecord](schemas, "availability_item"), r.handle)
	r.told = streams.NewChildren(r.items, "told", codec.State[event.AvailabilityToldRecord](schemas, "availability_told"))
	for _, e := range config.Endpoints {
		h := hook{Endpoint: e, out: streams.Destination[json.RawMessage, taken]{
			Name: destination(e.ID), Call: r.call(e), Timeout: e.Timeout, PerSecond: e.PerSecond, Concurrent: e.Concurrent, BackoffMin: backoffMin, BackoffMax: backoffMax,
		}}
		if h.out.Timeout == 0 {
			h.out.Timeout = timeout
		}
		streams.Calls(r.items, h.out)
		r.hooks = append(r.hooks, h)
	}
	for _, id := range config.Retired {
		r.items.RetireDestination(destination(id))
	}
	if config.Settled != nil {
		config.Settled(r.items, schemas)
	}
	streams.Receive(r.items, of[event.InventoryPosition](schemas, topic.InventoryPosition))
	streams.Send(r.items, r.status)
	streams.Send(r.items, r.alerts)
	return r
}

func of[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

func destination(id string) string { return "webhook-" + id }

// catalogue takes a product from the topic.
func (r *Room) catalogue(sku string, p *event.ProductPublished, _ streams.Position) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p == nil {
		r.kits.Delete(sku)
		return
	}
	r.kits.Put(p)
}

// within are the kits that have an item as a part.
func (r *Room) within(sku string) []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.kits.Within(sku)
}

// call sends to an endpoint. Everything that it refuses may be mended there, so it
// is told again, unless it says that it is gone.
func (r *Room) call(e Endpoint) func(context.Context, json.RawMessage) (taken, error) {
	return func(ctx context.Context, body json.RawMessage) (taken, error) {
		if e.Paused {
			return taken{}, streams.RetryAfter(fmt.Errorf("the endpoint %s is paused", e.ID), pausedFor)
		}
		id := streams.EffectID(ctx)
		err := e.Send(ctx, id, r.now(), body)
		var refused *webhook.Refused
		switch {
		case err == nil:
			return taken{ID: id, SHA256: digest(body)}, nil
		case !errors.As(err, &refused):
		case refused.Status == http.StatusGone:
			err = streams.Permanent(err)
		case refused.RetryAfter > 0:
			err = streams.RetryAfter(err, min(refused.RetryAfter, longest))
		}
		return taken{}, err
	}
}

func (r *Room) handle(ctx streams.Ctx, item *event.AvailabilityItemRecord, in streams.Input) error {
	switch in := in.(type) {
	case streams.Record[event.InventoryPosition]:
		item.Version, item.AsOf = in.Value.Version, in.Value.AsOf
		row := availability.RowOf(&in.Value, availability.Source{})
		for i := range r.hooks {
			if err := r.changed(ctx, &r.hooks[i], item, &row); err != nil {
				return err
			}
		}
	case streams.Answer[taken]:
		return r.answered(ctx, item, in)
	case streams.Timer:
		if id := strings.TrimPrefix(in.Name, timerSilent); r.hook(id) != nil {
			r.alert(ctx, alertSilent, id, fmt.Sprintf("it has not taken what can be sold of %s for %s", ctx.Key(), silentAfter))
		}
	default:
		return fmt.Errorf("input %T is not known", in)
	}
	return nil
}

// hook returns an endpoint, nil when there is none of the id.
func (r *Room) hook(id string) *hook {
	for i := range r.hooks {
		if r.hooks[i].ID == id {
			return &r.hooks[i]
		}
	}
	return nil
}

// changed notes what an endpoint is shown now, and tells it if nothing is on its way.
func (r *Room) changed(ctx streams.Ctx, h *hook, item *event.AvailabilityItemRecord, row *availability.Row) error {
	told, now, pending := r.told.Get(ctx, h.ID), shown(row, h.View), h.out.Pending(ctx, h.ID)
	if told == nil {
		told = &event.AvailabilityToldRecord{}
	}
	if slices.Equal(told.Shown, now) && said(told) && (pending || told.MessageID == "") {
		return nil
	}
	told.Shown = now
	if pending {
		r.told.Put(ctx, h.ID, told)
		return nil
	}
	return r.tell(ctx, h, item, told)
}

// answered tells an endpoint what changed while the message was on its way.
func (r *Room) answered(ctx streams.Ctx, item *event.AvailabilityItemRecord, in streams.Answer[taken]) error {
	ctx.ClearTimer(timerSilent + in.Name)
	h, told := r.hook(in.Name), r.told.Get(ctx, in.Name)
	if told != nil {
		r.sayAnswered(ctx, told, in)
		told.MessageID = ""
		r.told.Put(ctx, in.Name, told)
	}
	if in.Err != nil {
		r.alert(ctx, alertGone, in.Name, "it answered 410 Gone; retire it, or have it mended")
		return nil // the next change asks it again
	}
	if h == nil || told == nil || slices.Equal(told.Shown, told.Sent) && said(told) {
		return nil // the endpoint was taken out meanwhile, or nothing changed
	}
	return r.tell(ctx, h, item, told)
}

// tell sends what the endpoint is shown now.
func (r *Room) tell(ctx streams.Ctx, h *hook, item *event.AvailabilityItemRecord, told *event.AvailabilityToldRecord) error {
	m := message(ctx.Key(), h.Channel, item, told.Shown, r.within(ctx.Key()))
	body, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("writing the message to %s about %s: %w", h.ID, ctx.Key(), err)
	}
	told.Sent = told.Shown
	told.Messages++
	told.Seq++
	told.MessageID = h.out.Ask(ctx, h.ID, body)
	r.told.Put(ctx, h.ID, told)
	r.sayAsked(ctx, h, told, &m, body)
	ctx.SetTimer(timerSilent+h.ID, silentAfter)
	return nil
}

// alert says once of an endpoint that a person is to look at it.
func (r *Room) alert(ctx streams.Ctx, kind, endpoint, detail string) {
	r.alerts.Send(ctx, endpoint, &event.AlertRaised{
		AlertID: event.AlertID(kind, endpoint),
		Kind:    kind, Subject: endpoint, Detail: detail, RaisedAt: ctx.Now(),
	})
}
