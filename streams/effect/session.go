package effect

import (
	"context"
	"time"
)

// session is until when no other process can have the tasks of this one. The
// executor's lock guards it. The zero value has no end.
type session struct {
	until  time.Time
	length time.Duration // 0: there is no session to heed
}

// fits says whether a call that may take timeout can start now: it would end
// within the session as it stands, or, if it may take more than half of a whole
// session, it has that half; leash cuts it when the session is not extended.
func (s *session) fits(timeout time.Duration, now time.Time) bool {
	if s.length == 0 {
		return true
	}
	return s.left(now) >= min(timeout, s.length/2)
}

// left is how much of the session is left. A machine that was suspended may
// show it on one of the two clocks only.
func (s *session) left(now time.Time) time.Duration {
	return min(s.until.Sub(now), s.until.Round(0).Sub(now.Round(0)))
}

// Extend says that no other process can have the tasks of this one before
// until, given that the group waits for length before it gives them away. Calls
// start only if they end before; a later Extend lets longer ones go on. Nothing
// is bound to a session before the first Extend; a zero until ends it.
func (x *Executor) Extend(until time.Time, length time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.session = session{until: until, length: length}
	x.pumpAll()
}

// leash cancels a call when the session runs out before the call has ended.
type leash struct {
	x      *Executor
	cancel context.CancelFunc
	timer  *time.Timer
	cut    bool
}

// leash returns the context for a call that takes at most timeout, and how to
// let it go; ok is false when the session has run out.
func (x *Executor) leash(ctx context.Context, timeout time.Duration) (leashed context.Context, l *leash, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	leashed, cancel := context.WithCancel(ctx)
	l = &leash{x: x, cancel: cancel}
	if x.session.length == 0 {
		return leashed, l, true
	}
	left := x.session.left(time.Now())
	if left < timeout {
		l.timer = time.AfterFunc(max(left, 0), l.check)
	}
	return leashed, l, left > 0
}

func (l *leash) check() {
	l.x.mu.Lock()
	defer l.x.mu.Unlock()
	if left := l.x.session.left(time.Now()); left > 0 {
		l.timer.Reset(left)
		return
	}
	l.cut = true
	l.cancel()
}

// release ends the watch and says whether the call was cut.
func (l *leash) release() (cut bool) {
	l.x.mu.Lock()
	defer l.x.mu.Unlock()
	if l.timer != nil {
		l.timer.Stop()
	}
	l.cancel()
	return l.cut
}
