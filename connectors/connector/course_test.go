package connector_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/rs/zerolog"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams/effect"
	"github.com/millrace/millrace/streams/store"
)

// status is a step of one call.
func status(e effect.Event, news bool, err error) effect.Status {
	return effect.Status{Event: e, News: news, Err: err, Destination: "erp", Task: store.Task{App: "erp"}, Entity: "sale", Key: "o1", Name: "invoice", Attempt: 3}
}

// written are the lines that are written while fn runs, as key and value.
func written(t *testing.T, wants int, fn func(c *connector.Courses)) []string {
	t.Helper()
	schemas := codec.NewMemory()
	values := codec.Of[event.EffectStatus](schemas, topic.EffectStatus)
	var mu sync.Mutex
	var lines []string
	enough := make(chan struct{})
	c := connector.NewCourses(schemas, func(_ context.Context, name, key string, value []byte) (int32, int64, error) {
		mu.Lock()
		defer mu.Unlock()
		var v event.EffectStatus
		if err := values.Decode(value, &v); err != nil {
			t.Error(err)
		}
		if lines = append(lines, fmt.Sprintf("%s: %s %s %s %d %s retry %v", key, v.State, v.Destination, v.Name, v.Attempt, v.Cause, v.RetryAt != nil)); len(lines) == wants {
			close(enough)
		}
		return 0, 0, nil
	}, prometheus.NewRegistry(), zerolog.Nop())
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	fn(c)
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx, func() {}) }()
	select {
	case <-enough:
	case <-ctx.Done():
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	return lines
}

func TestACourseTellsWhatIsNewsAndNobodysWords(t *testing.T) {
	refusal := &connector.Refusal{Partner: "erp", Kind: "invoice", ID: "i1", Status: 503, Detail: "Ann Smith, 1 High Street"}
	failed := status(effect.Failed, true, refusal)
	failed.RetryAt = time.Now()
	lines := written(t, 5, func(c *connector.Courses) {
		c.Note(status(effect.Asked, false, nil))
		c.Note(failed)
		c.Note(status(effect.Failed, false, refusal))
		c.Note(status(effect.Answered, false, nil))
		c.Note(status(effect.Failed, true, &url.Error{Op: "Post", URL: "https://ann:secret@erp/?key=4711", Err: errors.New("broken")}))
		c.Note(status(effect.Dropped, false, nil))
		c.Note(status(effect.Dropped, true, nil))
		c.Note(effect.Status{Event: effect.Waiting, Destination: "erp", Waiting: 7, Err: refusal})
		c.Note(effect.Status{Event: effect.Flowing, Destination: "erp"})
	})
	want := []string{
		"o1: failed erp invoice 3 HTTP_503 retry true",
		"o1: failed erp invoice 3 FAILED retry false",
		"o1: cancelled erp invoice 3  retry false",
		"erp: waiting erp  0 HTTP_503 retry false",
		"erp: flowing erp  0  retry false",
	}
	if got := strings.Join(lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("written is\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// Nobody writes: what does not fit is left out, and counted.
func TestACourseNeverHoldsUpACall(t *testing.T) {
	metrics := prometheus.NewRegistry()
	c := connector.NewCourses(codec.NewMemory(), nil, metrics, zerolog.Nop())
	for range 1030 {
		c.Note(status(effect.Failed, true, errors.New("no")))
	}
	if err := testutil.GatherAndCompare(metrics, strings.NewReader(`# HELP millrace_effect_status_lost_total Steps of calls to the outside that could not be written to effect.status.
# TYPE millrace_effect_status_lost_total counter
millrace_effect_status_lost_total 6
`)); err != nil {
		t.Error(err)
	}
}
