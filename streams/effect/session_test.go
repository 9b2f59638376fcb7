package effect_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/millrace/millrace/streams/task"
)

const sessionLength = 10 * time.Second

// alive extends the desk's session from now on.
func (d *desk) alive() { d.Extend(time.Now().Add(sessionLength), sessionLength) }

func TestACallStartsOnlyIfItsTimeoutFitsIntoTheSession(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		erp := &task.Destination{Name: "erp", Timeout: 4 * time.Second, Call: echo}
		d.Extend(time.Time{}, sessionLength)
		d.start(ask(erp, "a", 1))
		settle(time.Minute)
		want(t, "answers before the first session", d.answered(), []string{})
		d.alive()
		settle(6 * time.Second)
		d.start(ask(erp, "a", 2))
		settle(1)
		d.start(ask(erp, "a", 3))
		settle(time.Minute)
		want(t, "answers in the session", d.answered(), []string{"a1", "a2"})
		d.alive()
		synctest.Wait()
		want(t, "answers in the next one", d.answered(), []string{"a1", "a2", "a3"})
	})
}

func TestALongCallGoesOnAsLongAsTheSessionIsExtended(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		erp := &task.Destination{Name: "erp", Timeout: time.Minute, Call: func(ctx context.Context, r []byte) (any, error) {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case <-time.After(30 * time.Second):
				return string(r), nil
			}
		}}
		d.alive()
		d.start(ask(erp, "a", 1))
		for range 31 {
			settle(time.Second)
			d.alive()
		}
		want(t, "answers", d.answered(), []string{"a1"})
	})
}

func TestALongCallIsCutWithItsSessionAndTriedAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, d *desk) {
		start := time.Now()
		var ended time.Duration
		var calls atomic.Int32
		erp := &task.Destination{Name: "erp", Timeout: time.Minute, Attempts: 1, Call: func(ctx context.Context, r []byte) (any, error) {
			if calls.Add(1) > 1 {
				return string(r), nil
			}
			<-ctx.Done()
			ended = time.Since(start)
			return nil, ctx.Err()
		}}
		d.alive()
		d.start(ask(erp, "a", 1))
		settle(time.Minute)
		want(t, "end of the call", ended, sessionLength)
		want(t, "answers", d.answered(), []string{})
		want(t, "waiting", d.Waiting()["erp"], 1)
		d.alive()
		settle(time.Second)
		want(t, "answers in the next session", d.answered(), []string{"a1"})
		want(t, "attempts, the cut one aside", d.answers[0].Attempts, 1)
	})
}
