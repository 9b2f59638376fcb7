package stage

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// Play is what a program does on its stage: it opens its App and calls Run.
type Play func(ctx context.Context, s *Stage) error

// Main performs a play as a command, until it is over or Ctrl-C.
func Main(play Play, topics Topics) {
	brokers := flag.String("brokers", "", "host:port of a real Kafka, several with commas; without it the program brings one of its own")
	verbose := flag.Bool("verbose", false, "log what the runtime does, to the standard error")
	flag.Parse()
	opts := Options{Topics: topics, Out: os.Stdout}
	if *brokers != "" {
		opts.Brokers = strings.Split(*brokers, ",")
	}
	if *verbose {
		opts.Log = os.Stderr
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := Perform(ctx, opts, play)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Perform sets a stage up, performs a play on it and clears it away. The end of
// ctx is no error.
func Perform(ctx context.Context, opts Options, play Play) error {
	s, err := open(ctx, opts)
	if err != nil {
		return err
	}
	err = play(ctx, s)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, s.close())
}
