package paymentstream_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/millrace/millrace/connectors/catalog"
	"github.com/millrace/millrace/connectors/partner"
	"github.com/millrace/millrace/connectors/payment/paymentstream"
	"github.com/millrace/millrace/connectors/sandbox"
	"github.com/millrace/millrace/schemas/codec"
	"github.com/millrace/millrace/schemas/event"
	"github.com/millrace/millrace/schemas/topic"
	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

type scene struct {
	*streamstest.Driver
	twin *sandbox.Bank

	requests   streams.Topic[event.PaymentRequested]
	authorised streams.Topic[event.PaymentAuthorised]
	captured   streams.Topic[event.PaymentCaptured]
	voided     streams.Topic[event.PaymentVoided]
	refunded   streams.Topic[event.PaymentRefunded]
	declined   streams.Topic[event.PaymentDeclined]
}

func of[V any](schemas *codec.Schemas, def topic.Def) streams.Topic[V] {
	return streams.Topic[V]{Name: def.Name, Value: codec.Of[V](schemas, def)}
}

func newScene(t *testing.T, opts streamstest.Options, profile sandbox.Profile) *scene {
	t.Helper()
	s := codec.NewMemory()
	scene := &scene{
		requests: of[event.PaymentRequested](s, topic.PaymentRequested), authorised: of[event.PaymentAuthorised](s, topic.PaymentAuthorised),
		captured: of[event.PaymentCaptured](s, topic.PaymentCaptured), voided: of[event.PaymentVoided](s, topic.PaymentVoided),
		refunded: of[event.PaymentRefunded](s, topic.PaymentRefunded), declined: of[event.PaymentDeclined](s, topic.PaymentDeclined),
	}
	var err error
	scene.twin, err = sandbox.StartBank(sandbox.Options{Name: "bank", Profile: profile, Seed: opts.Seed, Now: func() time.Time { return scene.Now() }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = scene.twin.Close() })
	p, vendor, err := catalog.Payment(partner.WithBaseURL(partner.Shipped(), "bank", scene.twin.URL()))
	if err != nil {
		t.Fatal(err)
	}
	scene.Driver = streamstest.New(t, opts, paymentstream.New(s, p, vendor).Topology)
	return scene
}

// ask asks for a transaction of an order, as often as attempts say.
func (s *scene) ask(order, payment string, action event.PaymentAction, tender string, amount int64, attempts int) {
	for n := range attempts {
		streamstest.Send(s.Driver, s.requests, order, &event.PaymentRequested{
			PaymentID: payment, OrderID: order, Action: action, TenderID: tender, Amount: amount, Currency: "EUR",
			Customer: event.PartyRef{PartyID: "C1"}, Attempt: int64(n + 1), RequestedAt: s.Now(),
		})
	}
}

// tender is the means of payment that an order's authorisation made, empty for none.
func (s *scene) tender(order string) string {
	for _, a := range streamstest.Of(s.Driver, s.authorised, order) {
		return a.TenderID
	}
	return ""
}

// stated adds up what was stated, each transaction once.
func (s *scene) stated() (sums sandbox.BankSums, declined int) {
	seen := make(map[string]bool)
	add := func(to *int64, transaction string, amount int64) {
		if !seen[transaction] {
			*to += amount
		}
		seen[transaction] = true
	}
	for _, r := range streamstest.Read(s.Driver, s.authorised) {
		add(&sums.Authorised, r.Value.TransactionID, r.Value.Amount)
	}
	for _, r := range streamstest.Read(s.Driver, s.captured) {
		add(&sums.Captured, r.Value.TransactionID, r.Value.Amount)
	}
	for _, r := range streamstest.Read(s.Driver, s.voided) {
		add(&sums.Reversed, r.Value.TransactionID, r.Value.Amount)
	}
	for _, r := range streamstest.Read(s.Driver, s.refunded) {
		add(&sums.Refunded, r.Value.TransactionID, r.Value.Amount)
	}
	for _, r := range streamstest.Read(s.Driver, s.declined) {
		if !seen[r.Value.TransactionID] {
			declined++
		}
		seen[r.Value.TransactionID] = true
	}
	return sums, declined
}

