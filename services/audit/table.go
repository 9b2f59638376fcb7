package audit

import (
	"strings"

	"github.com/millrace/millrace/schemas/topic"
)

// noteTable says which books each topic belongs to. A topic that is not here is
// only looked at from the outside.
func noteTable() map[string][]note {
	spoken := (*Auditor).noteSpoken
	return map[string][]note{
		topic.OrderSubmit.Name:      {(*Auditor).noteSubmit},
		topic.OrderAccepted.Name:    {spoken, (*Auditor).noteAccepted},
		topic.OrderRejected.Name:    {(*Auditor).noteRejected},
		topic.OrderValidated.Name:   {spoken},
		topic.OrderHeld.Name:        {spoken},
		topic.OrderResumed.Name:     {spoken},
		topic.OrderAmended.Name:     {spoken, (*Auditor).noteAmended},
		topic.OrderAllocated.Name:   {spoken, (*Auditor).noteAllocated},
		topic.OrderBackordered.Name: {spoken},
		topic.OrderPromise.Name:     {spoken},
		topic.OrderReleased.Name:    {spoken},
		topic.OrderCompleted.Name:   {spoken, (*Auditor).noteCompleted},
		topic.OrderCancelled.Name:   {spoken, (*Auditor).noteCancelled},
		topic.OrderState.Name:       {(*Auditor).noteState},
		topic.OrderRegistered.Name:  {(*Auditor).noteRegistered},
		topic.OrderResolve.Name:     {(*Auditor).noteResolve},
		topic.OrderReturn.Name:      {(*Auditor).noteReturnClaim},

		topic.InventoryCommand.Name:  {(*Auditor).noteCommand},
		topic.InventoryAnswer.Name:   {(*Auditor).noteAnswer},
		topic.InventoryMovement.Name: {(*Auditor).noteMovement},
		topic.InventoryPosition.Name: {(*Auditor).notePosition, (*Auditor).noteSale},
		topic.InventoryVariance.Name: {(*Auditor).noteVariance},
		topic.InventoryShortage.Name: {(*Auditor).noteShortage},
		topic.InventoryBaseline.Name: {(*Auditor).noteBaseline},

		topic.FulfilmentRequested.Name: {(*Auditor).noteJob, (*Auditor).noteReminder},
		topic.FulfilmentCancel.Name:    {(*Auditor).noteReminder},
		topic.FulfilmentStatus.Name:    {(*Auditor).noteJobStatus},
		topic.ShipmentConfirmed.Name:   {(*Auditor).noteShipment},
		topic.PurchaseRequested.Name:   {(*Auditor).notePurchase, (*Auditor).noteReminder},
		topic.PurchaseAccepted.Name:    {(*Auditor).notePurchaseDecision},

		topic.InvoiceRequested.Name:  {(*Auditor).noteBill},
		topic.InvoicePosted.Name:     {(*Auditor).notePosted},
		topic.InvoiceCorrected.Name:  {(*Auditor).noteCorrected},
		topic.RefundApproved.Name:    {(*Auditor).noteRefund, (*Auditor).noteGivenBack},
		topic.CreditPosted.Name:      {(*Auditor).noteCreditPosted},
		topic.PaymentRequested.Name:  {(*Auditor).notePayment, (*Auditor).noteReminder},
		topic.PaymentAuthorised.Name: {(*Auditor).noteAuthorised},
		topic.PaymentDeclined.Name:   {(*Auditor).noteDeclined},
		topic.PaymentCaptured.Name:   {(*Auditor).noteCaptured},
		topic.PaymentVoided.Name:     {(*Auditor).noteVoided},
		topic.PaymentRefunded.Name:   {(*Auditor).noteRefunded},

		topic.CreditRequest.Name:       {(*Auditor).noteCreditRequest},
		topic.CreditGranted.Name:       {(*Auditor).noteCreditGranted},
		topic.SettlementRequest.Name:   {(*Auditor).noteSettlementRequest},
		topic.ReturnClaimed.Name:       {(*Auditor).noteClaimed},
		topic.ReturnCredited.Name:      {(*Auditor).noteReturnCredited},
		topic.ReturnResolve.Name:       {(*Auditor).noteGrant},
		topic.ReturnDispositioned.Name: {(*Auditor).noteJudged},

		topic.PartnerOutbound.Name: {(*Auditor).noteOutbound},
		topic.EffectStatus.Name:    {(*Auditor).noteEffect},
		topic.WebhookStatus.Name:   {(*Auditor).noteTelling},
		topic.AlertRaised.Name:     {(*Auditor).noteAlert, (*Auditor).noteDeaf},
	}
}

