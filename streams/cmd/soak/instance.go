//go:build linux

package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"github.com/rs/zerolog"

	"github.com/millrace/millrace/streams"
)

// Variables of a process that is to be the instance.
const (
	instanceVariable = "MILLRACE_SOAK_INSTANCE" // the application id
	brokersVariable  = "MILLRACE_SOAK_BROKERS"
	stateVariable    = "MILLRACE_SOAK_STATE"
	profileVariable  = "MILLRACE_SOAK_PROFILE" // file that gets a heap profile at SIGUSR1
)

// tally is the state of a key.
type tally struct{ Count, Sum int64 }

// topology counts and sums, keeps the last inputs of each key as children, and
// makes an output for every input.
func topology(app string) *streams.Topology {
	in := streams.Topic[int64]{Name: app + "-in", Value: streams.JSON[int64]()}
	out := streams.Topic[tally]{Name: app + "-out", Value: streams.JSON[tally]()}
	var recent *streams.Children[int64]
	t := streams.NewTopology(app)
	e := streams.NewEntity(t, "tally", streams.JSON[tally](), func(ctx streams.Ctx, s *tally, in streams.Input) error {
		r := in.(streams.Record[int64])
		s.Count++
		s.Sum += r.Value
		recent.Put(ctx, "last", &r.Value)
		out.Send(ctx, r.Key, s)
		return nil
	})
	recent = streams.NewChildren(e, "recent", streams.JSON[int64]())
	streams.Receive(e, in)
	streams.Send(e, out)
	return t
}

// instance runs the topology with default options until SIGTERM.
func instance(app string) int {
	log := zerolog.New(os.Stderr).Level(zerolog.InfoLevel).With().Timestamp().Logger()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go profileWhenAsked(log, os.Getenv(profileVariable))
	a, err := streams.Open(streams.Options{
		Brokers: strings.Split(os.Getenv(brokersVariable), ","), StateDir: os.Getenv(stateVariable), SessionTimeout: 30 * time.Second, Logger: log,
	}, topology(app))
	if err == nil {
		err = a.Run(ctx)
	}
	if err != nil {
		log.Error().Err(err).Msg("instance ended")
		return 1
	}
	return 0
}

// profileWhenAsked writes what the heap holds when somebody wants to know.
func profileWhenAsked(log zerolog.Logger, file string) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	<-asked
	signal.Stop(asked)
	f, err := os.Create(file)
	if err == nil {
		err = errors.Join(pprof.WriteHeapProfile(f), f.Close())
	}
	if err != nil {
		log.Error().Err(err).Msg("writing a heap profile failed")
	}
}
