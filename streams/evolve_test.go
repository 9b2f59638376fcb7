package streams_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/streams/changelog"
	"github.com/millrace/millrace/streams/streamstest"
)

var wishes = streams.Topic[string]{Name: "wish", Value: streams.Text}

// cart is a program that keeps everything there is to keep: a state, two
// collections, a request, a timer, and states of a second entity.
type cart struct {
	*streams.Topology
	carts    *streams.Entity[string]
	lines    *streams.Children[string]
	pictures *streams.Children[string]
}

func newCart(without ...string) cart {
	leave := func(part string) bool { return strings.Contains(strings.Join(without, " "), part) }
	c := cart{Topology: streams.NewTopology("cart")}
	shop := streams.Destination[string, string]{
		Name: "shop", Call: func(context.Context, string) (string, error) { return "", errors.New("closed") },
	}
	audits := streams.Repartition(c.Topology, "audit", streams.Text)
	c.carts = streams.NewEntity(c.Topology, "cart", streams.Text, func(ctx streams.Ctx, s *string, in streams.Input) error {
		if r, ok := in.(streams.Record[string]); ok {
			*s = r.Value
			for n := range 5 {
				c.lines.Put(ctx, fmt.Sprint(n), &r.Value)
				if !leave("pictures") {
					c.pictures.Put(ctx, fmt.Sprint(n), &r.Value)
				}
			}
			if !leave("shop") {
				shop.Ask(ctx, "buy", r.Value)
			}
			audits.Send(ctx, ctx.Key(), &r.Value)
		}
		return nil
	})
	c.lines = streams.NewChildren(c.carts, "line", streams.Text)
	if !leave("pictures") {
		c.pictures = streams.NewChildren(c.carts, "picture", streams.Text)
	}
	if !leave("shop") {
		streams.Calls(c.carts, shop)
	}
	streams.Receive(c.carts, wishes)
	streams.Send(c.carts, audits)
	if !leave("audit") {
		audit := streams.NewEntity(c.Topology, "audit", streams.Text, func(ctx streams.Ctx, s *string, _ streams.Input) error {
			*s = "seen"
			ctx.SetTimer("sleep", time.Hour)
			return nil
		})
		streams.Receive(audit, audits)
	} else {
		streams.NewProcessor(c.Topology, "none", audits, func(streams.Ctx, streams.Record[string]) error { return nil })
	}
	return c
}

func filled(t *testing.T, opts streamstest.Options) *streamstest.Driver {
	t.Helper()
	opts.HoldEffects = true
	d := streamstest.New(t, opts, newCart().Topology)
	for n := range 12 {
		text := fmt.Sprint("wish ", n)
		streamstest.Send(d, wishes, fmt.Sprint(n), &text)
	}
	d.Run()
	return d
}

