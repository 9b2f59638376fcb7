package assign

import (
	"encoding/json"
	"fmt"
)

// dataVersion is the version of what members and leader tell each other. A
// reader takes any version: fields are only ever added.
const dataVersion = 1

// MemberData is what a member tells the leader when it joins: the user data of
// its subscription.
type MemberData struct {
	Version int `json:"v"`
	// Instance is the member's static id in the group.
	Instance string `json:"i"`
	// Address is where the member answers queries for its tasks; it may be empty.
	Address string `json:"a,omitempty"`
	Copies  []Copy `json:"c,omitempty"`
	// Leaving says that the member wants to give all its tasks away.
	Leaving bool `json:"l,omitempty"`
	// Stopped lists the tasks it has but cannot run until somebody acts.
	Stopped []int32 `json:"s,omitempty"`
}

// PlanData is what the leader tells every member: the user data of each
// assignment.
type PlanData struct {
	Version int `json:"v"`
	// Owners lists every member of the generation, those without a task too.
	Owners []Owner `json:"o"`
	// Moving says that tasks are being taken from their owners, so that a next
	// plan follows as soon as everybody has joined again.
	Moving bool `json:"m,omitempty"`
}

// Owner is a live member with the tasks it has in this generation.
type Owner struct {
	Instance string  `json:"i"`
	Address  string  `json:"a,omitempty"`
	Tasks    []int32 `json:"t,omitempty"`
	Leaving  bool    `json:"l,omitempty"`
	// Standbys lists the tasks that the member follows; Warming those of them
	// that are to move to it when it is near enough.
	Standbys []int32 `json:"s,omitempty"`
	Warming  []int32 `json:"w,omitempty"`
}

// Of returns what an instance has in the generation; the zero Owner when it is
// no member.
func (p *PlanData) Of(instance string) Owner {
	for _, o := range p.Owners {
		if o.Instance == instance {
			return o
		}
	}
	return Owner{}
}

// Live says whether an instance is a member of the generation.
func (p *PlanData) Live(instance string) bool {
	for _, o := range p.Owners {
		if o.Instance == instance {
			return true
		}
	}
	return false
}

// Owner returns the owner of a task; ok is false while it moves.
func (p *PlanData) Owner(partition int32) (o Owner, ok bool) {
	for _, o := range p.Owners {
		for _, t := range o.Tasks {
			if t == partition {
				return o, true
			}
		}
	}
	return Owner{}, false
}

// Encode returns the user data of a subscription.
func (m MemberData) Encode() []byte {
	m.Version = dataVersion
	return encode(m)
}

// Encode returns the user data of an assignment.
func (p PlanData) Encode() []byte {
	p.Version = dataVersion
	return encode(p)
}

// DecodeMember reads the user data of a subscription.
func DecodeMember(b []byte) (m MemberData, err error) {
	if err := json.Unmarshal(b, &m); err != nil {
		return m, fmt.Errorf("reading user data of a group member: %w", err)
	}
	return m, nil
}

// DecodePlan reads the user data of an assignment.
func DecodePlan(b []byte) (p PlanData, err error) {
	if err := json.Unmarshal(b, &p); err != nil {
		return p, fmt.Errorf("reading user data of an assignment: %w", err)
	}
	return p, nil
}

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // plain structs of strings and numbers always encode
	}
	return b
}
