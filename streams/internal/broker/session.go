package broker

import (
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// session knows until when the group surely keeps this member's tasks for it:
// the session timeout after the last heartbeat that the group accepted, counted
// from when it was sent. Commits in transactions do not count, since the group
// does not take them for a sign of life.
//
// The client shows when a heartbeat was answered, but not how. It sends another
// one only after a good answer, unless it has to look for the coordinator or to
// join first; so each answer confirms the heartbeat before it.
type session struct {
	length time.Duration
	extend func(until time.Time, length time.Duration)

	mu   sync.Mutex
	sent time.Time // of the heartbeat that the next answer confirms
}

// answered takes note of an answer to what was sent at a time.
func (s *session) answered(sent time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	confirmed := s.sent
	s.sent = sent
	if !confirmed.IsZero() {
		s.extend(confirmed.Add(s.length), s.length)
	}
}

// doubt says that the last answer may have been no good one.
func (s *session) doubt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = time.Time{}
}

// ended says that the group has refused the member: nothing is sure until it is
// in the group again.
func (s *session) ended() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = time.Time{}
	s.extend(time.Time{}, s.length)
}

// OnBrokerE2E implements kgo.HookBrokerE2E: joining ends with SyncGroup, and
// heartbeats follow.
func (m *member) OnBrokerE2E(_ kgo.BrokerMetadata, key int16, e2e kgo.BrokerE2E) {
	switch {
	case kmsg.Key(key) == kmsg.FindCoordinator:
		m.session.doubt()
	case e2e.Err() == nil && (kmsg.Key(key) == kmsg.Heartbeat || kmsg.Key(key) == kmsg.SyncGroup):
		m.session.answered(time.Now().Add(-e2e.DurationE2E()))
	}
}