// count returns the rows whose key holds text.
func count(t *testing.T, from streams.Committed, text string) (n int) {
	t.Helper()
	all, err := from.AllRows("cart")
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range all {
		if err := rows.Scan(nil, nil, func(key, _ []byte) bool {
			if key[0] != 0 && strings.Contains(string(key), text) {
				n++
			}
			return true
		}); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func TestWhatHasRowsIsNotForgotten(t *testing.T) {
	for without, want := range map[string][]string{
		"audit":    {"entity audit", "Topology.Retire"},
		"pictures": {"collection picture of entity cart", "Entity.RetireChildren"},
		"shop":     {"destination shop of entity cart", "Entity.RetireDestination"},
	} {
		t.Run(without, func(t *testing.T) {
			d := filled(t, streamstest.Options{})
			err := d.Upgrade(newCart(without).Topology)
			for _, text := range want {
				if err == nil || !strings.Contains(err.Error(), text) {
					t.Errorf("upgraded with %v, want a word about %s", err, text)
				}
			}
		})
	}
}

func TestWhatHasNoRowsMayGo(t *testing.T) {
	d := streamstest.New(t, streamstest.Options{}, newCart().Topology)
	if err := d.Upgrade(newCart("audit", "pictures", "shop").Topology); err != nil {
		t.Error(err)
	}
}

// Rows of what is retired are deleted, those alone, over aborts and crashes, and
// before anything else is done; then the retirement need not be declared again.
func TestRetiredRowsAreDeleted(t *testing.T) {
	for seed := range uint64(30) {
		d := filled(t, streamstest.Options{Seed: seed, AbortRate: 0.3, CrashRate: 0.3})
		if count(t, d, "audit") == 0 || count(t, d, "picture") == 0 || count(t, d, "shop") == 0 {
			t.Fatal("there is nothing to delete")
		}
		next := newCart("audit", "pictures", "shop")
		next.Retire("audit")
		next.carts.RetireChildren("picture")
		next.carts.RetireDestination("shop")
		if err := d.Upgrade(next.Topology); err != nil {
			t.Fatal(err)
		}
		d.Advance(2 * time.Hour)
		for _, gone := range []string{"audit", "picture", "shop"} {
			if n := count(t, d, gone); n != 0 {
				t.Errorf("seed %d: %d rows of %s are left", seed, n, gone)
			}
		}
		for n := range 12 {
			lines, err := next.lines.Read(d, fmt.Sprint(n))
			if err != nil || len(lines) != 5 {
				t.Errorf("seed %d: %d lines are left (%v)", seed, len(lines), err)
			}
		}
		if err := d.Upgrade(newCart("audit", "pictures", "shop").Topology); err != nil {
			t.Errorf("seed %d: without the retirement: %v", seed, err)
		}
		d.NoDeadLetters()
	}
}

func TestRetiringWhatIsDeclaredIsRefused(t *testing.T) {
	c := newCart()
	c.carts.RetireChildren("picture")
	if _, err := c.Spec(); err == nil || !strings.Contains(err.Error(), "declared and retired") {
		t.Errorf("accepted with %v", err)
	}
}

type (
	euros struct{ Euros int }
	cents struct{ Cents int }
	money struct {
		Cents    int
		Currency string
	}
)

var (
	inEuros = streams.Versioned(streams.JSON[euros]())
	inCents = streams.Upgrade(inEuros, streams.JSON[cents](), func(old *euros) (cents, error) {
		if old.Euros < 0 {
			return cents{}, errors.New("a debt")
		}
		return cents{old.Euros * 100}, nil
	})
	inMoney = streams.Upgrade(inCents, streams.JSON[money](), func(old *cents) (money, error) { return money{old.Cents, "EUR"}, nil })
)

// purse is a program that keeps money with a codec and adds to it.
func purse[S any](codec streams.Codec[S], add func(*S, int)) (*streams.Topology, *streams.Entity[S]) {
	t := streams.NewTopology("purse")
	e := streams.NewEntity(t, "purse", codec, func(_ streams.Ctx, s *S, in streams.Input) error {
		add(s, in.(streams.Record[int]).Value)
		return nil
	})
	streams.Receive(e, readings)
	return t, e
}

func TestEveryOlderVersionIsReadAndANewerOneIsRefused(t *testing.T) {
	plain, _ := purse(streams.JSON[euros](), func(s *euros, n int) { s.Euros += n })
	first, _ := purse(inEuros, func(s *euros, n int) { s.Euros += n })
	second, _ := purse(inCents, func(s *cents, n int) { s.Cents += n })
	third, purses := purse(inMoney, func(s *money, n int) { s.Cents += n })
	d := streamstest.New(t, streamstest.Options{Partitions: 1}, plain)
	send := func(key string, n int) {
		streamstest.Send(d, readings, key, &n)
		d.Run()
	}
	send("plain", 1)
	for n, next := range []*streams.Topology{first, second, third} {
		if err := d.Upgrade(next); err != nil {
			t.Fatal(err)
		}
		send(fmt.Sprint("since ", n+1), 1)
		if n == 1 {
			send("plain", 5) // read as the first version, written as the second
		}
	}
	for key, want := range map[string]money{
		"plain": {105, "EUR"}, "since 1": {100, "EUR"}, "since 2": {1, "EUR"}, "since 3": {1, ""},
	} {
		if got, err := purses.Get(d, key); err != nil || got == nil || *got != want {
			t.Errorf("%s has %v (%v), want %v", key, got, err, want)
		}
	}
	for name, older := range map[string]*streams.Topology{"second": second, "first": first, "plain": plain} {
		err := d.Upgrade(older)
		if err == nil || !strings.Contains(err.Error(), "entity purse") {
			t.Errorf("the %s program was started with %v", name, err)
		}
		if name == "second" && !strings.Contains(err.Error(), "version 3") {
			t.Errorf("no word about the version: %v", err)
		}
	}
	if err := d.Upgrade(third); err != nil {
		t.Error(err)
	}
}

func TestBytesOfANewerVersionAreRefusedByName(t *testing.T) {
	b, err := inMoney.Append(nil, &money{1, "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	if err := inCents.Decode(b, new(cents)); err == nil || !strings.Contains(err.Error(), "version 3") {
		t.Errorf("read with %v", err)
	}
	old, err := inEuros.Append(nil, &euros{-1})
	if err != nil {
		t.Fatal(err)
	}
	if err := inMoney.Decode(old, new(money)); err == nil || !strings.Contains(err.Error(), "a debt") {
		t.Errorf("converted with %v", err)
	}
	for n := range b {
		if err := inMoney.Decode(b[:n], new(money)); err == nil {
			t.Errorf("%d of %d bytes were read", n, len(b))
		}
	}
}

// alphabet is a codec whose schema is the letters it knows.
type alphabet struct {
	streams.Codec[string]
	letters string
}

func (a alphabet) Schema() string { return a.letters }

func (a alphabet) CanRead(written string) error {
	for _, letter := range written {
		if !strings.ContainsRune(a.letters, letter) {
			return fmt.Errorf("it does not know the letter %c", letter)
		}
	}
	return nil
}

func TestCodecJudgesTheSchemaThatRowsHave(t *testing.T) {
	program := func(codec streams.Codec[string]) *streams.Topology {
		top, _ := purse(codec, func(s *string, _ int) { *s = "a" })
		return top
	}
	d := streamstest.New(t, streamstest.Options{Partitions: 1}, program(alphabet{streams.Text, "ab"}))
	streamstest.Send(d, readings, "k", new(int))
	d.Run()
	if err := d.Upgrade(program(alphabet{streams.Text, "abc"})); err != nil {
		t.Error(err)
	}
	err := d.Upgrade(program(alphabet{streams.Text, "xa"}))
	if err == nil || !strings.Contains(err.Error(), "entity purse") || !strings.Contains(err.Error(), "the letter b") {
		t.Errorf("upgraded with %v", err)
	}
	if err = d.Upgrade(program(streams.Text)); err == nil || !strings.Contains(err.Error(), "knows nothing") {
		t.Errorf("upgraded to a codec without a schema with %v", err)
	}
}

func TestWindowsOfAnotherSizeAreRefused(t *testing.T) {
	top, _ := tallying(time.Minute, time.Minute, 0, false)
	d := streamstest.New(t, streamstest.Options{Partitions: 1}, top)
	streamstest.Send(d, readings, "k", new(int))
	d.Run()
	top, _ = tallying(time.Minute, time.Minute, time.Hour, true)
	if err := d.Upgrade(top); err != nil {
		t.Errorf("another grace: %v", err)
	}
	top, _ = tallying(time.Hour, time.Minute, 0, false)
	if err := d.Upgrade(top); err == nil || !strings.Contains(err.Error(), "windows of 1m0s every 1m0s") {
		t.Errorf("another size: %v", err)
	}
}

// On the real runtime the task is stopped, with the reason, and goes on when a
// program comes that fits.
func TestProgramThatDoesNotFitStopsItsTasks(t *testing.T) {
	k := newKafka(t, wishes.Name)
	dir := filepath.Join(t.TempDir(), "state")
	first := newCart()
	app, stop := k.run(k.options(dir), first.Topology)
	for n := range 20 {
		k.send(wishes.Name, fmt.Sprint(n), "wish")
	}
	k.until("all wishes are kept", func() bool { return count(t, app, "audit") == 2*20 && count(t, app, "picture") == 5*20 })
	stop()

	app, err := streams.Open(k.options(dir), newCart("audit", "pictures").Topology)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- app.Run(ctx) }()
	k.until("the tasks are stopped with the reason", func() bool {
		err := app.Ready()
		return err != nil && strings.Contains(err.Error(), "entity audit") && strings.Contains(err.Error(), "Topology.Retire")
	})
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}

	next := newCart("audit", "pictures")
	next.Retire("audit")
	next.carts.RetireChildren("picture")
	app, stop = k.run(k.options(dir), next.Topology)
	k.until("the rows are deleted", func() bool { return count(t, app, "audit")+count(t, app, "picture") == 0 })
	if n := count(t, app, "line"); n != 5*20 {
		t.Errorf("%d lines are left", n)
	}
	stop()
	opts := k.options(filepath.Join(t.TempDir(), "empty"))
	app, _ = k.run(opts, newCart("audit", "pictures").Topology)
	k.until("a lost directory is filled without them", func() bool { return count(t, app, "line") == 5*20 })
	if n := count(t, app, "audit") + count(t, app, "picture"); n != 0 {
		t.Errorf("%d deleted rows came back", n)
	}
}

func TestLayoutSurvivesTheRoundTripAndDamageIsRefused(t *testing.T) {
	l := changelog.Layout{Parts: []changelog.Part{
		{Kind: changelog.Child, Entity: "a", Name: "line", Schema: "version 2\n"},
		{Kind: changelog.State, Entity: "a"},
	}}
	b := l.Append(nil)
	got, err := changelog.ReadLayout(b)
	if err != nil || fmt.Sprint(got) != fmt.Sprint(l) {
		t.Errorf("read %v (%v), want %v", got, err, l)
	}
	for n := range b {
		if _, err := changelog.ReadLayout(b[:n]); !errors.Is(err, changelog.ErrFormat) {
			t.Errorf("%d of %d bytes: %v", n, len(b), err)
		}
	}
}
