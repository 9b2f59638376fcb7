package broker

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/millrace/millrace/streams/assign"
)

// protocolName is the group's protocol. Members with other balancers cannot be
// in the group, since theirs would tear tasks apart.
const protocolName = "streams-task"

// balancer is the kgo.GroupBalancer that places tasks whole; package assign
// decides, this file translates.
type balancer struct {
	member *member
}

// ProtocolName implements kgo.GroupBalancer.
func (b *balancer) ProtocolName() string { return protocolName }

// IsCooperative implements kgo.GroupBalancer: a task that stays is not stopped.
func (b *balancer) IsCooperative() bool { return true }

// JoinGroupMetadata implements kgo.GroupBalancer.
func (b *balancer) JoinGroupMetadata(topics []string, owned map[string][]int32, generation int32) []byte {
	meta := kmsg.NewConsumerMemberMetadata()
	meta.Version = 3
	meta.Topics = topics
	meta.Generation = generation
	meta.UserData = b.member.describe().Encode()
	for _, topic := range slices.Sorted(maps.Keys(owned)) {
		t := kmsg.NewConsumerMemberMetadataOwnedPartition()
		t.Topic, t.Partitions = topic, owned[topic]
		meta.OwnedPartitions = append(meta.OwnedPartitions, t)
	}
	return meta.AppendTo(nil)
}

// ParseSyncAssignment implements kgo.GroupBalancer. It hands the leader's user
// data to the member.
func (b *balancer) ParseSyncAssignment(raw []byte) (map[string][]int32, error) {
	var assignment kmsg.ConsumerMemberAssignment
	if err := assignment.ReadFrom(raw); err != nil {
		return nil, fmt.Errorf("reading assignment: %w", err)
	}
	if len(assignment.UserData) > 0 {
		plan, err := assign.DecodePlan(assignment.UserData)
		if err != nil {
			return nil, err
		}
		b.member.learn(&plan)
	}
	return kgo.ParseConsumerSyncAssignment(raw)
}

// MemberBalancer implements kgo.GroupBalancer.
func (b *balancer) MemberBalancer(members []kmsg.JoinGroupResponseMember) (kgo.GroupMemberBalancer, map[string]struct{}, error) {
	cb, err := kgo.NewConsumerBalancer(b, members)
	if err != nil {
		return nil, nil, err
	}
	return cb, cb.MemberTopics(), nil
}

// Balance implements kgo.ConsumerBalancerBalance.
//
// The number of tasks is that of the start: partitions that are added to an input
// later are nobody's, see checkInputs.
func (b *balancer) Balance(cb *kgo.ConsumerBalancer, _ map[string]int32) kgo.IntoSyncAssignment {
	var (
		members []assign.Member
		reads   = make(map[string][]string)
		byID    = make(map[string]*kmsg.JoinGroupResponseMember)
		live    = make(map[string]assign.Owner)
	)
	cb.EachMember(func(m *kmsg.JoinGroupResponseMember, meta *kmsg.ConsumerMemberMetadata) {
		data, err := assign.DecodeMember(meta.UserData)
		if err != nil {
			cb.SetError(fmt.Errorf("member %s: %w", m.MemberID, err))
		}
		byID[m.MemberID], reads[m.MemberID] = m, meta.Topics
		live[m.MemberID] = assign.Owner{Instance: data.Instance, Address: data.Address, Leaving: data.Leaving}
		members = append(members, assign.Member{
			ID: m.MemberID, Generation: meta.Generation, Owned: ownedTasks(meta), Copies: data.Copies, Leaving: data.Leaving,
		})
	})
	plan := cb.NewPlan()
	places := assign.Place(members, b.member.opts.policy(b.member.partitions))
	for _, p := range slices.Sorted(maps.Keys(places.Owners)) {
		owner := places.Owners[p]
		for _, topic := range reads[owner] {
			plan.AddPartition(byID[owner], topic, p)
		}
	}
	plan.AdjustCooperative(cb)
	return &planned{plan: plan, places: places, live: live}
}

func (o *Options) policy(partitions int32) assign.Policy {
	return assign.Policy{Partitions: partitions, Standbys: o.Standbys, AcceptableLag: o.AcceptableLag, WarmUps: warmUps}
}

// ownedTasks lists the numbers of which a member holds any partition.
func ownedTasks(meta *kmsg.ConsumerMemberMetadata) []int32 {
	var tasks []int32
	for _, t := range meta.OwnedPartitions {
		tasks = append(tasks, t.Partitions...)
	}
	slices.Sort(tasks)
	return slices.Compact(tasks)
}

// planned adds the table of owners to every member's assignment.
type planned struct {
	plan   *kgo.BalancePlan
	places assign.Plan
	live   map[string]assign.Owner // by member id
}

// IntoSyncAssignment implements kgo.IntoSyncAssignment.
func (p *planned) IntoSyncAssignment() []kmsg.SyncGroupRequestGroupAssignment {
	data := p.table().Encode()
	assignments := p.plan.IntoSyncAssignment()
	for i := range assignments {
		var a kmsg.ConsumerMemberAssignment
		if err := a.ReadFrom(assignments[i].MemberAssignment); err != nil {
			panic(err) // kgo encoded it a moment ago
		}
		a.UserData = data
		assignments[i].MemberAssignment = a.AppendTo(nil)
	}
	return assignments
}

func (p *planned) table() assign.PlanData {
	var data assign.PlanData
	given := 0
	for id, topics := range p.plan.AsMemberIDMap() {
		owner := p.live[id]
		owner.Standbys, owner.Warming = p.places.Standbys[id], p.places.Warming[id]
		for _, partitions := range topics {
			owner.Tasks = append(owner.Tasks, partitions...)
		}
		slices.Sort(owner.Tasks)
		owner.Tasks = slices.Compact(owner.Tasks)
		given += len(owner.Tasks)
		data.Owners = append(data.Owners, owner)
	}
	data.Moving = given < len(p.places.Owners)
	slices.SortFunc(data.Owners, func(a, b assign.Owner) int { return cmp.Compare(a.Instance, b.Instance) })
	return data
}
