//go:build unix

package chaos

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/streams"
	"github.com/millrace/millrace/testenv"
)

// ground is a cluster on which a topology may be set up wrongly.
type ground struct {
	testing.TB
	addrs []string
	adm   *kadm.Client
	names topics
	app   string
}

// newGround makes the topics of the model but for those a caller names wrong.
func newGround(t testing.TB, addrs []string, opts ...kgo.Opt) *ground {
	t.Helper()
	cl, err := kgo.NewClient(append(opts, kgo.SeedBrokers(addrs...))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	app := fmt.Sprintf("misuse-%d", time.Now().UnixNano())
	return &ground{TB: t, addrs: addrs, adm: kadm.NewClient(cl), app: app, names: topicsOf(app)}
}

func (g *ground) create(partitions int32, configs map[string]*string, topics ...string) {
	g.Helper()
	created, err := g.adm.CreateTopics(g.Context(), partitions, 1, configs, topics...)
	if err = errors.Join(err, created.Error()); err != nil {
		g.Fatal(err)
	}
	eventually(g, time.Minute, func() error {
		listed, err := g.adm.ListTopics(g.Context(), topics...)
		return errors.Join(err, listed.Error())
	})
}

func (g *ground) options(opts ...kgo.Opt) streams.Options {
	return streams.Options{
		Brokers: g.addrs, StateDir: g.TempDir(), Kafka: opts, SessionTimeout: session,
		Logger: zerolog.New(zerolog.NewTestWriter(g)).Level(zerolog.ErrorLevel),
	}
}

// refused runs a topology that must not start and wants the reason, with what to
// do, in the error. A task that waits for somebody counts as refused when the
// instance says so.
func (g *ground) refused(opts streams.Options, topology *streams.Topology, words ...string) {
	g.Helper()
	app, err := streams.Open(opts, topology)
	if err != nil {
		g.Fatal(err)
	}
	ctx, cancel := context.WithCancel(g.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- app.Run(ctx) }()
	said := func(err error) bool {
		for _, word := range words {
			if err == nil || !strings.Contains(err.Error(), word) {
				return false
			}
		}
		return true
	}
	deadline := time.After(time.Minute)
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		select {
		case err := <-ended:
			if !said(err) {
				g.Errorf("it ended with %v, want the words %q", err, words)
			}
			return
		case <-tick.C:
			if !said(app.Ready()) {
				continue
			}
		case <-deadline:
			g.Errorf("it runs, ready: %v, want the words %q", app.Ready(), words)
		}
		cancel()
		<-ended
		return
	}
}

func TestMisuseIsRefusedAtStartWithWhatToDo(t *testing.T) {
	addrs := testenv.SharedKafka(t)
	t.Run("an input is missing", func(t *testing.T) {
		g := newGround(t, addrs)
		g.refused(g.options(), newModel(g.app, ""), g.names.in, "does not exist", "create it")
	})
	t.Run("inputs have different partition counts", func(t *testing.T) {
		g := newGround(t, addrs)
		g.create(4, nil, g.names.in)
		g.create(3, nil, g.app+"-more")
		m := streams.NewTopology(g.app)
		e := streams.NewEntity(m, "e", streams.Text, func(streams.Ctx, *string, streams.Input) error { return nil })
		streams.Receive(e, streams.Topic[string]{Name: g.names.in, Value: streams.Text})
		streams.Receive(e, streams.Topic[string]{Name: g.app + "-more", Value: streams.Text})
		g.refused(g.options(), m, "4 and 3 partitions", "recreate")
	})
	t.Run("the changelog is not compacted", func(t *testing.T) {
		g := newGround(t, addrs)
		g.create(4, nil, g.names.in, g.names.out, g.names.rung, g.names.answered)
		g.create(4, map[string]*string{"cleanup.policy": kadm.StringPtr("delete")}, g.names.changelog)
		g.refused(g.options(), newModel(g.app, ""), g.names.changelog, "cleanup.policy=delete", "compact")
	})
	t.Run("the changelog has another partition count", func(t *testing.T) {
		g := newGround(t, addrs)
		g.create(4, nil, g.names.in, g.names.out, g.names.rung, g.names.answered)
		g.create(5, map[string]*string{"cleanup.policy": kadm.StringPtr("compact")}, g.names.changelog)
		g.refused(g.options(), newModel(g.app, ""), g.names.changelog, "5 partitions", "recreate")
	})
}

// A cluster that was upgraded from Kafka 3 has brokers that know
// transaction.version 2 and goes on with 1 until somebody raises it.
func TestTransactionsOfAnEarlierVersionAreRefused(t *testing.T) {
	cluster := testenv.Kafka(t, testenv.KafkaOptions{Features: map[string]string{"transaction.version": "1"}})
	g := newGround(t, cluster.Addrs())
	g.create(4, nil, g.names.in, g.names.out, g.names.rung, g.names.answered)
	g.refused(g.options(), newModel(g.app, ""), "transaction.version", "kafka-features.sh upgrade --feature transaction.version=2")
}

func TestSecondInstanceOnAStateDirectoryIsRefused(t *testing.T) {
	w := newWorld(t, "twice", testenv.SharedKafka(t), seed(t))
	first := w.add("a", nil)
	first.start()
	w.shared()
	second := newInstance(t, "a again", first.config)
	second.start()
	select {
	case <-second.Exited():
	case <-time.After(startLimit):
		t.Fatal("the second instance runs")
	}
	if second.ExitCode() != 3 || second.logged("give this one a directory of its own") != 1 {
		t.Errorf("%s, its log: %s", second, tailOf(second.Logs()))
	}
	first.ready(startLimit)
}
