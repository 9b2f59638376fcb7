//go:build unix

package testenv

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/millrace/millrace/testenv/internal/process"
)

// KafkaOptions shape a cluster. The zero value is one broker as Kafka ships it.
type KafkaOptions struct {
	// Brokers is 1 or 3; 0 means 1. Three keep three copies of everything and
	// need two for a write (min.insync.replicas=2). Each is a controller too.
	Brokers int
	// Config holds further lines of server.properties and wins over ours, for
	// example {"group.initial.rebalance.delay.ms": "0"}: a new group then starts
	// at once instead of after Kafka's 3 s.
	Config map[string]string
	// Features holds levels of features other than the newest, for example
	// {"transaction.version": "1"} for a cluster that was upgraded halfway.
	Features map[string]string
	// Users holds passwords by name. If there are any, clients log in with
	// Login and nobody may do anything without an ACL, but Admin, who is one of
	// them and may do all. Only for one broker.
	Users map[string]string
}

// KafkaCluster is a running Apache Kafka. Brokers are counted from 1.
type KafkaCluster struct {
	addrs   []string
	brokers []*process.Server
	users   map[string]string
}

// Kafka starts a cluster for this test and ends it with the test.
func Kafka(t testing.TB, options KafkaOptions) *KafkaCluster {
	t.Helper()
	need(t, "kafka")
	cluster, err := StartKafka(t.Context(), options)
	check(t, "kafka", err)
	endWith(t, "kafka", cluster)
	return cluster
}

// StartKafka starts a cluster that lives until Stop or Kill, or until this
// process ends. It returns when every broker knows all others.
func StartKafka(ctx context.Context, options KafkaOptions) (*KafkaCluster, error) {
	ctx, cancel := context.WithTimeout(ctx, installPatience)
	defer cancel()
	nodes, err := plan(ctx, options)
	if err != nil {
		return nil, err
	}
	cluster := &KafkaCluster{users: maps.Clone(options.Users)}
	for _, n := range nodes {
		cluster.addrs = append(cluster.addrs, n.addr())
		cluster.brokers = append(cluster.brokers, process.New(n.command(), func(ctx context.Context) error {
			return cluster.registered(ctx, n.addr(), n.id)
		}))
	}
	if err := cluster.Start(ctx); err != nil {
		return nil, errors.Join(err, cluster.Kill())
	}
	return cluster, nil
}

// Addrs returns host:port of every broker, also of those that are down.
func (c *KafkaCluster) Addrs() []string { return slices.Clone(c.addrs) }

// Addr returns all addresses in one comma-separated string, as configuration
// files and other languages want them.
func (c *KafkaCluster) Addr() string { return strings.Join(c.addrs, ",") }

// Start brings back every broker that is down and waits until all know all.
func (c *KafkaCluster) Start(ctx context.Context) error {
	for _, broker := range c.brokers { // all first: three brokers need each other to be ready
		if err := broker.Launch(); err != nil {
			return err
		}
	}
	for _, broker := range c.brokers {
		if err := broker.Await(ctx); err != nil {
			return err
		}
	}
	return c.complete(ctx)
}

// Stop ends all brokers in good order. State stays for Start.
func (c *KafkaCluster) Stop() error {
	// All are told before any is waited for: the last broker has nobody to hand
	// its partitions to and would wait in vain.
	var errs []error
	for _, broker := range c.brokers {
		errs = append(errs, broker.Terminate())
	}
	for _, broker := range c.brokers {
		errs = append(errs, broker.Stop())
	}
	return errors.Join(errs...)
}

// Kill ends all brokers with SIGKILL. State stays for Start.
func (c *KafkaCluster) Kill() error {
	return c.each(1, len(c.brokers), (*process.Server).Kill)
}

// Restart stops the cluster in good order and starts it on the same addresses.
func (c *KafkaCluster) Restart(ctx context.Context) error {
	if err := c.Stop(); err != nil {
		return err
	}
	return c.Start(ctx)
}

// StopBroker ends broker n in good order: it hands its partitions over first.
func (c *KafkaCluster) StopBroker(n int) error { return c.each(n, n, (*process.Server).Stop) }

// KillBroker ends broker n with SIGKILL.
func (c *KafkaCluster) KillBroker(n int) error { return c.each(n, n, (*process.Server).Kill) }

// PauseBroker freezes broker n with SIGSTOP; ResumeBroker lets it go on.
func (c *KafkaCluster) PauseBroker(n int) error { return c.each(n, n, (*process.Server).Pause) }

// ResumeBroker lets a paused broker go on.
func (c *KafkaCluster) ResumeBroker(n int) error { return c.each(n, n, (*process.Server).Resume) }

// Pause freezes all brokers with SIGSTOP.
func (c *KafkaCluster) Pause() error { return c.each(1, len(c.brokers), (*process.Server).Pause) }

// Resume lets all paused brokers go on.
func (c *KafkaCluster) Resume() error { return c.each(1, len(c.brokers), (*process.Server).Resume) }

// RestartBroker stops broker n, if it runs, and starts it again; it returns
// when the broker has joined the cluster.
func (c *KafkaCluster) RestartBroker(ctx context.Context, n int) error {
	return c.each(n, n, func(broker *process.Server) error { return broker.Restart(ctx) })
}

// Logs returns the end of every broker's log.
func (c *KafkaCluster) Logs() string {
	var text strings.Builder
	for i, broker := range c.brokers {
		fmt.Fprintf(&text, "--- broker %d\n%s", i+1, broker.Logs())
	}
	return text.String()
}

// each does something to the brokers from first to last, counted from 1.
func (c *KafkaCluster) each(first, last int, do func(*process.Server) error) error {
	if first < 1 || last > len(c.brokers) {
		return fmt.Errorf("kafka has the brokers 1 to %d, not %d", len(c.brokers), last)
	}
	var errs []error
	for _, broker := range c.brokers[first-1 : last] {
		errs = append(errs, do(broker))
	}
	return errors.Join(errs...)
}

// complete waits until every broker lists all brokers, for a minute at most.
func (c *KafkaCluster) complete(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	ids := make([]int32, len(c.addrs))
	for i := range ids {
		ids[i] = int32(i + 1)
	}
	for _, addr := range c.addrs {
		for {
			err := c.registered(ctx, addr, ids...)
			if err == nil {
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("brokers have not all found each other: %w", err)
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
	return nil
}

// registered returns nil when the broker at addr answers and lists the brokers
// with these ids as alive.
func (c *KafkaCluster) registered(ctx context.Context, addr string, ids ...int32) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	client, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.RequestRetries(0), kgo.DialTimeout(time.Second), c.Login(Admin))
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	defer client.Close()
	metadata, err := kadm.NewClient(client).BrokerMetadata(ctx)
	if err != nil {
		return fmt.Errorf("asking %s for its cluster: %w", addr, err)
	}
	alive := metadata.Brokers.NodeIDs()
	for _, id := range ids {
		if !slices.Contains(alive, id) {
			return fmt.Errorf("broker %d is not in the cluster of %s yet; alive: %v", id, addr, alive)
		}
	}
	return nil
}
