package auditstream_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/millrace/millrace/platform/kafka"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/services/audit"
	"github.com/millrace/millrace/services/audit/auditstream"
)

// paper keeps what is written, by topic.
type paper struct {
	mu    sync.Mutex
	lines map[string][][]byte
}

func (p *paper) write(_ context.Context, name, _ string, value []byte) (partition int32, offset int64, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lines == nil {
		p.lines = make(map[string][][]byte)
	}
	p.lines[name] = append(p.lines[name], value)
	return 0, 0, nil
}

// of are the lines of a topic, decoded.
func of[V any](t *testing.T, p *paper, def topic.Def) []V {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make([]V, len(p.lines[def.Name]))
	for n, value := range p.lines[def.Name] {
		if err := codec.Of[V](schemas, def).Decode(value, &all[n]); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// violations has so many orders accepted that nobody submitted, and audits them.
func violations(t *testing.T, orders int, freeze ...audit.Invariant) *paper {
	t.Helper()
	l, at := &tape{records: make(map[string][]kafka.Record)}, time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	for n := range orders {
		value, err := codec.Of[event.OrderAccepted](schemas, topic.OrderAccepted).Append(nil, &event.OrderAccepted{
			OrderID: fmt.Sprint("o", n), OrderVersion: 1, Currency: "EUR", Shortage: event.ShortagePolicyCancel,
		})
		l.add(t, topic.OrderAccepted, fmt.Sprint("o", n), at, value, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	written := new(paper)
	room := auditstream.New(auditstream.Config{Log: l, Schemas: schemas, Dir: t.TempDir(), Freeze: freeze, Logger: zerolog.Nop(), Write: written.write})
	ended := make(chan error, 1)
	go func() { ended <- room.Run(ctx, func() {}) }()
	for len(room.Account().Violations) < orders && ctx.Err() == nil {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	return written
}

func TestAViolationFreezesWhatItIsAboutIfThatIsWanted(t *testing.T) {
	written := violations(t, 1, audit.Oversell, audit.Acceptance)
	found, frozen := of[event.AuditViolation](t, written, topic.AuditViolation), of[event.OrderFreeze](t, written, topic.OrderFreeze)
	if len(found) != 1 || len(frozen) != 1 {
		t.Fatalf("found %+v and froze %+v", found, frozen)
	}
	if f := frozen[0]; !f.Frozen || f.OrderID != "o0" || f.By != "auditor" || f.ViolationID != found[0].ViolationID || !strings.Contains(f.Reason, "A1") {
		t.Errorf("%+v because of %+v", f, found[0])
	}
}

func TestNothingIsFrozenThatNobodyAskedFor(t *testing.T) {
	for _, freeze := range [][]audit.Invariant{nil, {audit.Oversell, audit.Money}} {
		if frozen := of[event.OrderFreeze](t, violations(t, 1, freeze...), topic.OrderFreeze); len(frozen) != 0 {
			t.Errorf("with %v it froze %+v", freeze, frozen)
		}
	}
}

// An auditor that is wrong about everything does not stop everything.
func TestTheAuditorFreezesABoundedNumber(t *testing.T) {
	written := violations(t, 50, audit.Acceptance)
	if found, frozen := of[event.AuditViolation](t, written, topic.AuditViolation), of[event.OrderFreeze](t, written, topic.OrderFreeze); len(found) != 50 || len(frozen) != 20 {
		t.Errorf("%d violations froze %d orders", len(found), len(frozen))
	}
}

func TestAPersonFreezesAndThaws(t *testing.T) {
	written := new(paper)
	mux := http.NewServeMux()
	auditstream.New(auditstream.Config{Schemas: schemas, Logger: zerolog.Nop(), Write: written.write}).Routes(mux)
	const order = "67bd4b08-5f5a-5e4f-8c46-0a4c1a2b3c4d"
	for _, c := range []struct {
		path, body string
		code       int
		says       string
	}{
		{"sku/a%2Fb", `{"frozen":true,"by":"ann","reason":"counted twice"}`, http.StatusAccepted, ""},
		{"sku/a%2Fb", `{"frozen":false,"by":"bob","reason":"looked"}`, http.StatusAccepted, ""},
		{"order/" + order, `{"frozen":true,"by":"ann","reason":"odd"}`, http.StatusAccepted, ""},
		{"order/17", `{"frozen":true,"by":"ann","reason":"odd"}`, http.StatusUnprocessableEntity, "/subject"},
		{"node/north", `{"frozen":true,"by":"ann","reason":"odd"}`, http.StatusUnprocessableEntity, "/subject"},
		{"sku/lamp", `{"by":"ann","reason":"odd"}`, http.StatusUnprocessableEntity, "/frozen"},
		{"sku/lamp", `{"frozen":true,"by":"ann"}`, http.StatusUnprocessableEntity, "/reason"},
		{"sku/lamp", `{"frozen":true,"reason":"odd"}`, http.StatusUnprocessableEntity, "/by"},
		{"sku/lamp", `{"frozen":`, http.StatusBadRequest, ""},
	} {
		r := httptest.NewRequest(http.MethodPut, "/v1/audit/freezes/"+c.path, strings.NewReader(c.body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != c.code || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s %s: %d %s", c.path, c.body, w.Code, w.Body)
		}
	}
	items, orders := of[event.InventoryFreeze](t, written, topic.InventoryFreeze), of[event.OrderFreeze](t, written, topic.OrderFreeze)
	if len(items) != 2 || items[0].Sku != "a/b" || !items[0].Frozen || items[1].Frozen || items[1].By != "bob" || items[1].Reason != "looked" || len(orders) != 1 || orders[0].OrderID != order {
		t.Errorf("written are %+v and %+v", items, orders)
	}
}