// Names of judgements, as they stand in appointments.
const (
	judgePosition  = "position"
	judgeAnswer    = "answer"
	judgeUnasked   = "unasked"
	judgeTentative = "tentative"
	judgeGap       = "gap"
	judgeEnd       = "end"
	judgeAsked     = "asked"
	judgeState     = "state"
	judgeShipped   = "shipped"
	judgeBooked    = "booked"
	judgeEndUnits  = "end units"
	judgeReturned  = "returned"
	judgeLeft      = "left"
	judgeBacked    = "backed"
	judgeCurrency  = "currency"
	judgeBills     = "bill"
	judgePosted    = "posted"
	judgeCredits   = "credit"
	judgeTender    = "tender"
	judgeBalance   = "balance"
	judgeBilled    = "billed"
	judgeGiven     = "given back"
	judgeNoted     = "noted"
	judgeRepeat    = "repeat"
	judgeUnseen    = "unseen end"
	judgeCache     = "cache"
	judgeSource    = "message source"
	judgeTaken     = "message taken"
	judgeKnown     = "endpoint knows"
	sweepItem      = "sweep item"
	forgetBook     = "forget order"
	forgetReturn   = "forget return"
)

// judgeTable makes the judgements by their names.
func judgeTable() map[string]func(*Auditor, *appointment) {
	return map[string]func(*Auditor, *appointment){
		judgePosition:  (*Auditor).judgePositions,
		judgeAnswer:    (*Auditor).judgeAnswers,
		judgeUnasked:   (*Auditor).judgeAnswered,
		judgeTentative: (*Auditor).judgeTentativeEnd,
		judgeGap:       (*Auditor).judgeGaps,
		judgeEnd:       (*Auditor).judgeEnds,
		judgeAsked:     (*Auditor).judgeAcceptance,
		judgeState:     (*Auditor).judgeStates,
		judgeShipped:   (*Auditor).judgeShipments,
		judgeBooked:    (*Auditor).judgeBookings,
		judgeEndUnits:  (*Auditor).judgeEndUnit,
		judgeReturned:  (*Auditor).judgeReturns,
		judgeLeft:      (*Auditor).judgeLeftovers,
		judgeBacked:    (*Auditor).judgeAllocations,
		judgeCurrency:  (*Auditor).judgeCurrencies,
		judgeBills:     (*Auditor).judgeBill,
		judgePosted:    (*Auditor).judgePosting,
		judgeCredits:   (*Auditor).judgeCredit,
		judgeTender:    (*Auditor).judgeTenders,
		judgeBalance:   (*Auditor).judgeBalances,
		judgeBilled:    (*Auditor).judgeBilling,
		judgeGiven:     (*Auditor).judgeGivenBack,
		judgeNoted:     (*Auditor).judgeNote,
		judgeRepeat:    (*Auditor).judgeRepeats,
		judgeUnseen:    (*Auditor).judgeFold,
		judgeCache:     (*Auditor).judgeCached,
		judgeSource:    (*Auditor).judgeSources,
		judgeTaken:     (*Auditor).judgeTakings,
		judgeKnown:     (*Auditor).judgeKnowledge,
		sweepItem:      (*Auditor).sweepItem,
		forgetBook:     (*Auditor).forgetOrder,
		forgetReturn:   (*Auditor).forgetGiveback,
	}
}

// cut takes a reference of two parts apart.
func cut(ref string) (first, second string) {
	first, second, _ = strings.Cut(ref, sep)
	return first, second
}
