package spine_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/millrace/millrace/platform/webhook"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit"
	"github.com/millrace/millrace/services/availability"
	"github.com/millrace/millrace/services/availability/availabilityhook"
	"github.com/millrace/millrace/streams"
)

// channels is the room that tells endpoints of channels what they can sell.
func channels(seed uint64, now func() time.Time) *streams.Topology {
	config := subscribers(seed)
	config.Now = now
	return availabilityhook.New(config, schemas).Topology
}

// subscribers are an endpoint that is out of order now and then, one that takes
// nothing, and one that says that it is no more.
func subscribers(seed uint64) availabilityhook.Config {
	rng := rand.New(rand.NewPCG(seed, 31))
	var config availabilityhook.Config
	for _, e := range []struct {
		id    string
		nodes []string
		send  func() error
	}{
		{"shop", nil, func() error {
			if rng.IntN(3) == 0 {
				return errors.New("no answer")
			}
			return nil
		}},
		{"mute", nodes[:2], func() error { return &webhook.Refused{Status: http.StatusBadGateway, RetryAfter: time.Hour} }},
		{"gone", nodes[1:], func() error { return &webhook.Refused{Status: http.StatusGone} }},
	} {
		config.Endpoints = append(config.Endpoints, availabilityhook.Endpoint{
			ID: e.id, Channel: e.id, View: availability.View{Locations: e.nodes, Bought: true, Channel: e.id},
			Send: func(context.Context, string, time.Time, []byte) error { return e.send() },
		})
	}
	return config
}

// hookMutants are mistakes about what endpoints are told.
var hookMutants = []mutant{
	{"a message is sent with another body", audit.Webhooks, func(l *tape) bool {
		return edit(l, topic.WebhookStatus, func(s *event.WebhookStatus) bool {
			s.Sha256 = "another"
			return s.State == event.WebhookStateTaken
		})
	}},
	{"a message is sent under the id of another", audit.Webhooks, func(l *tape) bool {
		first := make(map[string]string)
		return editAll(l, topic.WebhookStatus, func(s *event.WebhookStatus) bool {
			if s.Seq == 1 && s.State == event.WebhookStateAsked {
				first[s.Endpoint+s.Subject] = s.MessageID
			}
			s.MessageID = first[s.Endpoint+s.Subject]
			return s.Endpoint == "shop" && s.Seq == 2
		})
	}},
	{"a message is numbered as the one before", audit.Webhooks, func(l *tape) bool {
		return editAll(l, topic.WebhookStatus, func(s *event.WebhookStatus) bool { s.Seq--; return s.Endpoint == "shop" && s.Seq >= 1 })
	}},
	{"a message is left out", audit.Webhooks, func(l *tape) bool {
		sku, seq := lastWord(l)
		return dropAll(l, topic.WebhookStatus, func(s *event.WebhookStatus) bool {
			return s.Endpoint == "shop" && s.Subject == sku && s.Seq == seq-1
		})
	}},
	{"an endpoint answers what it was not told", audit.Webhooks, func(l *tape) bool {
		return twice(l, topic.WebhookStatus, func(s *event.WebhookStatus) bool { s.Seq++; return s.State == event.WebhookStateTaken })
	}},
	{"a message is never taken", audit.Webhooks, func(l *tape) bool {
		sku, seq := lastWord(l)
		return drop(l, topic.WebhookStatus, func(s *event.WebhookStatus) bool {
			return s.Endpoint == "shop" && s.Subject == sku && s.Seq == seq && s.State == event.WebhookStateTaken
		})
	}},
	{"an endpoint is mute and nobody is told", audit.Webhooks, func(l *tape) bool {
		return dropAll(l, topic.AlertRaised, func(a *event.AlertRaised) bool { return a.Kind == "WEBHOOK_SILENT" })
	}},
	{"an endpoint is gone and nobody is told", audit.Webhooks, func(l *tape) bool {
		return dropAll(l, topic.AlertRaised, func(a *event.AlertRaised) bool { return a.Kind == "WEBHOOK_GONE" })
	}},
	{"the last change is not told", audit.Webhooks, func(l *tape) bool {
		sku, seq := lastWord(l)
		return dropAll(l, topic.WebhookStatus, func(s *event.WebhookStatus) bool {
			return s.Endpoint == "shop" && s.Subject == sku && s.Seq == seq
		})
	}},
	{"an endpoint is told of nothing", audit.Webhooks, func(l *tape) bool {
		return dropAll(l, topic.WebhookStatus, func(s *event.WebhookStatus) bool { return s.Endpoint == "shop" })
	}},
	{"an endpoint is told of one unit more", audit.Webhooks, func(l *tape) bool {
		return editLast(l, func(s *event.WebhookStatus) { s.Locations[0].Available++ })
	}},
	{"a message says what stock never said", audit.Webhooks, func(l *tape) bool {
		return editLast(l, func(s *event.WebhookStatus) { s.Version += 1000 })
	}},
}

// lastWord is the last message to shop about some item of which it was told more than
// once.
func lastWord(l *tape) (sku string, seq int64) {
	find(l, topic.WebhookStatus, func(_, _ int, s *event.WebhookStatus) bool {
		if s.Endpoint == "shop" && s.Seq > 1 && (sku == "" || s.Subject == sku) {
			sku, seq = s.Subject, s.Seq
		}
		return false
	})
	return sku, seq
}

// editLast changes the last message to shop about some item.
func editLast(l *tape, change func(s *event.WebhookStatus)) bool {
	sku, seq := lastWord(l)
	return edit(l, topic.WebhookStatus, func(s *event.WebhookStatus) bool {
		if s.Endpoint != "shop" || s.Subject != sku || s.Seq != seq {
			return false
		}
		change(s)
		return true
	})
}
