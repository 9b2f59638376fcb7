package order

import "github.com/millrace/millrace/schemas/event"

var (
	faulty = &Guard{"the submission has faults", func(v View) bool { return v.Faults > 0 }}

	nothingToReserve = &Guard{"no line needs stock", func(v View) bool { return v.Goods == 0 }}

	takesBasket = &Guard{"stock keeps just these goods, and nothing stops the planning", func(v View) bool {
		return v.Fits && v.Faults == 0 && v.Goods > 0 && !Stopped(v.Order, AtValidation)
	}}

	sameBody = &Guard{"the body is that of the decided submission", func(v View) bool { return v.Body == v.Order.BodyHash }}

	allFirm   = &Guard{"every item is granted for good, in full", func(v View) bool { return v.Outcome.Firm }}
	allHeld   = &Guard{"every item is held", func(v View) bool { return v.Outcome.Held }}
	oneHeld   = &Guard{"the item waited for is held", func(v View) bool { return v.Outcome.Served }}
	contended = &Guard{"no item is short, one is contended", func(v View) bool { return v.Outcome.Contended && !v.Outcome.Short }}
	canReplan = &Guard{"an item is short, nodes not asked may cover all", func(v View) bool { return v.Outcome.Short && v.Outcome.Another }}

	partsAndPlan = &Guard{"parts allowed, a node not asked may give more", func(v View) bool { return parts(v) && v.Outcome.Another }}
	partsGranted = &Guard{"parts allowed, something is granted", func(v View) bool { return parts(v) && v.Outcome.Granted }}

	toReplan = &Guard{"to ask other nodes", func(v View) bool { return v.Order.Goal == event.OrderGoalReplan }}
	toClaim  = &Guard{"to wait item by item", func(v View) bool { return v.Order.Goal == event.OrderGoalClaim }}
	toCancel = &Guard{"to cancel", func(v View) bool { return v.Order.Goal == event.OrderGoalCancel }}
	toAmend  = &Guard{"to begin anew", func(v View) bool { return v.Order.Goal == event.OrderGoalAmend }}
	amendAt  = &Guard{"to begin anew, and a hold stands before validation", func(v View) bool {
		return v.Order.Goal == event.OrderGoalAmend && Stopped(v.Order, AtValidation)
	}}
	onlyFlight = &Guard{"to begin anew, and nothing lacks that nodes were not asked for", func(v View) bool {
		return v.Order.Goal == event.OrderGoalAmend && v.Order.Rounds > 0 && v.Order.Lacking == 0
	}}
	toDrop = &Guard{"short, and the buyer cancels what is short", func(v View) bool {
		return v.Order.Goal == event.OrderGoalShortage && v.Order.Shortage == event.ShortagePolicyCancel
	}}

	stoppedAtValidation = &Guard{"a hold stands before validation", func(v View) bool { return Stopped(v.Order, AtValidation) }}
	stoppedAtRelease    = &Guard{"a hold stands before the release", func(v View) bool { return Stopped(v.Order, AtRelease) }}

	unsecured = &Guard{"the buyer's money or credit is missing", func(v View) bool { return !Secured(v.Order) }}
	crowded   = &Guard{"a node has found no day yet, or it has not come", func(v View) bool { return v.Order.Slots > 0 }}

	toMend      = &Guard{"stock lacks units that it granted, parts allowed", func(v View) bool { return v.Order.Recalled && parts(v) }}
	toPlanAgain = &Guard{"stock lacks units that it granted", func(v View) bool { return v.Order.Recalled }}

	excess   = &Guard{"nodes have more than is wanted", func(v View) bool { return v.Order.Excess > 0 }}
	cameBack = &Guard{"units came back from a node, and others may ship them", func(v View) bool { return v.Order.Lacking > 0 && v.Order.Again && v.Order.Replans < MaxReplans }}
	restOff  = &Guard{"the buyer cancels what is short", func(v View) bool { return v.Order.Lacking > 0 && v.Order.Shortage == event.ShortagePolicyCancel }}
	supplied = &Guard{"units that waited for supply are there, all of them if they leave together", func(v View) bool {
		return v.Order.Served > 0 && (v.Order.Claims == 0 || !v.Order.ShipComplete)
	}}
	waiting     = &Guard{"units are at nodes, or stock has not answered", func(v View) bool { return v.Order.InFlight > 0 || v.Order.Pending > 0 }}
	nothingLeft = &Guard{"goods were ordered, none left, none is wanted", func(v View) bool {
		return (v.Order.Units > 0 || v.Order.ToBill == 0) && v.Order.Shipped == 0 && v.Order.Lacking == 0
	}}
	unbilled  = &Guard{"a shipment is not billed", func(v View) bool { return v.Order.Billed < v.Order.ToBill }}
	restBack  = &Guard{"units that came back wait for supply", func(v View) bool { return v.Order.Lacking > 0 && v.Order.Again }}
	restWaits = &Guard{"units wait for supply", func(v View) bool { return v.Order.Lacking > 0 }}
	patient   = &Guard{"units wait for supply, and few promised dates have passed", func(v View) bool { return v.Order.Lacking > 0 && v.Order.Passings <= MaxPassings }}
	asked     = &Guard{"it was asked before", func(v View) bool { return v.Order.CancelReason != "" }}

	ended         = &Guard{"the order has ended", func(v View) bool { return Over(v.Order) }}
	neverReleased = &Guard{"no node was asked", func(v View) bool { return v.Order.Rounds == 0 }}
	onlyLess      = &Guard{"no line grows", func(v View) bool { return !v.Grows }}
)

// parts says whether the order takes what stock can give.
func parts(v View) bool { return !v.Order.ShipComplete }
