package broker

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/plugin/kzerolog"
)

// All options of all clients are set in this file.

const (
	// maxDecompressed bounds what one fetched batch may unpack to.
	maxDecompressed = 64 << 20
	// fetchMaxWait is how long a broker may hold a fetch that finds nothing. A
	// partition that is added meanwhile is not read before the answer, so a task
	// that moves here can stand still for as long.
	fetchMaxWait = 200 * time.Millisecond
	// heartbeat is how often a member hears of a rebalance: it is part of how long
	// a task of a dead process stands still.
	heartbeat = 500 * time.Millisecond
	// unpacked is how many times larger than in a response the records of it may
	// be in memory: small ones that were compressed well are 200 bytes instead of
	// ten. Without it 10 million small keys took twice the memory that was meant.
	unpacked = 16
	// maxResponse bounds one response of a broker.
	maxResponse = 100 << 20
)

func (o *Options) base(role string) []kgo.Opt {
	log := o.Logger.Level(max(zerolog.WarnLevel, o.Logger.GetLevel()))
	return append([]kgo.Opt{
		kgo.SeedBrokers(o.Brokers...),
		kgo.ClientID(fmt.Sprintf("%s-%s-%s", o.Topology.App, o.Instance, role)),
		kgo.WithLogger(kzerolog.New(&log)),
		kgo.DisableClientMetrics(),
		kgo.BrokerMaxReadBytes(maxResponse),
		kgo.MaxDecompressBatchBytes(maxDecompressed),
		kgo.RetryTimeout(o.TransactionTimeout),
	}, o.Client...)
}

// newReader makes a client that reads partitions at offsets given by hand, for
// inputs or for changelogs.
func (o *Options) newReader(role string) (*kgo.Client, error) {
	cl, err := kgo.NewClient(append(o.base(role),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.KeepControlRecords(),
		kgo.FetchMaxWait(fetchMaxWait),
		kgo.FetchMaxPartitionBytes(int32(min(o.BufferBytes/unpacked, maxResponse/4))),
	)...)
	if err != nil {
		return nil, fmt.Errorf("making %s client: %w", role, err)
	}
	return cl, nil
}

// newMember makes the group's client. It takes part in rebalances and is told
// about partitions, but drops every offset, so that it fetches nothing.
func (o *Options) newMember(m *member) (*kgo.Client, error) {
	cl, err := kgo.NewClient(append(o.base("member"),
		kgo.ConsumerGroup(o.Topology.App),
		kgo.InstanceID(o.Topology.App+"-"+o.Instance),
		kgo.ConsumeTopics(o.inputs...),
		kgo.Balancers(&balancer{member: m}),
		kgo.SessionTimeout(o.SessionTimeout),
		kgo.RebalanceTimeout(o.RebalanceTimeout),
		kgo.HeartbeatInterval(heartbeat),
		kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NoResetOffset()),
		kgo.AdjustFetchOffsetsFn(fetchNothing),
		kgo.OnPartitionsAssigned(m.onAssigned),
		kgo.OnPartitionsRevoked(m.onRevoked),
		kgo.OnPartitionsLost(m.onLost),
		kgo.WithHooks(m),
	)...)
	if err != nil {
		return nil, fmt.Errorf("making group client: %w", err)
	}
	return cl, nil
}

// newProducer makes a lane's client. Produce contexts are never cancelled, and
// its buffer is bounded by the transaction, not by the client.
func (o *Options) newProducer(id string, more ...kgo.Opt) (*kgo.Client, error) {
	cl, err := kgo.NewClient(slices.Concat(o.base("lane"), more, []kgo.Opt{
		kgo.TransactionalID(id),
		kgo.TransactionTimeout(o.TransactionTimeout),
		kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.ProducerLinger(0),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.MaxBufferedRecords(math.MaxInt32),
		kgo.RecordPartitioner(partitioner{
			Partitioner: kgo.StickyKeyPartitioner(nil), changelog: o.Topology.ChangelogTopic(),
		}),
	})...)
	if err != nil {
		return nil, fmt.Errorf("making producer %s: %w", id, err)
	}
	return cl, nil
}

// partitioner places changelog records by hand and all others by the murmur2
// hash of their key, as Kafka's own clients do.
type partitioner struct {
	kgo.Partitioner
	changelog string
}

func (p partitioner) ForTopic(topic string) kgo.TopicPartitioner {
	if topic == p.changelog {
		return kgo.ManualPartitioner().ForTopic(topic)
	}
	return p.Partitioner.ForTopic(topic)
}

// PartitionOf returns the partition that a producer with Kafka's default
// partitioner (murmur2) puts a key in.
func PartitionOf(key []byte, partitions int32) int32 {
	if key == nil {
		key = []byte{}
	}
	return int32(keyed.Partition(&kgo.Record{Key: key}, int(partitions)))
}

// keyed is safe for concurrent use as long as every record has a key.
var keyed = kgo.StickyKeyPartitioner(nil).ForTopic("")
