package event

// fulfilmentRanks orders the statuses that a fulfilment goes through.
var fulfilmentRanks = map[FulfilmentStatus]int{
	FulfilmentStatusPlanned:     1,
	FulfilmentStatusReleaseSent: 2, FulfilmentStatusAcknowledged: 3, FulfilmentStatusAccepted: 4,
	FulfilmentStatusPicking: 5, FulfilmentStatusPicked: 6, FulfilmentStatusShortPicked: 6,
	FulfilmentStatusPacking: 7, FulfilmentStatusPacked: 8, FulfilmentStatusManifested: 9,
	FulfilmentStatusShipped: 10, FulfilmentStatusIncomplete: 11, FulfilmentStatusClosed: 11,
	FulfilmentStatusRejected: 11, FulfilmentStatusCancelled: 11,
}

// Rank is how far a fulfilment of this status is, from 1; statuses of one rank
// exclude each other. 0 is the rank of what stands beside the course and says
// nothing about how far it is.
func (s FulfilmentStatus) Rank() int { return fulfilmentRanks[s] }
