package broker_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/plain"

	"github.com/millrace/millrace/streams/internal/broker"
)

func allow(resource kmsg.ACLResourceType, name string, operations ...kmsg.ACLOperation) (acls []kfake.ACL) {
	for _, op := range operations {
		acls = append(acls, kfake.ACL{Resource: resource, Name: name, Pattern: kmsg.ACLResourcePatternTypePrefixed, Operation: op, Allow: true})
	}
	return acls
}

const (
	read, write, create = kmsg.ACLOperationRead, kmsg.ACLOperationWrite, kmsg.ACLOperationCreate
	configs             = kmsg.ACLOperationDescribeConfigs
)

// all that a topology needs, by what is left out in the test.
var grants = map[string][]kfake.ACL{
	"input":         allow(kmsg.ACLResourceTypeTopic, "tally-in", read),
	"output":        allow(kmsg.ACLResourceTypeTopic, "tally-out", write),
	"internal":      allow(kmsg.ACLResourceTypeTopic, "tally.", read, write, create, configs),
	"group":         allow(kmsg.ACLResourceTypeGroup, "tally", read),
	"transactional": allow(kmsg.ACLResourceTypeTransactionalId, "tally-", write),
}

// guarded is a world whose user lacks one grant.
func guarded(t *testing.T, without string) (*world, broker.Options) {
	t.Helper()
	var acls []kfake.ACL
	for name, list := range grants {
		if name != without {
			acls = append(acls, list...)
		}
	}
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.EnableSASL(), kfake.EnableACLs(), kfake.SeedTopics(2, "tally-in", "tally-out"),
		kfake.Superuser("PLAIN", "root", "root"), kfake.User("PLAIN", "app", "app", acls...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	root := kgo.SASL(plain.Auth{User: "root", Pass: "root"}.AsMechanism())
	cl, err := kgo.NewClient(kgo.SeedBrokers(fake.ListenAddrs()...), root, kgo.KeepControlRecords(), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	w := &world{TB: t, app: "tally", addrs: fake.ListenAddrs(), client: cl, fake: fake, partitions: 2}
	opts := w.options("a", newStore())
	opts.Client = append(slices.Clone(opts.Client), kgo.SASL(plain.Auth{User: "app", Pass: "app"}.AsMechanism()))
	return w, opts
}

func TestMissingRightsAreRefusedWithTheACLToAdd(t *testing.T) {
	t.Parallel()
	for without, want := range map[string]string{
		"input":         "--operation Read --operation Describe --topic tally-in",
		"output":        "--operation Write --operation Describe --topic tally-out",
		"internal":      "--operation Create --operation Read",
		"group":         "--operation Read --group tally",
		"transactional": "--resource-pattern-type prefixed --transactional-id tally-",
	} {
		t.Run(without, func(t *testing.T) {
			t.Parallel()
			_, opts := guarded(t, without)
			began := time.Now()
			err := broker.New(opts).Run(t.Context())
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Fatalf("started with %v, want an error with %q", err, want)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestTheRightsNamedAreEnough(t *testing.T) {
	t.Parallel()
	w, opts := guarded(t, "")
	i := w.run(opts)
	i.ready()
	w.send(100, 5)
	w.settle()
	i.drain()
}

func TestTwoProcessesWithOneInstanceIDSaySo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	a, b := w.start("same", newStore()), w.start("same", newStore())
	var err error
	eventually(t, 60*time.Second, func() error {
		select {
		case err = <-a.done:
			return nil
		case err = <-b.done:
			return nil
		default:
			return errNotStopped{}
		}
	})
	if err == nil || !strings.Contains(err.Error(), "two processes have the same id") {
		t.Errorf("it ended with %v", err)
	}
}

func TestClusterWithoutCoordinatorsYetIsNoReasonToRefuse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	hits := w.fake.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.DescribeGroups}, Err: kerr.CoordinatorNotAvailable, Count: 1000})
	opts := w.options("a", newStore())
	opts.TransactionTimeout = 2 * time.Second // for as long requests are tried again
	i := w.run(opts)
	i.ready()
	if hits.Hits() == 0 {
		t.Error("the fault was never met")
	}
	i.drain()
}
