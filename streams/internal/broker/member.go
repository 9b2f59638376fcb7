package broker

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams/assign"
)

// tasks is what a member tells of its assignment.
type tasks interface {
	// assigned says which whole tasks the member has, under which id. Tasks that
	// were assigned under another id are lost. It returns when the lost are gone.
	assigned(memberID string, partitions []int32)
	// revoked gives tasks back in order and returns when they are gone.
	revoked(partitions []int32)
	// lost drops every task and returns when they are gone.
	lost()
	// planned takes note of a new plan.
	planned()
	// stopped lists the tasks that wait for an operator.
	stopped() []int32
	// copies says how far the local copies are.
	copies() []assign.Copy
}

// member is this process in the topology's group.
type member struct {
	opts       *Options
	tasks      tasks
	partitions int32 // the number of tasks
	session    session
	// fenced gets a value when another process uses this one's static id.
	fenced chan struct{}

	mu       sync.Mutex
	client   *kgo.Client
	plan     *assign.PlanData
	assigned map[string]map[int32]bool
	joined   bool
	asked    bool // for inputs that were lacking, since it joined
	leaving  bool
}

func newMember(o *Options, t tasks, partitions int32) *member {
	m := &member{opts: o, tasks: t, partitions: partitions, fenced: make(chan struct{}, 1), plan: new(assign.PlanData), assigned: make(map[string]map[int32]bool)}
	m.session.length, m.session.extend = o.SessionTimeout, func(time.Time, time.Duration) {}
	if o.Effects != nil {
		m.session.extend = o.Effects.Extend
	}
	m.session.ended()
	return m
}

// join makes the client, which joins the group by itself.
func (m *member) join() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	cl, err := m.opts.newMember(m)
	m.client, m.asked = cl, false
	return err
}

// close ends the client without leaving the group, since members are static: a
// restart takes its tasks back without a rebalance.
func (m *member) close() {
	m.mu.Lock()
	cl := m.client
	m.mu.Unlock()
	if cl != nil {
		cl.CloseAllowingRebalance()
	}
}

// identity returns the id and the generation that the group knows now.
func (m *member) identity() (id string, generation int32) {
	m.mu.Lock()
	cl := m.client
	m.mu.Unlock()
	return cl.GroupMetadata()
}

// rejoin asks the group for the assignment once more.
func (m *member) rejoin() {
	m.mu.Lock()
	cl := m.client
	m.mu.Unlock()
	cl.ForceRebalance()
}

// describe is what this member tells the leader.
func (m *member) describe() assign.MemberData {
	data := assign.MemberData{Instance: m.opts.Instance, Address: m.opts.Address, Copies: m.tasks.copies(), Stopped: m.tasks.stopped()}
	m.mu.Lock()
	defer m.mu.Unlock()
	data.Leaving = m.leaving
	return data
}

// learn keeps the leader's plan.
func (m *member) learn(plan *assign.PlanData) {
	m.mu.Lock()
	m.plan = plan
	m.mu.Unlock()
	m.tasks.planned()
}

// owners returns the newest table of owners; it is empty before the first join.
func (m *member) owners() *assign.PlanData {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.plan
}

// ready says whether the group has given this member an assignment that it means
// to keep.
func (m *member) ready() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.joined && !m.leaving
}

func (m *member) onAssigned(_ context.Context, cl *kgo.Client, added map[string][]int32) {
	id, _ := cl.GroupMetadata()
	m.mu.Lock()
	for topic, partitions := range added {
		if m.assigned[topic] == nil {
			m.assigned[topic] = make(map[int32]bool)
		}
		for _, p := range partitions {
			m.assigned[topic][p] = true
		}
	}
	m.joined = true
	whole, again := m.whole(), m.moved() || m.lacks() || m.plan.Moving
	m.mu.Unlock()
	m.tasks.assigned(id, whole)
	if again {
		cl.ForceRebalance()
	}
}

// whole lists the tasks of which every input is assigned. The others come in the
// rebalance that follows; until then somebody else may hold a part.
func (m *member) whole() []int32 {
	var list []int32
	for p := range m.assigned[m.opts.inputs[0]] {
		complete := true
		for _, topic := range m.opts.inputs {
			complete = complete && m.assigned[topic][p]
		}
		if complete {
			list = append(list, p)
		}
	}
	slices.Sort(list)
	return list
}

// lacks says, once after each join, whether an input has no partition here while
// others have: a static member that restarts gets its former assignment back,
// which does not have an input that the topology reads since then.
func (m *member) lacks() bool {
	if m.asked || len(m.assigned) == 0 {
		return false
	}
	m.asked = true
	for _, topic := range m.opts.inputs {
		if len(m.assigned[topic]) == 0 {
			return true
		}
	}
	return false
}

// moved says whether the others know an old address of this member: a static
// member that restarts gets its tasks back without telling anybody.
func (m *member) moved() bool {
	for _, o := range m.plan.Owners {
		if o.Instance == m.opts.Instance {
			return o.Address != m.opts.Address
		}
	}
	return false
}

func (m *member) onRevoked(_ context.Context, _ *kgo.Client, gone map[string][]int32) {
	var partitions []int32
	m.mu.Lock()
	for topic, list := range gone {
		for _, p := range list {
			delete(m.assigned[topic], p)
		}
		partitions = append(partitions, list...)
	}
	m.mu.Unlock()
	slices.Sort(partitions)
	m.tasks.revoked(slices.Compact(partitions))
}

func (m *member) onLost(context.Context, *kgo.Client, map[string][]int32) {
	m.mu.Lock()
	clear(m.assigned)
	m.joined = false
	m.mu.Unlock()
	m.session.ended()
	m.tasks.lost()
}

// OnGroupManageError implements kgo.HookGroupManageError. kgo rejoins by itself
// after any error but this one, whose member id stays refused.
func (m *member) OnGroupManageError(err error) {
	m.opts.Logger.Warn().Err(denied(err, m.opts.Topology.App)).Msg("group session ended")
	m.session.ended()
	if !errors.Is(err, kerr.FencedInstanceID) {
		return
	}
	select {
	case m.fenced <- struct{}{}:
	default:
	}
}

// fetchNothing drops every offset that the group client loaded, see newMember.
func fetchNothing(_ context.Context, offsets map[string]map[int32]kgo.Offset) (map[string]map[int32]kgo.Offset, error) {
	maps.DeleteFunc(offsets, func(string, map[int32]kgo.Offset) bool { return true })
	return offsets, nil
}
