package audit_test

import (
	"fmt"
	"testing"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit"
)

// restarted goes on with an auditor that knows only what was kept.
func (l *log) restarted(config audit.Config) {
	l.t.Helper()
	config.Schema = l.schemas.Text
	next := audit.New(config)
	if err := l.auditor.Changes(func(key string, value []byte) error {
		if value == nil {
			return nil
		}
		return next.Restore(key, value)
	}); err != nil {
		l.t.Fatal(err)
	}
	l.auditor = next
}

// shelf writes what north has of the lamp.
func (l *log) shelf(version, units int64, frozen bool) {
	write(l, topic.InventoryPosition, "lamp", &event.InventoryPosition{
		Sku: "lamp", Version: version, AsOf: l.now, Frozen: frozen, TotalAvailable: units, Nodes: []event.NodePosition{{Node: "north", OnHand: units, Available: units}},
	})
}

func (l *log) told(seq int64, state event.WebhookState, version, units int64) {
	s := &event.WebhookStatus{MessageID: fmt.Sprint("m", seq), Endpoint: "shop", Subject: "lamp", Seq: seq, State: state, Sha256: fmt.Sprint("body ", seq), At: l.now}
	if state == event.WebhookStateAsked {
		s.Version, s.Locations = version, []event.AvailableAt{{Location: "north", Available: units}}
	}
	write(l, topic.WebhookStatus, "lamp", s)
}

// webhooks picks the violations of E2.
func webhooks(found []audit.Violation) (all []string) {
	for _, v := range found {
		if v.Invariant == audit.Webhooks {
			all = append(all, v.Key+": "+v.Seen)
		}
	}
	return all
}

func TestWhatAnEndpointWasToldIsRememberedOverARestart(t *testing.T) {
	config := audit.Config{Endpoints: []audit.Endpoint{{ID: "shop", Channel: "shop"}}}
	l := newLog(t)
	l.restarted(config)
	l.shelf(1, 5, false)
	l.told(1, event.WebhookStateAsked, 1, 5)
	l.told(1, event.WebhookStateTaken, 0, 0)
	l.restarted(config)
	if found := webhooks(l.found()); len(found) > 0 {
		t.Errorf("found %v while the endpoint knows", found)
	}
	l.shelf(2, 5, true)
	l.restarted(config)
	if found := webhooks(l.found()); fmt.Sprint(found) != "[shop about lamp: message 1 says 5 at north]" {
		t.Errorf("found %v, want that it was not told of the freeze", found)
	}
	l.told(3, event.WebhookStateAsked, 2, 0)
	if found := webhooks(l.found()); fmt.Sprint(found) != "[shop about lamp: message 3]" {
		t.Errorf("found %v, want that message 2 is not there", found)
	}
}

func TestALogThatIsCutOffOwesNoOldMessages(t *testing.T) {
	config := audit.Config{Partial: true, Endpoints: []audit.Endpoint{{ID: "shop", Channel: "shop"}}}
	l := newLog(t)
	l.restarted(config)
	l.shelf(8, 5, false)
	l.told(6, event.WebhookStateTaken, 0, 0)
	l.told(7, event.WebhookStateAsked, 8, 5)
	l.told(7, event.WebhookStateTaken, 0, 0)
	if found := webhooks(l.found()); len(found) > 0 {
		t.Errorf("found %v", found)
	}
}
