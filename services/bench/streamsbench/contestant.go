package streamsbench

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rs/zerolog"
)

// Names of contestants.
const (
	// Millrace is the runtime of package streams.
	Millrace = "millrace"
	// PassThrough is a bare franz-go loop that consumes, produces and commits in
	// transactions and keeps no state: what the client and the broker allow.
	PassThrough = "pass-through"
	// Peer is the program that is given, for example one on Kafka Streams.
	Peer = "peer"
)

// contestant is a program that can do the work.
type contestant struct {
	name    string
	command func(Work) []string
}

// own is this binary with a hidden command that runs kind.
func own(self, kind string) contestant {
	return contestant{name: kind, command: func(w Work) []string {
		return append([]string{self, "bench", "worker", kind}, w.flags()...)
	}}
}

// peer is a program that takes name=value arguments: bootstrap, app, in, out,
// state, threads, and commit in milliseconds.
func peer(program string) contestant {
	return contestant{name: Peer, command: func(w Work) []string {
		return []string{
			program, "bootstrap=" + strings.Join(w.Brokers, ","), "app=" + w.App, "in=" + w.In, "out=" + w.Out,
			"state=" + w.Dir, "threads=" + strconv.Itoa(w.Lanes), "commit=" + strconv.FormatInt(w.Commit.Milliseconds(), 10),
		}
	}}
}

// flags is the work as flags of the hidden command.
func (w Work) flags() []string {
	return []string{
		"--brokers", strings.Join(w.Brokers, ","), "--app", w.App, "--in", w.In, "--out", w.Out, "--dir", w.Dir,
		"--lanes", strconv.Itoa(w.Lanes), "--commit", w.Commit.String(), "--children", strconv.Itoa(w.Children),
		"--standbys", strconv.Itoa(w.Standbys), "--instance", w.Instance,
		"--ready", w.Ready, "--leave=" + strconv.FormatBool(w.Leave),
	}
}

// Worker runs one kind of contestant in this process until ctx ends.
func Worker(ctx context.Context, kind string, w Work, log zerolog.Logger) error {
	switch kind {
	case Millrace:
		return w.Run(ctx, log)
	case PassThrough:
		return w.pass(ctx)
	}
	return fmt.Errorf("there is no contestant %q of ours: it is %s or %s", kind, Millrace, PassThrough)
}

// stopWithin is how long a contestant may take to end in order.
const stopWithin = 30 * time.Second
