package filestream

import (
	"sync"
	"time"

	"github.com/millrace/millrace/connectors/connector"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/streams"
)

// maxArrivals bounds the receipts remembered. What is forgotten was received
// long ago, and nobody waits for it any more.
const maxArrivals = 500_000

// arrivals remembers which receipts were booked.
type arrivals struct {
	mu        sync.Mutex
	now, then map[string]bool // entry ids; then is the older half
}

// see notes a movement; it is called for each one, in order.
func (a *arrivals) see(_ string, m *event.InventoryMovement, _ streams.Position) {
	if m == nil || m.Reason != connector.Receipt {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now == nil || len(a.now) == maxArrivals/2 {
		a.then, a.now = a.now, make(map[string]bool)
	}
	a.now[m.EntryID] = true
}

func (a *arrivals) has(id string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now[id] || a.then[id]
}

// awaited is a supply whose goods documents from a date on want in stock.
type awaited struct {
	receipt string // id of the movement that books it
	due     time.Time
}

// expect notes a planned supply that was given.
func (s *session) expect(supply *event.InventorySupply) {
	if supply.Kind == event.SupplyKindOpening {
		return // the opening is waited for as a whole
	}
	s.awaited = append(s.awaited, awaited{connector.ReceiptID(supply.Node, supply.SupplyID), supply.Due})
}

// longestWait is how long documents wait for goods that do not come, because a
// node refused or lost them. After it they meet the scarcity.
const longestWait = 30 * time.Second

// missing counts the supplies due by a date that have not been received.
func (s *session) missing(arrived *arrivals, date time.Time) (n int) {
	if n = s.count(arrived, date); n == 0 {
		s.since = time.Time{}
		return 0
	}
	if s.since.IsZero() {
		s.since = time.Now()
	}
	if time.Since(s.since) < longestWait {
		return n
	}
	s.awaited, s.since = nil, time.Time{}
	return 0
}

func (s *session) count(arrived *arrivals, date time.Time) (n int) {
	rest := s.awaited[:0]
	for _, w := range s.awaited {
		if arrived.has(w.receipt) {
			continue
		}
		rest = append(rest, w)
		if !w.due.After(date) {
			n++
		}
	}
	s.awaited = rest
	return n
}
