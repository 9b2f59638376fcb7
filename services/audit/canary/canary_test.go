package canary

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
)

var noon = time.Date(2026, 1, 5, 12, 0, 0, 0, time.UTC)

// edge is a public interface that notes what is posted.
type edge struct {
	*Canary
	posted []string
	status int
	mute   bool // alerts cannot be told
	said   []string
}

func newEdge(t *testing.T) *edge {
	t.Helper()
	e := &edge{status: http.StatusCreated}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		e.posted = append(e.posted, fmt.Sprint(r.Method, " ", r.URL.Path, " ", r.Header.Get("Idempotency-Key"), " ", string(body)))
		w.WriteHeader(e.status)
	}))
	t.Cleanup(server.Close)
	e.Canary = New(Config{
		Server: server.URL + "/", Channel: "probe", SKU: "lamp", Currency: "EUR", Price: "0.01", Customer: "canary", Country: "DE", Logger: zerolog.Nop(),
		Tell: func(_ context.Context, a *event.AlertRaised) error {
			if e.mute {
				return errors.New("no broker")
			}
			e.said = append(e.said, fmt.Sprint(a.Kind, " over ", a.ResolvedAt != nil))
			return nil
		},
	})
	return e
}

// sees gives the canary a record of its order, and the watermark of that time.
func (e *edge) sees(t *testing.T, def topic.Def, at time.Time) {
	t.Helper()
	e.Observe(def.Name, []byte(event.OrderID("probe", e.number)), at)
	if err := e.Advance(t.Context(), at); err != nil {
		t.Fatal(err)
	}
}

func TestAnOrderIsPostedUnderItsNumberUntilItIsAnswered(t *testing.T) {
	e := newEdge(t)
	e.Turn(t.Context(), noon)
	if len(e.posted) > 0 {
		t.Fatalf("it posted %v before anything was read", e.posted)
	}
	if err := e.Advance(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	e.status = http.StatusServiceUnavailable
	e.Turn(t.Context(), noon)
	e.status = http.StatusAccepted
	e.Turn(t.Context(), noon.Add(time.Minute))
	e.Turn(t.Context(), noon.Add(2*time.Minute))
	want := `POST /v1/orders probe:canary-20260105T120000 {"channel":"probe","currency":"EUR","customer":{"country":"DE","id":"canary"},"external_id":"canary-20260105T120000","lines":[{"quantity":1,"sku":"lamp","unit_price":"0.01"}]}`
	if len(e.posted) != 2 || e.posted[0] != want || e.posted[1] != want {
		t.Errorf("posted\n%s\nwant twice\n%s", strings.Join(e.posted, "\n"), want)
	}
}

func TestAnOrderThatIsNotCompletedIsTold(t *testing.T) {
	e := newEdge(t)
	if err := e.Advance(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	for n, end := range []topic.Def{topic.OrderCancelled, topic.OrderRejected, topic.OrderCompleted} {
		e.Turn(t.Context(), noon.Add(time.Duration(n)*time.Minute))
		e.sees(t, end, noon.Add(time.Duration(n)*time.Minute+time.Second))
	}
	if got := fmt.Sprint(e.said); got != "[CANARY_ENDED over false CANARY_ENDED over true]" || len(e.posted) != 3 {
		t.Errorf("it said %s of %d orders", got, len(e.posted))
	}
}

func TestAnAlertThatCannotBeToldIsToldLater(t *testing.T) {
	e := newEdge(t)
	if err := e.Advance(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	e.Turn(t.Context(), noon)
	e.sees(t, topic.OrderAccepted, noon.Add(time.Minute))
	e.mute = true
	if err := e.Advance(t.Context(), noon.Add(10*time.Minute)); err == nil {
		t.Error("an alert that could not be told is no error")
	}
	e.mute = false
	for range 2 {
		if err := e.Advance(t.Context(), noon.Add(11*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	if got := fmt.Sprint(e.said); got != "[CANARY_LATE over false]" {
		t.Errorf("it said %s, want the alert once", got)
	}
}

// Topics are read at any pace: what is measured is the same.
func TestStagesAreMeasuredInTheirOrder(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}} {
		c := newCourse("o", noon)
		topics := []topic.Def{topic.OrderAccepted, topic.OrderAllocated, topic.ShipmentConfirmed, topic.OrderCompleted}
		for _, n := range order {
			c.see(topics[n].Name, noon.Add(time.Duration(n*n+1)*time.Second))
		}
		c.see(topic.ShipmentConfirmed.Name, noon.Add(time.Hour)) // a second parcel
		if end := c.ended(noon.Add(9 * time.Second)); end != "" {
			t.Errorf("before it is certain it is %s", end)
		}
		var got []string
		c.took(func(stage string, took time.Duration) { got = append(got, fmt.Sprint(stage, " ", took)) })
		if fmt.Sprint(got) != "[accepted 1s allocated 1s shipped 3s completed 5s]" || c.ended(noon.Add(10*time.Second)) != completed {
			t.Errorf("read in order %v, stages took %v", order, got)
		}
	}
}
