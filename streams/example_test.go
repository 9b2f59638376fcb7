package streams_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/streamstest"
)

// t stands in the examples for the *testing.T of a test.
var t exampleT

type exampleT struct{ testing.TB }

func (exampleT) Helper()                           {}
func (exampleT) Fatal(args ...any)                 { log.Panic(args...) }
func (exampleT) Fatalf(format string, args ...any) { log.Panicf(format, args...) }
func (exampleT) Errorf(format string, args ...any) { log.Panicf(format, args...) }

// An entity is a key with a state, and a handler that decides what an input does
// to it. The driver of package streamstest runs it without a Kafka.
func ExampleNewEntity() {
	type account struct{ Cents int }
	payments := streams.Topic[int]{Name: "payments", Value: streams.JSON[int]()}
	balances := streams.Topic[account]{Name: "balances", Value: streams.JSON[account]()}

	top := streams.NewTopology("bank")
	accounts := streams.NewEntity(top, "account", streams.JSON[account](), func(ctx streams.Ctx, a *account, in streams.Input) error {
		payment := in.(streams.Record[int])
		if a.Cents+payment.Value < 0 {
			return errors.New("the account is empty") // undoes this call; the payment becomes a dead letter
		}
		a.Cents += payment.Value
		balances.Send(ctx, ctx.Key(), a)
		return nil
	})
	streams.Receive(accounts, payments)
	streams.Send(accounts, balances)

	d := streamstest.New(t, streamstest.Options{}, top)
	for _, cents := range []int{500, -700, -200} {
		streamstest.Send(d, payments, "ada", &cents)
	}
	d.Run()
	fmt.Println("balances:", streamstest.Of(d, balances, "ada"))
	for _, letter := range d.DeadLetters("bank") {
		fmt.Printf("dead letter: %s: %s\n", letter.Value, letter.Error)
	}
	// Output:
	// balances: [{500} {300}]
	// dead letter: -700: the account is empty
}

// A timer belongs to an entity and comes back as an input under its name, also
// after a restart, in another process. Setting a name again replaces it.
func ExampleTimer() {
	type visit struct{ Pages int }
	clicks := streams.Topic[string]{Name: "clicks", Value: streams.Text}
	visits := streams.Topic[visit]{Name: "visits", Value: streams.JSON[visit]()}

	top := streams.NewTopology("web")
	visitors := streams.NewEntity(top, "visitor", streams.JSON[visit](), func(ctx streams.Ctx, v *visit, in streams.Input) error {
		switch in.(type) {
		case streams.Record[string]:
			v.Pages++
			ctx.SetTimer("gone", 30*time.Minute)
		case streams.Timer:
			visits.Send(ctx, ctx.Key(), v)
			ctx.Delete()
		}
		return nil
	})
	streams.Receive(visitors, clicks)
	streams.Send(visitors, visits)

	d := streamstest.New(t, streamstest.Options{}, top)
	for range 3 {
		page := "/"
		streamstest.Send(d, clicks, "ada", &page)
		d.Advance(29 * time.Minute)
	}
	fmt.Println("still here:", streamstest.Of(d, visits, "ada"))
	d.Advance(time.Minute)
	fmt.Println("gone:", streamstest.Of(d, visits, "ada"))
	// Output:
	// still here: []
	// gone: [{3}]
}

// What grows without bound belongs into children: a change to one costs the same
// however many there are.
func ExampleNewChildren() {
	type shelf struct{ Books int }
	type book struct{ Title string }
	bought := streams.Topic[book]{Name: "bought", Value: streams.JSON[book]()}

	top := streams.NewTopology("library")
	var books *streams.Children[book]
	shelves := streams.NewEntity(top, "shelf", streams.JSON[shelf](), func(ctx streams.Ctx, s *shelf, in streams.Input) error {
		b := in.(streams.Record[book]).Value
		if books.Get(ctx, b.Title) == nil {
			s.Books++
		}
		books.Put(ctx, b.Title, &b)
		return nil
	})
	books = streams.NewChildren(shelves, "book", streams.JSON[book]())
	streams.Receive(shelves, bought)

	d := streamstest.New(t, streamstest.Options{}, top)
	for _, title := range []string{"Walden", "Emma", "Walden"} {
		streamstest.Send(d, bought, "ada", &book{title})
	}
	d.Run()
	s, err := shelves.Get(d, "ada")
	fmt.Println(*s, err)
	all, err := books.Read(d, "ada")
	for _, b := range all {
		fmt.Println(b.Title, err)
	}
	// Output:
	// {2} <nil>
	// Emma <nil>
	// Walden <nil>
}

// An effect is a call outside. It is made after the commit, again and again until
// it answers, and the answer is an input. EffectID is the same at each try.
func ExampleDestination() {
	type user struct{ Mailed bool }
	tries := 0
	mail := streams.Destination[string, string]{
		Name: "mail", Timeout: 5 * time.Second, PerSecond: 10,
		Call: func(ctx context.Context, address string) (receipt string, err error) {
			if tries++; tries == 1 {
				return "", errors.New("mail server is busy")
			}
			return "receipt for " + address, nil // and streams.EffectID(ctx) as Message-ID
		},
	}
	signups := streams.Topic[string]{Name: "signups", Value: streams.Text}

	top := streams.NewTopology("welcome")
	users := streams.NewEntity(top, "user", streams.JSON[user](), func(ctx streams.Ctx, u *user, in streams.Input) error {
		switch in := in.(type) {
		case streams.Record[string]:
			mail.Ask(ctx, "welcome", in.Value)
		case streams.Answer[string]:
			u.Mailed = in.Err == nil // an error here is final
			fmt.Printf("%s: %q after %d tries\n", in.Name, in.Value, in.Attempts)
		}
		return nil
	})
	streams.Receive(users, signups)
	streams.Calls(users, mail)

	d := streamstest.New(t, streamstest.Options{}, top)
	address := "ada@example.org"
	streamstest.Send(d, signups, "ada", &address)
	d.Advance(time.Minute)
	// Output:
	// welcome: "receipt for ada@example.org" after 2 tries
}

// States are read from outside by key. In a service that is an App; a test
// driver can be read in the same way.
func ExampleEntity_Get() {
	words := streams.Topic[string]{Name: "words", Value: streams.Text}
	top := streams.NewTopology("count")
	counts := streams.NewEntity(top, "word", streams.JSON[int](), func(_ streams.Ctx, n *int, _ streams.Input) error {
		*n++
		return nil
	})
	streams.Receive(counts, words)

	lookUp := func(from streams.Committed, word string) string {
		n, err := counts.Get(from, word)
		var elsewhere *streams.NotOwnerError
		switch {
		case errors.As(err, &elsewhere):
			return "ask " + elsewhere.Address
		case errors.Is(err, streams.ErrRestoring):
			return "try again soon"
		case err != nil:
			return err.Error()
		case n == nil:
			return "never seen"
		}
		return fmt.Sprint(*n)
	}

	d := streamstest.New(t, streamstest.Options{}, top)
	for range 2 {
		text := "..."
		streamstest.Send(d, words, "hello", &text)
	}
	d.Run()
	fmt.Println("hello:", lookUp(d, "hello"))
	fmt.Println("world:", lookUp(d, "world"))
	// Output:
	// hello: 2
	// world: never seen
}
