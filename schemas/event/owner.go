package event

// OwnerSelf is the owner of units that are ours; an event without an owner means it.
const OwnerSelf = "own"
