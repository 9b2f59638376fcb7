// Code generated from schemas/avro/effect/*.avsc. DO NOT EDIT.

package event

import (
	"time"
)

// EffectState is where a call to the outside stands.
//   - waiting: will be tried again later
//   - asked: under way
//   - failed: this attempt failed
//   - answered: done
//   - cancelled: no longer wanted
type EffectState string

// Values of EffectState; its comment says what each means.
const (
	EffectStateWaiting   EffectState = "waiting"
	EffectStateAsked     EffectState = "asked"
	EffectStateFailed    EffectState = "failed"
	EffectStateAnswered  EffectState = "answered"
	EffectStateCancelled EffectState = "cancelled"
)

// EffectStatus is a step in the course of one call to the outside.
type EffectStatus struct {
	// This call; every attempt has the same id.
	EffectID string `avro:"effect_id"`
	// Processor that asked.
	App string `avro:"app"`
	// Kind of entity that asked.
	Entity string `avro:"entity"`
	// Key of the entity that asked.
	Key string `avro:"key"`
	// Who is called.
	Destination string `avro:"destination"`
	// What is called for.
	Name string `avro:"name"`
	// Where it stands.
	State EffectState `avro:"state"`
	// Number of the attempt, from 1.
	Attempt int `avro:"attempt"`
	// Why it failed or waits.
	Cause string `avro:"cause"`
	// When this step happened.
	At time.Time `avro:"at"`
}
