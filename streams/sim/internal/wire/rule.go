package wire

import (
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Rule says what becomes of the next requests with a key. The zero value of
// each field changes nothing.
type Rule struct {
	Name string // what Hit is told
	Key  kmsg.Key
	// Count is how many requests it is for; 0 is one, negative is all.
	Count int
	// Refuse closes the connection in place of sending the request.
	Refuse bool
	// Hold is how long the request waits before it is sent.
	Hold time.Duration
	// Late is how long the answer waits.
	Late time.Duration
	// Lose closes the connection in place of giving the answer: the broker has
	// done what was asked.
	Lose bool
	// Answer changes the answer to what the broker has done.
	Answer func(kmsg.Response)
}

// take returns the rule for a request, or nil.
func (l *Link) take(key kmsg.Key) *Rule {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, r := range l.rules {
		if r.Key != key {
			continue
		}
		if r.Count > 0 {
			if r.Count--; r.Count == 0 {
				l.rules = append(l.rules[:i:i], l.rules[i+1:]...)
			}
		}
		return r
	}
	return nil
}

func (l *Link) hit(name string) {
	if l.Hit != nil && name != "" {
		l.Hit(name)
	}
}
