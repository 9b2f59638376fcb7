package sim

import (
	"sync"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/streams/sim/internal/wire"
)

// membership watches what one life tells the group: offsets may be committed
// only by a member that knows its assignment. A process that was thrown out and
// rejoins has a new member id before it hears that its tasks are another's, and
// the group takes offsets from any member.
type membership struct {
	mu       sync.Mutex
	assigned map[string]bool // member ids that got an assignment
}

func watchMembership(l *wire.Link, violate func(format string, args ...any)) {
	m := &membership{assigned: make(map[string]bool)}
	l.Watched = []kmsg.Key{kmsg.SyncGroup, kmsg.TxnOffsetCommit}
	l.Sent = func(r kmsg.Request) {
		commit, ok := r.(*kmsg.TxnOffsetCommitRequest)
		if !ok {
			return
		}
		m.mu.Lock()
		known := m.assigned[commit.MemberID]
		m.mu.Unlock()
		if !known {
			violate("%s commits offsets as member %s, which has no assignment yet", commit.TransactionalID, commit.MemberID)
		}
	}
	l.Got = func(r kmsg.Request, answer kmsg.Response) {
		sync, ok := r.(*kmsg.SyncGroupRequest)
		if !ok || answer.(*kmsg.SyncGroupResponse).ErrorCode != 0 {
			return
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.assigned[sync.MemberID] = true
	}
}
