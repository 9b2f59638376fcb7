package effect_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"testing"
	"time"

	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/effect"
	"github.com/millrace/millrace/streams/task"
)

// refusal is an error that says its own cause, and something that is nobody's.
type refusal struct{ status int }

func (r refusal) Error() string { return "card 4111 is refused" }
func (r refusal) Cause() string { return fmt.Sprint("HTTP_", r.status) }

func TestACauseIsACode(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errNo, effect.CauseOther},
		{effect.Permanent(errNo), effect.CauseRefused},
		{effect.RetryAfter(errNo, time.Minute), effect.CauseThrottled},
		{effect.RetryAfter(refusal{429}, time.Minute), "HTTP_429"},
		{fmt.Errorf("posting: %w", effect.Permanent(refusal{422})), "HTTP_422"},
		{fmt.Errorf("posting: %w", context.DeadlineExceeded), effect.CauseTimeout},
		{&url.Error{Op: "Post", URL: "https://ann:secret@erp", Err: refused}, effect.CauseUnreachable},
		{&net.DNSError{Err: "no such host"}, effect.CauseUnreachable},
		{&net.DNSError{IsTimeout: true}, effect.CauseTimeout},
		{fmt.Errorf("reading: %w", io.ErrUnexpectedEOF), effect.CauseUnreachable},
	} {
		if got := effect.Cause(c.err); got != c.want {
			t.Errorf("%v is %s, want %s", c.err, got, c.want)
		}
	}
}

func TestEachKindOfFailureIsNewsOnceInTurn(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		course := []error{errNo, errNo, refusal{503}, refusal{503}, refusal{500}, errNo, nil}
		tries := 0
		erp := &task.Destination{Name: "erp", BackoffMin: time.Millisecond, BackoffMax: time.Millisecond, Call: func(_ context.Context, r []byte) (any, error) {
			tries++
			return string(r), course[tries-1]
		}}
		smooth := &task.Destination{Name: "smooth", Call: echo}
		taken := ask(smooth, "c", 3)
		taken.Restored = true
		d.start(ask(erp, "a", 1), ask(smooth, "b", 2), taken)
		settle(time.Hour)
		var news []string
		for _, s := range d.events(effect.Failed) {
			if s.News {
				news = append(news, fmt.Sprint(s.Attempt, " ", effect.Cause(s.Err)))
			}
		}
		want(t, "news", news, []string{"1 FAILED", "3 HTTP_503", "5 HTTP_500", "6 FAILED"})
		troubled := map[any]bool{}
		for _, a := range d.answers {
			troubled[a.Value] = a.Troubled
		}
		want(t, "troubled", troubled, map[any]bool{"a1": true, "b2": false, "c3": true})
	})
}

func TestAFailureThatChangesAllTheTimeIsToldABoundedNumberOfTimes(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		tries := 0
		erp := &task.Destination{Name: "erp", Attempts: 60, BackoffMin: time.Millisecond, BackoffMax: time.Millisecond, Call: func(context.Context, []byte) (any, error) {
			tries++
			return nil, refusal{500 + tries%2}
		}}
		d.start(ask(erp, "a", 1))
		settle(time.Hour)
		news := 0
		for _, s := range d.events(effect.Failed) {
			if s.News {
				news++
			}
		}
		if news != 10 || len(d.answers) != 1 || !d.answers[0].Troubled {
			t.Errorf("%d of %d failures are told, and %+v", news, tries, d.answers)
		}
	})
}

func TestWhatFailedAndIsCancelledIsToldSo(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		erp := &task.Destination{Name: "erp", BackoffMin: time.Hour, BackoffMax: time.Hour, Call: func(context.Context, []byte) (any, error) { return nil, errNo }}
		failed, waiting := ask(erp, "a", 1), ask(erp, "a", 2)
		d.start(failed, waiting)
		settle(time.Second)
		d.Cancel(owner, []changelog.ID{failed.Row.ID, waiting.Row.ID})
		d.Cancel(owner, []changelog.ID{failed.Row.ID})
		var dropped []string
		for _, s := range d.events(effect.Dropped) {
			dropped = append(dropped, fmt.Sprint(s.ID == failed.Row.ID, s.News))
		}
		want(t, "dropped, as news", dropped, []string{"true true", "false false"})
	})
}
