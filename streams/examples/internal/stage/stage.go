// Package stage is the world around an example: a Kafka, embedded unless a real
// one is named, somebody who sends it records, and somebody who reads what was
// committed.
//
// Programs that use the library need none of it. It has Kafka clients of its
// own because it plays other systems, outside of any transaction.
package stage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"

	"github.com/millrace/millrace/streams"
)

// partitions is how many the topics get that a stage creates.
const partitions = 4

// Topics of an example; those that are missing are created, Tables with
// compaction. What is committed to those of Out is shown.
type Topics struct {
	In, Tables, Out []string
}

// Options of a stage.
type Options struct {
	Topics
	// Brokers of a real Kafka; none embeds one.
	Brokers []string
	// Out is where committed records are written to, a line each.
	Out io.Writer
	// Log is where the runtime's log goes to; nil keeps none.
	Log io.Writer
}

// Stage is a Kafka with its surroundings.
type Stage struct {
	Brokers  []string
	StateDir string
	Logger   zerolog.Logger

	opts    Options
	cluster *kfake.Cluster // nil when Kafka is real
	client  *kgo.Client
	read    []*kgo.Record // but not yet shown
	mu      sync.Mutex    // held while writing to opts.Out
}

func open(ctx context.Context, opts Options) (*Stage, error) {
	s := &Stage{Brokers: opts.Brokers, opts: opts}
	if opts.Log != nil {
		s.Logger = zerolog.New(zerolog.ConsoleWriter{Out: opts.Log}).With().Timestamp().Logger()
	}
	if err := errors.Join(s.embed(), s.settle()); err != nil {
		return nil, errors.Join(err, s.close())
	}
	if err := s.prepareTopics(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// embed starts a Kafka in this process if none is named.
func (s *Stage) embed() (err error) {
	if len(s.Brokers) > 0 {
		return nil
	}
	if s.cluster, err = kfake.NewCluster(kfake.NumBrokers(1)); err != nil {
		return fmt.Errorf("starting embedded Kafka: %w", err)
	}
	s.Brokers = s.cluster.ListenAddrs()
	return nil
}

// settle finds the state directory: a new one for a Kafka that is gone with the
// process, else the same one each time, so that a restart goes on at once.
func (s *Stage) settle() (err error) {
	if s.cluster != nil {
		s.StateDir, err = os.MkdirTemp("", "example")
		return err
	}
	cache, err := os.UserCacheDir()
	s.StateDir = filepath.Join(cache, "millrace-examples", filepath.Base(os.Args[0]))
	return err
}

// prepareTopics creates the topics and finds the present ends of those that are
// shown.
func (s *Stage) prepareTopics(ctx context.Context) (err error) {
	s.client, err = kgo.NewClient(kgo.SeedBrokers(s.Brokers...), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		return err
	}
	adm := kadm.NewClient(s.client)
	compacted := map[string]*string{"cleanup.policy": kadm.StringPtr("compact")}
	if err := create(ctx, adm, nil, slices.Concat(s.opts.In, s.opts.Topics.Out)); err != nil {
		return err
	}
	if err := create(ctx, adm, compacted, s.opts.Tables); err != nil {
		return err
	}
	for {
		ends, err := adm.ListEndOffsets(ctx, s.opts.Topics.Out...)
		if err == nil {
			err = ends.Error()
		}
		switch {
		case err == nil:
			s.client.AddConsumePartitions(ends.KOffsets())
			return nil
		case !kerr.IsRetriable(err):
			return fmt.Errorf("finding where topics end: %w", err)
		}
		select { // new topics are not known to every broker at once
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func create(ctx context.Context, adm *kadm.Client, configs map[string]*string, topics []string) error {
	for _, topic := range topics {
		if _, err := adm.CreateTopic(ctx, partitions, -1, configs, topic); err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
			return fmt.Errorf("creating topic %s: %w", topic, err)
		}
	}
	return nil
}

// Run runs an app while script acts as the world around it. It ends with the
// script on an embedded Kafka, and on a real one with ctx: others may send on.
func (s *Stage) Run(ctx context.Context, app *streams.App, script func(ctx context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return app.Run(ctx) })
	group.Go(func() error {
		defer stop()
		if err := script(ctx); err != nil || s.cluster != nil {
			return err
		}
		s.Printf("(that was the sample; Ctrl-C ends the program)\n")
		return s.Show(ctx, -1)
	})
	return group.Wait()
}

// Send produces a record and waits until Kafka has it.
func Send[V any](ctx context.Context, s *Stage, topic streams.Topic[V], key string, value V) error {
	return SendAt(ctx, s, time.Now(), topic, key, value)
}

// SendAt is Send with a timestamp of the caller's choice: the record's event time.
func SendAt[V any](ctx context.Context, s *Stage, at time.Time, topic streams.Topic[V], key string, value V) error {
	b, err := topic.Value.Append(nil, &value)
	if err != nil {
		return err
	}
	return s.client.ProduceSync(ctx, &kgo.Record{Timestamp: at, Topic: topic.Name, Key: []byte(key), Value: b}).FirstErr()
}

// Show waits for n more records of the topics that are shown, all that come if n
// is negative, and writes each as a line: topic, key, value.
func (s *Stage) Show(ctx context.Context, n int) error {
	for n != 0 {
		if len(s.read) == 0 {
			fetches := s.client.PollFetches(ctx)
			if err := fetches.Err(); err != nil {
				return fmt.Errorf("reading outputs: %w", err)
			}
			s.read = fetches.Records()
			continue
		}
		r := s.read[0]
		s.Printf("%s %s %s\n", r.Topic, r.Key, r.Value)
		s.read = s.read[1:]
		n--
	}
	return nil
}

// Printf writes a line between those of Show. It may be called from any
// goroutine.
func (s *Stage) Printf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(s.opts.Out, format, args...)
}

func (s *Stage) close() error {
	if s.client != nil {
		s.client.Close()
	}
	if s.cluster == nil {
		return nil
	}
	s.cluster.Close()
	return os.RemoveAll(s.StateDir)
}