func TestWhateverGoesWrongEachTransactionIsBookedOnceAndStated(t *testing.T) {
	profile := sandbox.Chaos
	profile.MaxLatency, profile.PerSecond, profile.Lapse, profile.Cut = 0, 0, 24*time.Hour, 0.1
	for seed := range uint64(4) {
		s := newScene(t, streamstest.Options{Seed: seed, AbortRate: 0.2, CrashRate: 0.2}, profile)
		rng := rand.New(rand.NewPCG(seed, 1))
		const orders = 60
		for n := range orders {
			s.ask(fmt.Sprint("order", n), fmt.Sprint("a", n), event.PaymentActionAuthorise, "", 1000, 1+rng.IntN(3))
		}
		s.Settle(time.Hour)
		for n := range orders {
			order := fmt.Sprint("order", n)
			tender := s.tender(order)
			if tender == "" {
				continue
			}
			s.ask(order, fmt.Sprint("c", n), event.PaymentActionCapture, tender, 1+rng.Int64N(1200), 1+rng.IntN(3))
			s.ask(order, fmt.Sprint("v", n), event.PaymentActionVoid, tender, 1+rng.Int64N(500), 1)
			s.ask(order, fmt.Sprint("r", n), event.PaymentActionRefund, tender, 1+rng.Int64N(800), 1+rng.IntN(3))
		}
		s.Settle(time.Hour)
		s.NoDeadLetters()
		books := s.twin.Books()
		sums, declined := s.stated()
		if sums != books.Sums["EUR"] || declined != books.Declined {
			t.Errorf("seed %d: stated %+v and %d declined, the partner's books have %+v and %d", seed, sums, declined, books.Sums["EUR"], books.Declined)
		}
		if books.Documents != books.Keys || books.Repeats == 0 || sums.Captured == 0 || sums.Refunded == 0 || declined == 0 {
			t.Errorf("seed %d: books %+v", seed, books)
		}
	}
}

func TestARequestThatIsRepeatedLaterIsAnsweredAgain(t *testing.T) {
	s := newScene(t, streamstest.Options{}, sandbox.Quick)
	for range 2 {
		s.ask("order", "a", event.PaymentActionAuthorise, "", 500, 1)
		s.Settle(time.Minute)
	}
	said := streamstest.Of(s.Driver, s.authorised, "order")
	if len(said) != 2 || said[0].TransactionID != said[1].TransactionID || said[0].ExpiresAt == nil || said[0].Method != "CARD" {
		t.Errorf("said %+v", said)
	}
	if b := s.twin.Books(); b.Documents != 1 || b.Repeats != 1 {
		t.Errorf("books %+v", b)
	}
}

func TestARepeatTakesThePlaceOfACallThatWaits(t *testing.T) {
	s := newScene(t, streamstest.Options{HoldEffects: true}, sandbox.Quick)
	s.ask("order", "a", event.PaymentActionAuthorise, "", 500, 3)
	s.Run()
	if n := s.Waiting()["bank"]; n != 1 {
		t.Errorf("%d calls wait, want one", n)
	}
	s.Release()
	s.Settle(time.Minute)
	s.NoDeadLetters()
	if b := s.twin.Books(); b.Documents != 1 {
		t.Errorf("books %+v", b)
	}
}

func TestALapsedAuthorisationIsDeclinedForWhatItIs(t *testing.T) {
	s := newScene(t, streamstest.Options{}, sandbox.Quick)
	s.ask("order", "a", event.PaymentActionAuthorise, "", 500, 1)
	s.Settle(time.Minute)
	s.Advance(8 * 24 * time.Hour)
	s.ask("order", "c", event.PaymentActionCapture, s.tender("order"), 500, 1)
	s.Settle(time.Minute)
	said := streamstest.Of(s.Driver, s.declined, "order")
	if len(said) != 1 || said[0].Reason != "EXPIRED" || said[0].Action != event.PaymentActionCapture || said[0].PaymentID != "c" {
		t.Errorf("said %+v", said)
	}
}

func TestWhatIsNoVerdictIsADeadLetterAndCanBeAskedAgain(t *testing.T) {
	s := newScene(t, streamstest.Options{}, sandbox.Quick)
	s.ask("order", "c", event.PaymentActionCapture, "nobody's", 500, 1)
	s.Settle(time.Minute)
	s.ask("order", "c", event.PaymentActionCapture, "nobody's", 500, 1)
	s.Settle(time.Minute)
	if letters := s.DeadLetters("payment"); len(letters) != 2 {
		t.Errorf("%d dead letters, want one for each attempt", len(letters))
	}
	if n := s.twin.Calls()["POST /captures: answered"]; n != 2 {
		t.Errorf("called %d times, want 2", n)
	}
}
