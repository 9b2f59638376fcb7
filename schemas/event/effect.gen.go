// Code generated from schemas/avro/effect/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// EffectState is where a call to the outside stands.
//   - waiting: the destination is down and its calls are tried again later
//   - asked: under way
//   - failed: this attempt failed and another one follows
//   - answered: done
//   - cancelled: no longer wanted
//   - refused: given up, it failed for good
//   - flowing: the destination answers again
type EffectState string

// Values of EffectState; its comment says what each means.
const (
	EffectStateWaiting   EffectState = "waiting"
	EffectStateAsked     EffectState = "asked"
	EffectStateFailed    EffectState = "failed"
	EffectStateAnswered  EffectState = "answered"
	EffectStateCancelled EffectState = "cancelled"
	EffectStateRefused   EffectState = "refused"
	EffectStateFlowing   EffectState = "flowing"
)

// EffectStatus is a step in the course of one call to the outside that did not go at once, or says that a destination is down or up again: then it has no effect. What went at once is not told. A first failure is told, each one of another kind than the one before, and the end.
type EffectStatus struct {
	// This call; every attempt has the same id. Empty for a destination.
	EffectID string `avro:"effect_id"`
	// Processor that asked.
	App string `avro:"app"`
	// Kind of entity that asked, empty for a destination.
	Entity string `avro:"entity"`
	// Key of the entity that asked, empty for a destination.
	Key string `avro:"key"`
	// Who is called.
	Destination string `avro:"destination"`
	// What is called for.
	Name string `avro:"name"`
	// Where it stands.
	State EffectState `avro:"state"`
	// Number of the attempt, from 1.
	Attempt int `avro:"attempt"`
	// Why it failed or waits, as a code such as TIMEOUT, UNREACHABLE, THROTTLED or HTTP_503: nothing of what the other side said.
	Cause string `avro:"cause"`
	// When the next attempt may follow, none when none does.
	RetryAt *time.Time `avro:"retry_at"`
	// Calls of the process that wait for a destination that is down or up again.
	Waiting int64 `avro:"waiting"`
	// When this step happened.
	At time.Time `avro:"at"`
}
