package broker

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// leavePatience is how long a member that leaves waits for others to warm copies
// of its tasks. It goes on with them meanwhile.
const leavePatience = 10 * time.Second

// giveAway asks the others to take this member's tasks over and waits until they
// have, or cannot soon.
func (r *Runtime) giveAway(ctx context.Context) {
	if !r.member.announceLeave() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, leavePatience)
	defer cancel()
	for r.owned() > 0 && sleep(ctx, 20*time.Millisecond) == nil {
	}
}

func (r *Runtime) owned() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.slots)
}

// announceLeave tells the leader to place this member's tasks elsewhere. It
// returns false when there is nobody to take them.
func (m *member) announceLeave() bool {
	m.mu.Lock()
	m.leaving = true
	others := 0
	for _, o := range m.plan.Owners {
		if o.Instance != m.opts.Instance && !o.Leaving {
			others++
		}
	}
	m.mu.Unlock()
	if others == 0 {
		return false
	}
	m.rejoin()
	return true
}

// leave ends the membership at once: a static member that only goes away keeps
// its tasks until its session ends. Another process that has this instance's id
// by now stays in the group.
func (m *member) leave(ctx context.Context, cl *kgo.Client) error {
	id, _ := m.identity()
	m.close()
	if id == "" {
		return nil
	}
	req := kmsg.NewPtrLeaveGroupRequest()
	req.Group = m.opts.Topology.App
	member := kmsg.NewLeaveGroupRequestMember()
	instance := m.opts.Topology.App + "-" + m.opts.Instance
	member.MemberID, member.InstanceID = id, &instance
	req.Members = append(req.Members, member)
	resp, err := req.RequestWith(ctx, cl)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	for i := 0; err == nil && i < len(resp.Members); i++ {
		err = kerr.ErrorForCode(resp.Members[i].ErrorCode)
	}
	if err != nil {
		return fmt.Errorf("leaving group %s: %w", m.opts.Topology.App, err)
	}
	return nil
}
